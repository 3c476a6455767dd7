"""TMDb's daily export of ids: every title there is, and with it which ones are gone.

The lines are streamed into a temporary table, from there merged in ranges of ids, each range a
transaction of its own: a merge that is killed is begun anew and changes nothing twice.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from apps.movies.models import SyncRun
from services.imports.copy_stream import copy_rows, escape
from services.leasing import Lease, LeaseLostError
from services.tmdb.client import TMDbClient
from services.tmdb.errors import ExportMissingError
from services.tmdb.exports import ExportLine

from . import merging
from .preparing import Preparation, add, begin_titles, note_dropped

# TMDb writes a day's file at about 08:00 UTC, and sometimes not at all.
DAYS_BACK = 3
# An export that lists fewer of the titles we have is broken, whatever its checksum says; unless so
# few are missing that a small catalogue may have lost them.
LEAST_SHARE = 0.9
FEW = 3

_STAGE = """
    CREATE TEMP TABLE export_line (
        tmdb_id integer NOT NULL, title text NOT NULL, popularity double precision NOT NULL,
        adult boolean NOT NULL, video boolean NOT NULL
    )
"""
_INDEX = """
    CREATE TEMP TABLE export_title AS
    SELECT DISTINCT ON (tmdb_id) * FROM export_line ORDER BY tmdb_id;
    ALTER TABLE export_title ADD PRIMARY KEY (tmdb_id);
    DROP TABLE export_line;
    ANALYZE export_title
"""
_KNOWN_SHARE = """
    SELECT count(*) FILTER (WHERE EXISTS (
               SELECT FROM export_title told WHERE told.tmdb_id = movie.tmdb_id)),
           count(*)
    FROM movies_movie movie
    WHERE from_tmdb AND tombstoned_at IS NULL AND NOT adult AND tmdb_id IS NOT NULL
"""
_ENQUEUE = """
    INSERT INTO movies_synctitle (run_id, position, tmdb_id)
    SELECT %(run_id)s, row_number() OVER (ORDER BY told.popularity DESC, told.tmdb_id), told.tmdb_id
    FROM export_title told JOIN movies_movie movie USING (tmdb_id)
    WHERE movie.synced_at IS NULL AND told.is_chosen
    ON CONFLICT (run_id, tmdb_id) DO NOTHING
"""


class IncompleteExportError(Exception):
    """The export lacks too many titles that we have. Nothing was changed."""


@dataclass(slots=True)
class _Export:
    """What the day's file held."""

    day: date
    lines: int
    requests: int
    dropped: Counter[str]


def prepare(work: Preparation) -> None:
    at = work.clock()
    scope = work.run.scope
    with _staged(work.client, today=at.date()) as export:
        _require_complete(export.day)
        merging.choose(limit=scope.get("limit"), least=scope.get("min_popularity"))
        merging.merge(export.day, at=at, note=partial(_note_merged, work.lease))
        merging.tombstone_missing(export.day, at=at, note=partial(_note_gone, work.lease))
        queued = _enqueue(work.run)
        with work.saving() as held:
            held.checkpoint = {"export": str(export.day), "lines": export.lines}
            add(held, requests=export.requests, seen=export.lines)
            note_dropped(held, export.dropped)
            held.total = export.lines
            begin_titles(held, queued=queued)


@contextmanager
def _staged(client: TMDbClient, *, today: date) -> Iterator[_Export]:
    """The newest export there is, in the temporary table `export_title`."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS export_line, export_title")
        cursor.execute(_STAGE)
        try:
            export = _copy_newest(client, cursor, today=today)
            cursor.execute(_INDEX)
            yield export
        finally:
            cursor.execute("DROP TABLE IF EXISTS export_line, export_title")


def _copy_newest(client: TMDbClient, cursor: Any, *, today: date) -> _Export:
    """Raises ExportMissingError if TMDb has none of the last DAYS_BACK days."""
    for days in range(DAYS_BACK):
        day = today - timedelta(days=days)
        try:
            with client.open_export(day) as lines, transaction.atomic():
                count = copy_rows(cursor, table="export_line", lines=_rows(lines))
                return _Export(day, count, days + 1, Counter(lines.dropped))
        except ExportMissingError:
            continue
    raise ExportMissingError(f"no export of the {DAYS_BACK} days up to {today}")


def _rows(lines: Iterable[ExportLine]) -> Iterator[str]:
    for line in lines:
        adult, video = "t" if line.adult else "f", "t" if line.video else "f"
        yield (
            f"{line.tmdb_id}\t{escape(line.original_title)}\t{line.popularity!r}\t{adult}\t{video}\n"
        )


def _require_complete(day: date) -> None:
    """Raises IncompleteExportError if the export lists too few of the titles that are here."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN_SHARE)
        listed, known = cursor.fetchone()
    if known - listed > max(FEW, (1 - LEAST_SHARE) * known):
        raise IncompleteExportError(f"the export of {day} has {listed} of our {known} titles")


def _note_merged(lease: Lease[SyncRun], created: int, updated: int) -> None:
    """With the rows that it counts: a merge that is begun anew counts none of them twice.

    Raises LeaseLostError if the run was cancelled, or is another worker's now.
    """
    counts = {"created": F("created") + created, "updated": F("updated") + updated}
    if not lease.owned().update(**counts):
        raise LeaseLostError(f"SyncRun {lease.pk}")


def _note_gone(lease: Lease[SyncRun], tombstoned: int) -> None:
    """The same for what the export no longer lists."""
    if not lease.owned().update(tombstoned=F("tombstoned") + tombstoned):
        raise LeaseLostError(f"SyncRun {lease.pk}")


def _enqueue(run: SyncRun) -> int:
    """Beside the run, whose row and lease must not wait for a million others.

    What an earlier attempt has queued is queued anew: nobody fetches before the run is prepared.
    """
    if run.scope.get("ids_only"):
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM movies_synctitle WHERE run_id = %s", [run.pk])
        cursor.execute(_ENQUEUE, {"run_id": run.pk})
        return int(cursor.rowcount)
