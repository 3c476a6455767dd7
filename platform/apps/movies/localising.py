"""A film's texts, its poster and its certification as a locale asks for them.

Each is the nearest that there is: in one of the wanted languages, else in the catalogue's, else in
the film's own. A title may thus be in one language and its overview in another.
"""

from collections.abc import Mapping, Sequence
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
# Of a language with several countries, whose texts stand for the others: else that of its name.
_CHIEF = {"ar": "SA", "en": "US", "zh": "CN"}


class Translated(NamedTuple):
    """A text, empty where it was not translated."""

    language: str
    country: str
    text: str


class Localised(NamedTuple):
    """What stands on a card; `languages` are those of its texts."""

    title: str
    overview: str
    poster_path: str
    certification: dict[str, str] | None
    languages: tuple[str, ...]


def localise(film: Mapping[str, Any], found: Mapping[str, Any], locale: Locale) -> Localised:
    """`film` has the catalogue's columns, `found` is what FOUND reads."""
    rows = found["translations"] or ()
    titles = [Translated(language, country, title) for language, country, title, _ in rows]
    overviews = [Translated(language, country, text) for language, country, _, text in rows]
    own = film["original_language"]
    titles.append(Translated(own, "", film["original_title"]))
    title = nearest(titles, film["title"], locale)
    overview = nearest(overviews, film["overview"], locale)
    if not overview.text:
        overview = in_language(overviews, Tag(own)) or overview
    return Localised(
        title=title.text,
        overview=overview.text,
        poster_path=_poster(film, found["posters"] or {}, locale),
        certification=_certification(found, locale),
        languages=tuple(dict.fromkeys(each.language for each in (title, overview) if each.text)),
    )


def nearest(texts: Sequence[Translated], catalogues: str, locale: Locale) -> Translated:
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
    return Translated(own.language, own.country, catalogues)


def in_language(texts: Sequence[Translated], tag: Tag) -> Translated | None:
    """Of the tag's country if possible, else of the one that stands for the language."""
    chief = _CHIEF.get(tag.language, tag.language.upper())

    def distance(text: Translated) -> tuple[bool, bool, bool, str]:
        country = text.country
        return (country != tag.country, country != chief, not country, country)

    filled = (text for text in texts if text.language == tag.language and text.text)
    return min(filled, key=distance, default=None)


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
