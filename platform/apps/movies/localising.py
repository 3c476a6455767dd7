"""A film's texts, its poster and its certification as a locale asks for them.

Each is the nearest that there is: in one of the wanted languages, else in the catalogue's, else in
the film's own. A title may thus be in one language and its overview in another.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from apps.core.locales import Locale, Tag, catalogue_tag

# In which order the releases of a country tell how a film was certified: in cinemas first.
_RELEASES = "array_position(ARRAY[3, 2, 1, 4, 5, 6], type::int), released_on, id"
# SQL: what `localise` takes of `film`, as text of JSON. Where the catalogue has none, what is in
# the film's own language is read as well.
FOUND = f"""json_build_object(
    'origin_countries', film.origin_countries,
    'translations', (
        SELECT json_agg(json_build_array(language, country, title, overview))
        FROM movies_translation WHERE movie_id = film.id AND (
            language = ANY (%(languages)s::text[])
            OR film.overview = '' AND language = film.original_language
        )
    ),
    'posters', (
        SELECT json_object_agg(language, path) FROM movies_poster
        WHERE movie_id = film.id AND (
            language = ANY (%(languages)s::text[])
            OR film.poster_path = '' AND language IN (film.original_language, '')
        )
    ),
    'certifications', (
        SELECT json_agg(json_build_array(country, certification) ORDER BY {_RELEASES})
        FROM movies_releasedate WHERE movie_id = film.id AND certification <> ''
            AND country = ANY (%(region)s::varchar || film.origin_countries)
    )
)::text"""  # noqa: S608  # text of ours
# Whose texts stand for those of other countries, if not those of the country named as the language.
_CHIEF = {
    "ar": "SA",
    "bn": "BD",
    "ca": "ES",
    "cs": "CZ",
    "da": "DK",
    "el": "GR",
    "en": "US",
    "et": "EE",
    "fa": "IR",
    "he": "IL",
    "hi": "IN",
    "ja": "JP",
    "ka": "GE",
    "ko": "KR",
    "ms": "MY",
    "pt": "BR",
    "sl": "SI",
    "sr": "RS",
    "sv": "SE",
    "uk": "UA",
    "vi": "VN",
    "zh": "CN",
}
# In these countries others are read before them (CLDR's parents of locales).
_NEARER = {
    **dict.fromkeys(("es-AR", "es-BO", "es-BR", "es-BZ", "es-CL", "es-CO", "es-CR", "es-CU"), "MX"),
    **dict.fromkeys(("es-DO", "es-EC", "es-GT", "es-HN", "es-NI", "es-PA", "es-PE", "es-PR"), "MX"),
    **dict.fromkeys(("es-PY", "es-SV", "es-US", "es-UY", "es-VE"), "MX"),
    **dict.fromkeys(("pt-AO", "pt-CH", "pt-CV", "pt-FR", "pt-GQ", "pt-GW", "pt-LU"), "PT"),
    **dict.fromkeys(("pt-MO", "pt-MZ", "pt-ST", "pt-TL"), "PT"),
    **dict.fromkeys(("zh-HK", "zh-MO"), "TW"),
}


class Translated(NamedTuple):
    """A text, empty where it was not translated."""

    language: str
    country: str
    text: str


class Localised(NamedTuple):
    """What stands on a card; `languages` are those of title and overview, each empty if none is."""

    title: str
    overview: str
    poster_path: str
    certification: dict[str, str] | None
    languages: tuple[str, str]


def localise(film: Mapping[str, Any], found: Mapping[str, Any], locale: Locale) -> Localised:
    """`film` has the catalogue's columns, `found` is what FOUND reads."""
    rows = found["translations"] or ()
    own = film["original_language"]
    overviews = [Translated(language, country, text) for language, country, _, text in rows]
    titles = list(_titles(film, rows, found["origin_countries"]))
    title = nearest(titles, _catalogue_title(film), locale)
    overview = nearest(overviews, _catalogues(film["overview"]), locale)
    if not overview.text:
        overview = in_language(overviews, Tag(own)) or overview
    return Localised(
        title=title.text,
        overview=overview.text,
        poster_path=_poster(film, found["posters"] or {}, locale),
        certification=_certification(found, locale),
        languages=(_language(title), _language(overview)),
    )


def _language(text: Translated) -> str:
    """`xx` is TMDb's for films without a language."""
    return text.language if text.text and text.language != "xx" else ""


def _titles(
    film: Mapping[str, Any], rows: Iterable[Sequence[str]], origin_countries: Iterable[str]
) -> Iterator[Translated]:
    """In the film's own language TMDb leaves those empty, or out, that are the original title."""
    own, original = film["original_language"], film["original_title"]
    for language, country, title, _ in rows:
        yield Translated(language, country, title or (original if language == own else ""))
    for country in (*origin_countries, _chief(own)):
        yield Translated(own, country, original)


def _catalogues(text: str) -> Translated:
    return Translated(catalogue_tag().language, "", text)


def _catalogue_title(film: Mapping[str, Any]) -> Translated:
    """Where there is none in the catalogue's language, TMDb gives it the original one."""
    if film["original_language"] and film["title"] == film["original_title"]:
        return Translated(film["original_language"], "", film["title"])
    return _catalogues(film["title"])


def nearest(texts: Sequence[Translated], catalogues: Translated, locale: Locale) -> Translated:
    """The text in the first of the wanted languages that has one, else the catalogue's."""
    own = catalogue_tag()
    for tag in locale.tags:
        # What the catalogue has is as near as another country's text in its language.
        near = [
            text for text in texts if text.country == tag.country or tag.language != own.language
        ]
        found = in_language(near, tag)
        if found is not None:
            return found
    return catalogues


def in_language(texts: Sequence[Translated], tag: Tag) -> Translated | None:
    """Of the tag's country if possible, else of the one that stands for it, or for the language."""
    order = [tag.country, _NEARER.get(str(tag)), _chief(tag.language)]

    def distance(text: Translated) -> tuple[int, str]:
        country = text.country
        return order.index(country) if country in order else len(order), country

    filled = (text for text in texts if text.language == tag.language and text.text)
    return min(filled, key=distance, default=None)


def _chief(language: str) -> str:
    return _CHIEF.get(language, language.upper())


def _poster(film: Mapping[str, Any], posters: Mapping[str, str], locale: Locale) -> str:
    wanted = (language for language in locale.languages if language != catalogue_tag().language)
    paths = (
        *(posters.get(language) for language in wanted),
        *(film["poster_path"], posters.get(film["original_language"]), posters.get("")),
    )
    return next(filter(None, paths), "")


def _certification(found: Mapping[str, Any], locale: Locale) -> dict[str, str] | None:
    """That of the region, else of a country where the film was made."""
    by_country: dict[str, str] = {}
    for country, certification in found["certifications"] or ():
        by_country.setdefault(country, certification)
    for country in (locale.region, *found["origin_countries"]):
        if country in by_country:
            return {"country": country, "certification": by_country[country]}
    return None
