"""The staged export, table `export_title`, into the catalogue: range by range, ids ascending."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from . import locks
from .films import UNTITLED

TITLES_PER_RANGE = 50_000

_CHOOSE = """
    ALTER TABLE export_title ADD COLUMN is_chosen boolean NOT NULL DEFAULT true;
    UPDATE export_title SET is_chosen = false WHERE adult
"""
_KEEP_BEST = """
    WITH best AS MATERIALIZED (
        SELECT tmdb_id FROM export_title
        WHERE popularity >= %(least)s AND NOT adult
        ORDER BY popularity DESC, tmdb_id LIMIT %(limit)s
    )
    UPDATE export_title told SET is_chosen = false
    WHERE NOT EXISTS (SELECT FROM best WHERE best.tmdb_id = told.tmdb_id)
"""
_BOUNDS = """
    SELECT tmdb_id FROM (
        SELECT tmdb_id, row_number() OVER (ORDER BY tmdb_id) - 1 AS number FROM export_title
    ) numbered WHERE number %% %(size)s = 0 ORDER BY tmdb_id
"""
_RANGE = "told.tmdb_id >= %(first)s AND told.tmdb_id < %(end)s"
# No index holds what this writes for a title that was here before (see Movie's indexes).
_UPDATE = f"""
    UPDATE movies_movie movie
    SET popularity = told.popularity, from_tmdb = true, updated_at = %(at)s,
        tombstoned_at = CASE WHEN tombstoned_at >= %(day)s THEN tombstoned_at END
    FROM export_title told
    WHERE movie.tmdb_id = told.tmdb_id AND {_RANGE}
      AND movie.tmdb_id >= %(first)s AND movie.tmdb_id < %(end)s
      AND (movie.popularity <> told.popularity OR NOT movie.from_tmdb
           OR movie.tombstoned_at < %(day)s)
"""  # noqa: S608  # constants
_INSERT = f"""
    INSERT INTO movies_movie (
        tmdb_id, title, original_title, original_language, overview, poster_path, backdrop_path,
        vote_count, popularity, adult, video, from_tmdb, created_at, updated_at
    )
    SELECT tmdb_id, coalesce(nullif(btrim(title), ''), '{UNTITLED}'), title, '', '', '', '',
           0, popularity, adult, video, true, %(at)s, %(at)s
    FROM export_title told
    WHERE is_chosen AND {_RANGE}
      AND NOT EXISTS (SELECT FROM movies_movie known WHERE known.tmdb_id = told.tmdb_id)
    ORDER BY tmdb_id
    ON CONFLICT (tmdb_id) DO NOTHING
"""  # noqa: S608  # constants
# What came to the catalogue, or went, on the day of the export or later may be newer than it.
_TOMBSTONE = """
    UPDATE movies_movie movie SET tombstoned_at = %(at)s, updated_at = %(at)s
    WHERE from_tmdb AND tombstoned_at IS NULL AND NOT adult AND tmdb_id IS NOT NULL
      AND greatest(created_at, synced_at, listed_at) < %(day)s
      AND NOT EXISTS (SELECT FROM export_title told WHERE told.tmdb_id = movie.tmdb_id)
"""
_LAST = 2**31


def choose(*, limit: int | None, least: float | None) -> None:
    """Mark the titles that the catalogue takes: the most popular, or all that are not adult."""
    with connection.cursor() as cursor:
        cursor.execute(_CHOOSE)
        if limit is not None or least is not None:
            cursor.execute(_KEEP_BEST, {"limit": limit, "least": least or 0})


def merge(day: date, *, at: datetime, note: Callable[[int, int], None]) -> None:
    """Add the chosen titles that are new, and update those that are here.

    `note` is told for each range how many were created and updated, in its transaction.
    """
    for first, end in _ranges():
        values: dict[str, Any] = {"first": first, "end": end, "at": at, "day": day}
        with transaction.atomic(), connection.cursor() as cursor:
            # In no order of ids: nobody else may hold some of these rows and wait for others.
            locks.hold_catalogue_alone()
            cursor.execute(_UPDATE, values)
            updated = cursor.rowcount
            cursor.execute(_INSERT, values)
            note(cursor.rowcount, updated)


def tombstone_missing(day: date, *, at: datetime, note: Callable[[int], None]) -> None:
    """Mark what the export no longer lists; `note` is told in the same transaction how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        locks.hold_catalogue_alone()
        cursor.execute(_TOMBSTONE, {"at": at, "day": day})
        note(int(cursor.rowcount))


def _ranges() -> Iterator[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_BOUNDS, {"size": TITLES_PER_RANGE})
        bounds = [tmdb_id for (tmdb_id,) in cursor.fetchall()]
    yield from zip(bounds, [*bounds[1:], _LAST], strict=True)
