"""Which languages and which country a request asks for."""

import pytest
from django.conf import LazySettings
from hypothesis import given
from hypothesis import strategies as st

from apps.core.locales import MOST_LANGUAGES, Locale, Tag, negotiate


@pytest.mark.parametrize(
    ("header", "tags", "region"),
    [
        ("", (), ""),
        ("fr", (Tag("fr"),), ""),
        ("fr-CH", (Tag("fr", "CH"),), "CH"),
        ("FR-ch", (Tag("fr", "CH"),), "CH"),
        ("de;q=0.5, fr;q=0.9", (Tag("fr"), Tag("de")), ""),
        # The catalogue's own language, which is what everybody is shown without asking.
        ("en", (), ""),
        ("en-US,en;q=0.9", (), "US"),
        ("en-GB,en;q=0.9", (Tag("en", "GB"),), "GB"),
        ("fr-FR,fr;q=0.9,en-US;q=0.8,en;q=0.7", (Tag("fr", "FR"),), "FR"),
        # After it nothing is looked for: it has all titles.
        ("it, en, de", (Tag("it"),), ""),
        ("gsw, de-CH;q=0.9, fr;q=0.8, it;q=0.7", (Tag("gsw"), Tag("de", "CH"), Tag("fr")), "CH"),
        ("fr, *, de", (Tag("fr"),), ""),
        ("*", (), ""),
        ("fr;q=0, de", (Tag("de"),), ""),
        # As TMDb names them.
        ("nb-NO", (Tag("no", "NO"),), "NO"),
        ("fil", (Tag("tl"),), ""),
        ("zh-Hant", (Tag("zh", "TW"),), ""),
        # A script says more of texts than where one is.
        ("zh-Hant-US", (Tag("zh", "TW"),), "US"),
        ("zh-Hans-HK", (Tag("zh", "CN"),), "HK"),
        ("zh-Hans-SG", (Tag("zh", "SG"),), "SG"),
        ("zh-Hant-HK", (Tag("zh", "HK"),), "HK"),
        ("es-419", (Tag("es", "MX"),), ""),
        ("yue-HK", (Tag("cn", "HK"),), "HK"),
        # What stands behind a single letter is no country.
        ("ja-JP-u-ca-japanese", (Tag("ja", "JP"),), "JP"),
        ("th-u-ca-buddhist", (Tag("th"),), ""),
        ("fr-FR-x-ab", (Tag("fr", "FR"),), "FR"),
        ("i-klingon, x-private", (), ""),
        ("fr;q=2", (), ""),
        ("fr\x00", (), ""),
        ("french", (), ""),
        ("f" * 10_000, (), ""),
        (", ".join(f"{a}{b}" for a in "abcd" for b in "abcdefgh"), None, ""),
    ],
)
def test_headers_are_read(header: str, tags: tuple[Tag, ...] | None, region: str) -> None:
    locale = negotiate(header)

    assert locale.region == region
    if tags is None:
        assert len(locale.tags) == MOST_LANGUAGES
    else:
        assert locale.tags == tags


@pytest.mark.parametrize(
    ("language", "region", "header", "expected"),
    [
        ("fr", "CH", "", Locale((Tag("fr", "CH"),), "CH")),
        ("fr", "", "", Locale((Tag("fr"),), "")),
        ("", "CH", "", Locale((), "CH")),
        # A wish goes before what a browser sends on its own; the rest is what comes next.
        ("fr", "", "de-DE, en", Locale((Tag("fr"), Tag("de", "DE")), "DE")),
        ("en", "", "de-DE", Locale((), "DE")),
        ("en", "GB", "de-DE", Locale((Tag("en", "GB"),), "GB")),
        ("nb", "NO", "", Locale((Tag("no", "NO"),), "NO")),
        ("", "AT", "de-DE", Locale((Tag("de", "DE"),), "AT")),
        # Of which country's, the header may tell.
        ("zh", "", "zh-TW, zh;q=0.9", Locale((Tag("zh", "TW"),), "TW")),
        ("en", "", "fr, en-GB", Locale((Tag("en", "GB"),), "GB")),
        ("pt", "CH", "pt-BR", Locale((Tag("pt", "BR"),), "CH")),
        ("zh", "DE", "zh-TW", Locale((Tag("zh", "TW"),), "DE")),
    ],
)
def test_a_profile_goes_first(language: str, region: str, header: str, expected: Locale) -> None:
    assert negotiate(header, language=language, region=region) == expected


def test_another_language_may_be_the_catalogues(settings: LazySettings) -> None:
    settings.TMDB_LANGUAGE = "de-DE"
    negotiate.cache_clear()

    try:
        assert negotiate("de").tags == ()
        assert negotiate("de-AT").tags == (Tag("de", "AT"),)
        assert negotiate("en-US, de").tags == (Tag("en", "US"),)
    finally:
        negotiate.cache_clear()


LANGUAGES = st.sampled_from(["en", "fr", "de", "ja", "zh", "gsw", "nb", "*"])
COUNTRIES = st.sampled_from(["", "-US", "-CH", "-TW", "-Hant", "-Latn-RS"])
EXTENSIONS = st.sampled_from(["", "-u-ca-buddhist", "-x-fr", "-u-nu-latn-x-at"])
WEIGHTS = st.sampled_from(["", ";q=0", ";q=0.3", ";q=1.000", ";q=7"])
RANGES = st.tuples(LANGUAGES, COUNTRIES, EXTENSIONS, WEIGHTS).map("".join)


@given(st.lists(RANGES, max_size=12).map(", ".join))
def test_no_more_is_asked_for_than_was_sent(header: str) -> None:
    locale = negotiate(header)

    assert len(locale.tags) <= MOST_LANGUAGES
    assert len(set(locale.languages)) == len(locale.tags)
    assert locale.region in {"", "US", "CH", "TW", "RS"}


@given(st.text(max_size=600))
def test_whatever_is_sent_asks_for_few_languages(header: str) -> None:
    locale = negotiate(header)

    assert len(locale.tags) <= MOST_LANGUAGES
    assert len(locale.key) <= 7 * MOST_LANGUAGES + 3


def test_keys_tell_locales_apart() -> None:
    headers = ["", "fr", "fr-CH", "fr, de", "de, fr", "en-US", "en-GB"]

    assert len({negotiate(header).key for header in headers}) == len(headers)
