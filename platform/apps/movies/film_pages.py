"""All that a film's own page shows, read by one statement."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import orjson

from apps.core.field_selection import Chosen, is_chosen
from apps.core.locales import current_locale
from apps.core.prepared import PreparedStatement

from .models import Movie
from .watching import OFFERS

# By which its address names a film.
Key = Literal["id", "tmdb_id"]

MOST_CREDITS = 20

# The crew's order: who made the film what it is comes first, whatever TMDb's order.
_JOBS = ("Director", "Screenplay", "Writer", "Story", "Novel", "Characters", "Producer")
_DEPARTMENTS = (
    *("Directing", "Writing", "Production", "Camera", "Editing", "Sound", "Art"),
    *("Costume & Make-Up", "Visual Effects", "Lighting", "Crew"),
)


def _texts(values: Sequence[str]) -> str:
    return f"ARRAY[{', '.join(repr(value) for value in values)}]"


_WEIGHT = f"""coalesce(
    array_position({_texts(_JOBS)}, job::text),
    {len(_JOBS)} + array_position({_texts(_DEPARTMENTS)}, department::text)
)"""


def _credits(*, is_cast: bool, columns: str, order: str) -> str:
    return f"""
        SELECT person.id, person.name, person.profile_path, {columns}
        FROM movies_credit AS credit JOIN movies_person AS person ON person.id = person_id
        WHERE credit.movie_id = film.id AND is_cast = {is_cast}
        ORDER BY {order} LIMIT {MOST_CREDITS}
    """  # noqa: S608  # text of ours, as all below


def _named(codes: str, table: str, name: str) -> str:
    return f"""
        SELECT code, coalesce({name}, code) AS name
        FROM unnest(film.{codes}) WITH ORDINALITY AS spoken (code, position)
        LEFT JOIN {table} USING (code) ORDER BY position
    """  # noqa: S608


# Parts that are rows of their own. Each is read only for those who chose it.
_ROWS: Mapping[str, str] = {
    "collection": """
        SELECT id, name, poster_path FROM movies_collection WHERE id = film.collection_id
    """,
    "keywords": """
        SELECT keyword.id, name
        FROM movies_movie_keywords JOIN movies_keyword AS keyword ON keyword.id = keyword_id
        WHERE movie_id = film.id ORDER BY name, keyword.id
    """,
    "companies": """
        SELECT company.id, name, logo_path, origin_country
        FROM movies_movie_companies JOIN movies_company AS company ON company.id = company_id
        WHERE movie_id = film.id ORDER BY name, company.id
    """,
    "production_countries": _named("production_countries", "movies_country", "name"),
    "spoken_languages": _named(
        "spoken_languages", "movies_language", "nullif(english_name, ''), nullif(name, '')"
    ),
    "cast": _credits(is_cast=True, columns="character, position", order="position"),
    "crew": _credits(is_cast=False, columns="department, job", order=f"{_WEIGHT}, position"),
    "videos": """
        SELECT site, key, name, type, official, language, published_at
        FROM movies_video WHERE movie_id = film.id ORDER BY position, id
    """,
    "release_dates": """
        SELECT country, type, released_on, certification, note
        FROM movies_releasedate WHERE movie_id = film.id ORDER BY country, released_on, type, id
    """,
    "watch": f"""
        SELECT country, link, {", ".join(OFFERS)}
        FROM movies_watchavailability WHERE movie_id = film.id ORDER BY country
    """,  # noqa: S608
    "translations": """
        SELECT language, country, title, overview, tagline
        FROM movies_translation WHERE movie_id = film.id ORDER BY language, country
    """,
    "alternative_titles": """
        SELECT country, title, type
        FROM movies_alternativetitle WHERE movie_id = film.id ORDER BY country, title, id
    """,
}
_PROVIDERS = f"""
    SELECT id, name, logo_path FROM movies_provider WHERE id IN (
        SELECT unnest({" || ".join(OFFERS)}) FROM movies_watchavailability
        WHERE movie_id = film.id
    )
"""  # noqa: S608


def _part(name: str, rows: str, *, chosen: str) -> str:
    return f"""
        '{name}', CASE WHEN '{chosen}' = ANY ($2) THEN (
            SELECT coalesce(json_agg(part), '[]') FROM ({rows}) AS part
        ) END
    """  # noqa: S608


# What is not the card's and yet in a language.
_TAGLINES = """
    SELECT language, country, tagline AS text FROM movies_translation
    WHERE movie_id = film.id AND tagline <> '' AND language = ANY ($3)
"""
_FILM = ("tagline", "status", "homepage", "budget", "revenue", "synced_at")
_PARTS = (
    *(f"'{column}', film.{column}" for column in (*_FILM, "backdrop_path")),
    "'is_removed', film.tombstoned_at IS NOT NULL, 'is_adult', film.adult",
    *(_part(name, rows, chosen=name) for name, rows in _ROWS.items()),
    _part("providers", _PROVIDERS, chosen="watch"),
    _part("taglines", _TAGLINES, chosen="tagline"),
)


def _statement(column: str) -> PreparedStatement:
    return PreparedStatement(
        name=f"nexus_film_page_by_{column}",
        types=("int", "text[]", "text[]"),
        sql=f"""
            SELECT film.id, json_build_object({", ".join(_PARTS)})::text
            FROM movies_movie AS film WHERE film.{column} = $1
        """,  # noqa: S608
    )


_STATEMENTS = {"id": _statement("id"), "tmdb_id": _statement("tmdb_id")}
# What such numbers can be.
_IDS = range(2**31)


class FilmPage(NamedTuple):
    """The parts as the database has them; rows that were not chosen are None."""

    movie_id: int
    parts: dict[str, Any]


def read_film_page(*, by: Key, number: int, chosen: Chosen) -> FilmPage:
    """Of the film whose `id` or `tmdb_id` is the number, with the chosen parts, all without.

    A title that lists hide has its page all the same. Raises Movie.DoesNotExist.
    """
    wanted = [name for name in (*_ROWS, "tagline") if is_chosen(chosen, name)]
    languages = list(current_locale().languages)
    row = _STATEMENTS[by].first_row(number, wanted, languages) if number in _IDS else None
    if row is None:
        raise Movie.DoesNotExist
    return FilmPage(row[0], orjson.loads(row[1]))
