"""Codes of languages and countries that a profile may name.

The library and its tables are loaded when a profile is first written, not at the start: they take
noticeable time and memory.
"""

from functools import cache


@cache
def language_codes() -> frozenset[str]:
    """The two-letter codes of ISO 639-1, in lower case."""
    import pycountry

    languages = (getattr(language, "alpha_2", None) for language in pycountry.languages)
    return frozenset(code for code in languages if code is not None)


@cache
def region_codes() -> frozenset[str]:
    """The two-letter codes of ISO 3166-1, in upper case."""
    import pycountry

    return frozenset(country.alpha_2 for country in pycountry.countries)
