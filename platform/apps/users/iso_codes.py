"""Codes of languages and countries that a profile may name."""

from functools import cache

import pycountry

# Read when a profile is first written, not at the start: it takes some 30 ms.


@cache
def language_codes() -> frozenset[str]:
    """The two-letter codes of ISO 639-1, in lower case."""
    languages = (getattr(language, "alpha_2", None) for language in pycountry.languages)
    return frozenset(code for code in languages if code is not None)


@cache
def region_codes() -> frozenset[str]:
    """The two-letter codes of ISO 3166-1, in upper case."""
    return frozenset(country.alpha_2 for country in pycountry.countries)
