"""What a page of filters offers to choose from, read from the catalogue."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg2

Row = TypeVar("Row", bound=tuple[Any, ...])

# So many of the most frequent values stand in a menu.
IN_MENU = 20
IN_LONG_MENU = 60
LEAST_VOTES = 100
KNOWN_FILMS = 5_000
_LISTED = "NOT adult AND tombstoned_at IS NULL"
_GENRES = "SELECT slug FROM movies_genre ORDER BY id"
_LANGUAGES = f"""
    SELECT original_language FROM movies_movie WHERE {_LISTED} AND original_language <> ''
    GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {IN_MENU}
"""  # noqa: S608  # names and numbers of ours, here and below
_COUNTRIES = f"""
    SELECT country FROM movies_movie, unnest(production_countries) AS country WHERE {_LISTED}
    GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {IN_MENU}
"""  # noqa: S608
_CERTIFICATIONS = f"""
    SELECT country, certification FROM movies_releasedate WHERE certification <> ''
    GROUP BY 1, 2 ORDER BY count(*) DESC, 1, 2 LIMIT {IN_LONG_MENU}
"""  # noqa: S608
_PROVIDERS = f"""
    SELECT country, provider FROM movies_watchavailability,
        unnest(flatrate || free || ads || rent || buy) AS provider
    GROUP BY 1, 2 ORDER BY count(*) DESC, 1, 2 LIMIT {IN_LONG_MENU * IN_MENU}
"""  # noqa: S608
# Who comes to a person or a keyword comes from the page of a film, mostly a known one.
_KNOWN = f"""
    CREATE TEMP TABLE bench_known AS SELECT id, title FROM movies_movie
    WHERE {_LISTED} AND vote_count >= {LEAST_VOTES} ORDER BY md5(id::text) LIMIT {KNOWN_FILMS}
"""  # noqa: S608
_PEOPLE = """
    SELECT person_id FROM movies_credit AS credit JOIN bench_known AS film ON film.id = movie_id
    ORDER BY credit.id
"""
_KEYWORDS = """
    SELECT keyword_id, array_agg(genre.slug ORDER BY genre.id) FROM bench_known AS film
    JOIN movies_movie_keywords AS keyword ON keyword.movie_id = film.id
    JOIN movies_movie_genres AS known ON known.movie_id = film.id
    JOIN movies_genre AS genre ON genre.id = known.genre_id
    GROUP BY film.id, keyword_id ORDER BY film.id, keyword_id
"""
_TITLES = "SELECT title FROM bench_known ORDER BY id"


@dataclass(frozen=True, kw_only=True, slots=True)
class Offered:
    """Certifications and providers stand behind their country; keywords before genres of a film."""

    genres: Sequence[str]
    languages: Sequence[str]
    countries: Sequence[str]
    certifications: Sequence[tuple[str, str]]
    providers: Sequence[tuple[str, int]]
    people: Sequence[int]
    keywords: Sequence[tuple[int, Sequence[str]]]
    titles: Sequence[str]
    frequent: Sequence[str]


def read_offered(database_url: str, *, frequent: Sequence[str]) -> Offered:
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        cursor.execute(_KNOWN)
        return Offered(
            genres=_firsts(cursor, _GENRES),
            languages=_firsts(cursor, _LANGUAGES),
            countries=_firsts(cursor, _COUNTRIES),
            certifications=_rows(cursor, _CERTIFICATIONS),
            providers=_rows(cursor, _PROVIDERS),
            people=_firsts(cursor, _PEOPLE),
            keywords=_rows(cursor, _KEYWORDS),
            titles=_firsts(cursor, _TITLES),
            frequent=frequent,
        )


def _rows(cursor: Any, query: str) -> list[Any]:
    cursor.execute(query)
    return list(cursor.fetchall())


def _firsts(cursor: Any, query: str) -> list[Any]:
    return [first for (first, *_) in _rows(cursor, query)]
