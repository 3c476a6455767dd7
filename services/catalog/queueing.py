"""The titles that a run has yet to fetch: a table that any number of workers take from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from apps.movies.models import Movie, SyncRun, SyncTitle
from services import leasing

# What the death of a worker leaves is free after this; who lives renews it in time.
LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 5
FIRST_RETRY = timedelta(seconds=5)

_ENQUEUE = """
    INSERT INTO movies_synctitle (run_id, position, tmdb_id)
    SELECT %(run_id)s, %(first)s + told.number - 1, told.tmdb_id
    FROM unnest(%(tmdb_ids)s::integer[]) WITH ORDINALITY AS told (tmdb_id, number)
    ON CONFLICT (run_id, tmdb_id) DO NOTHING
"""
_CLAIM = """
    WITH due AS MATERIALIZED (
        SELECT id FROM movies_synctitle
        WHERE run_id = %(run_id)s AND (leased_until IS NULL OR leased_until <= %(at)s)
        ORDER BY position LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    )
    UPDATE movies_synctitle AS title SET leased_until = %(until)s
    FROM due WHERE title.id = due.id
    RETURNING title.position, title.tmdb_id, title.attempts
"""


@dataclass(frozen=True, slots=True)
class ClaimedTitle:
    """A title that this worker fetches, and the ETag of what is stored of it."""

    tmdb_id: int
    attempts: int
    etag: str


def enqueue(run: SyncRun, tmdb_ids: Sequence[int]) -> int:
    """Add titles behind those that wait; how many were not among them already."""
    last = (
        SyncTitle.objects.filter(run=run).order_by("-position").values_list("position", flat=True)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            _ENQUEUE,
            {"run_id": run.pk, "first": (last.first() or 0) + 1, "tmdb_ids": list(tmdb_ids)},
        )
        return int(cursor.rowcount)


def claim(run_id: int, *, limit: int, at: datetime) -> list[ClaimedTitle]:
    """At most `limit` titles that nobody fetches, the first of the queue."""
    values: dict[str, Any] = {"run_id": run_id, "limit": limit, "at": at, "until": at + LEASE}
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        rows = sorted(cursor.fetchall())
    etags = dict(
        Movie.objects.filter(tmdb_id__in=[tmdb_id for _, tmdb_id, _ in rows])
        .exclude(etag="")
        .values_list("tmdb_id", "etag")
    )
    return [
        ClaimedTitle(tmdb_id, attempts, etags.get(tmdb_id, "")) for _, tmdb_id, attempts in rows
    ]


def hold(run_id: int, tmdb_ids: Iterable[int]) -> set[int]:
    """Those that still wait to be stored, locked: another worker may have had one as well."""
    rows = SyncTitle.objects.filter(run_id=run_id, tmdb_id__in=list(tmdb_ids))
    return set(rows.order_by("pk").select_for_update().values_list("tmdb_id", flat=True))


def renew(run_id: int, tmdb_ids: Iterable[int], *, at: datetime) -> None:
    rows = SyncTitle.objects.filter(run_id=run_id, tmdb_id__in=list(tmdb_ids))
    rows.update(leased_until=at + LEASE)


def remove(run_id: int, tmdb_ids: Iterable[int]) -> None:
    SyncTitle.objects.filter(run_id=run_id, tmdb_id__in=list(tmdb_ids)).delete()


def release(run_id: int, tmdb_ids: Iterable[int]) -> None:
    """Give titles back untried."""
    SyncTitle.objects.filter(run_id=run_id, tmdb_id__in=list(tmdb_ids)).update(leased_until=None)


def postpone(run_id: int, title: ClaimedTitle, *, at: datetime) -> bool:
    """Try the title again later, and later each time; False if it has been tried enough."""
    attempts = title.attempts + 1
    if attempts >= MAX_ATTEMPTS:
        return False
    SyncTitle.objects.filter(run_id=run_id, tmdb_id=title.tmdb_id).update(
        attempts=attempts, leased_until=at + FIRST_RETRY * 2**title.attempts
    )
    return True


def has_due(run_id: int, *, at: datetime) -> bool:
    due = Q(leased_until__isnull=True) | Q(leased_until__lte=at)
    return SyncTitle.objects.filter(due, run_id=run_id).exists()


def is_empty(run_id: int) -> bool:
    return not SyncTitle.objects.filter(run_id=run_id).exists()


def does_another_wait(run_id: int, *, at: datetime) -> bool:
    """Whether some other run waits for a worker to prepare it."""
    others = SyncRun.objects.filter(leasing.unowned(at=at), phase=SyncRun.Phase.PREPARE)
    return others.filter(state__in=SyncRun.OPEN_STATES).exclude(pk=run_id).exists()
