"""The rows of films themselves: found or added, locked in one order, and written past locks."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from psycopg2 import sql

from apps.movies.models import EARLIEST_YEAR, LATEST_YEAR, Movie
from services.tmdb.payloads.movies import MovieDetailsPayload, TitleFacts

from .rows import Row, execute, execute_returning

# Columns and types of the facts that details tell. What comes first is in a list's row, too.
_LISTED_FACTS: Mapping[str, str] = {
    "title": "text",
    "original_title": "text",
    "original_language": "text",
    "release_date": "date",
    "year": "smallint",
    "overview": "text",
    "poster_path": "text",
    "backdrop_path": "text",
    "adult": "boolean",
    "video": "boolean",
}
_DETAIL_FACTS: Mapping[str, str] = {
    "runtime": "smallint",
    "status": "text",
    "tagline": "text",
    "homepage": "text",
    "imdb_id": "text",
    "budget": "bigint",
    "revenue": "bigint",
    "collection_id": "integer",
    "origin_countries": "text[]",
    "production_countries": "text[]",
    "spoken_languages": "text[]",
}
FACTS = {**_LISTED_FACTS, **_DETAIL_FACTS}
# Where TMDb knows nothing, what another source told stays.
_KEPT_IF_UNKNOWN = ("title", "year", "imdb_id")
UNTITLED = "Untitled"
# The types of popularity, average and count.
_VOTES = ("double precision", "double precision", "integer")

_ADD = sql.SQL("""
    INSERT INTO movies_movie (
        tmdb_id, title, original_title, original_language, overview, poster_path, backdrop_path,
        vote_count, popularity, adult, from_tmdb, created_at, updated_at
    ) VALUES %s ON CONFLICT (tmdb_id) DO NOTHING RETURNING tmdb_id
""")
_ADD_TEMPLATE = "(%s, %s, %s, '', '', '', '', 0, 0, false, true, %s, %s)"

_LOCK = """
    SELECT tmdb_id, id, digests, locked_fields, tombstoned_at, synced_at, etag
    FROM movies_movie WHERE tmdb_id = ANY(%s) ORDER BY tmdb_id FOR NO KEY UPDATE
"""


@dataclass(frozen=True, slots=True)
class StoredFilm:
    """A film's row, locked until the transaction ends."""

    id: int
    digests: Mapping[str, str]
    locked_fields: Sequence[str]
    is_tombstoned: bool
    has_details: bool
    etag: str


@dataclass(frozen=True, slots=True)
class Details:
    """What TMDb's answer tells of a film beside its parts."""

    facts: TitleFacts
    etag: str
    digests: Mapping[str, str]


def add_missing(films: Iterable[TitleFacts], *, at: datetime) -> set[int]:
    """Add a row for each film that has none; the TMDb ids of those that are new."""
    by_id = {film.tmdb_id: film for film in films}
    with connection.cursor() as cursor:
        cursor.execute("SELECT tmdb_id FROM movies_movie WHERE tmdb_id = ANY(%s)", [list(by_id)])
        known = {tmdb_id for (tmdb_id,) in cursor.fetchall()}
    rows = [
        (tmdb_id, film.title or UNTITLED, film.original_title, at, at)
        for tmdb_id, film in sorted(by_id.items())
        if tmdb_id not in known
    ]
    if not rows:
        return set()
    return {tmdb_id for (tmdb_id,) in execute_returning(_ADD, rows, template=_ADD_TEMPLATE)}


def lock(tmdb_ids: Iterable[int]) -> dict[int, StoredFilm]:
    """The rows by TMDb id. Everybody locks them in this order, so nobody waits in a circle."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [list(tmdb_ids)])
        return {row[0]: _stored(row) for row in cursor.fetchall()}


def _stored(row: Sequence[Any]) -> StoredFilm:
    _, pk, digests, locked_fields, tombstoned_at, synced_at, etag = row
    return StoredFilm(
        id=pk,
        digests=json.loads(digests),
        locked_fields=locked_fields,
        is_tombstoned=tombstoned_at is not None,
        has_details=synced_at is not None,
        etag=etag,
    )


def facts_of(film: MovieDetailsPayload) -> Row:
    """In the order of FACTS."""
    return (
        *listed_facts_of(film),
        *(film.runtime, film.status, film.tagline, film.homepage, film.imdb_id),
        *(film.budget, film.revenue, film.collection.tmdb_id if film.collection else None),
        *(list(film.origin_countries), [c.code for c in film.production_countries]),
        [language.code for language in film.spoken_languages],
    )


def listed_facts_of(film: TitleFacts) -> Row:
    """In the order of the facts that a list's row has."""
    return (
        *(film.title or None, film.original_title, film.original_language),
        *(film.release_date, year_of(film.release_date)),
        *(film.overview, film.poster_path, film.backdrop_path, film.adult, film.video),
    )


def year_of(released: date | None) -> int | None:
    if released is None or not EARLIEST_YEAR <= released.year <= LATEST_YEAR:
        return None
    return released.year


def write_facts(rows: Mapping[int, Row]) -> None:
    """Facts from details, by our ids; what an operator locked stays."""
    _write(rows, FACTS)


def write_listed_facts(rows: Mapping[int, Row]) -> None:
    """Facts from a list's row, by our ids, of films whose details are not known yet."""
    _write(rows, _LISTED_FACTS)
    Movie.objects.filter(pk__in=rows, blanked_at__isnull=False).update(blanked_at=None)


def write_votes(rows: Mapping[int, TitleFacts], *, at: datetime) -> None:
    """What a list's row tells of any film, by our ids."""
    statement = sql.SQL("""
        UPDATE movies_movie movie
        SET popularity = told.popularity, vote_average = told.vote_average,
            vote_count = told.vote_count, from_tmdb = true, listed_at = told.at,
            updated_at = told.at
        FROM (VALUES %s) AS told (id, popularity, vote_average, vote_count, at)
        WHERE movie.id = told.id
    """)
    values = [(pk, *_votes_of(row), at) for pk, row in sorted(rows.items())]
    if values:
        execute(statement, values, template=_template(("integer", *_VOTES, "timestamptz")))


def write_details(rows: Mapping[int, Details], *, at: datetime) -> None:
    """What is written of every film whose details came, by our ids; a title that is here lives."""
    statement = sql.SQL("""
        UPDATE movies_movie movie
        SET popularity = told.popularity, vote_average = told.vote_average,
            vote_count = told.vote_count, from_tmdb = true, synced_at = told.at,
            updated_at = told.at, etag = told.etag, digests = told.digests,
            tombstoned_at = NULL, blanked_at = NULL
        FROM (VALUES %s) AS told (id, popularity, vote_average, vote_count, at, etag, digests)
        WHERE movie.id = told.id
    """)
    values = [
        (pk, *_votes_of(row.facts), at, row.etag, json.dumps(row.digests))
        for pk, row in sorted(rows.items())
    ]
    types = ("integer", *_VOTES, "timestamptz", "text", "jsonb")
    if values:
        execute(statement, values, template=_template(types))


def _votes_of(film: TitleFacts) -> Row:
    return film.popularity, film.vote_average, film.vote_count


def confirm(pks: Iterable[int], *, at: datetime) -> None:
    """Note that TMDb answered 304: what is stored is what it has."""
    Movie.objects.filter(pk__in=list(pks)).update(synced_at=at, tombstoned_at=None)


def tombstone(pks: Iterable[int], *, at: datetime) -> None:
    Movie.objects.filter(pk__in=list(pks)).update(tombstoned_at=at, updated_at=at)


def _write(rows: Mapping[int, Row], facts: Mapping[str, str]) -> None:
    if not rows:
        return
    statement = sql.SQL(
        "UPDATE movies_movie movie SET {} FROM (VALUES %s) AS told (id, {})"
        " WHERE movie.id = told.id"
    ).format(
        sql.SQL(", ").join(map(_unless_locked, facts)),
        sql.SQL(", ").join(map(sql.Identifier, facts)),
    )
    values = [(pk, *row) for pk, row in sorted(rows.items())]
    execute(statement, values, template=_template(("integer", *facts.values())))


def _unless_locked(column: str) -> sql.Composable:
    field = Movie._meta.get_field(column).name  # noqa: SLF001  # Django's API
    told = "coalesce(told.{c}, movie.{c})" if column in _KEPT_IF_UNKNOWN else "told.{c}"
    return sql.SQL(
        "{c} = CASE WHEN {field} = ANY(movie.locked_fields) THEN movie.{c} ELSE " + told + " END"
    ).format(c=sql.Identifier(column), field=sql.Literal(field))


def _template(types: Iterable[str]) -> str:
    return f"({', '.join(f'%s::{kind}' for kind in types)})"
