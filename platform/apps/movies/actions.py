"""What operators, schedules and viewers ask of the sync. Each request is a row; workers do it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from apps.core.events import announce

from . import signals
from .credentials import has_credential
from .models import Movie, SyncRun

Kind = SyncRun.Kind
State = SyncRun.State
Priority = SyncRun.Priority

MAX_SELECTED = 1_000
# Of one run, with all who joined it.
MAX_JOINED = 10_000

_LOCK_KIND = "SELECT pg_advisory_xact_lock(hashtext('nexus.sync'), hashtext(%s))"


class NotConfiguredError(Exception):
    """There is no credential for TMDb, so no sync would fetch anything."""


class NotOpenError(Exception):
    """The run has ended, or is gone. Nothing was changed."""


class TooManyTitlesError(Exception):
    """More than MAX_SELECTED titles at once. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class SyncRequest:
    """The run that does what was asked, and whether it had been asked for before."""

    run: SyncRun
    joined: bool


def require_credential() -> None:
    """Raises NotConfiguredError where the platform has nothing to name itself to TMDb by."""
    if not has_credential():
        raise NotConfiguredError(
            "no credential for TMDb is configured: set TMDB_API_TOKEN or TMDB_API_KEY"
        )


@transaction.atomic
def request_sync(
    *,
    kind: str,
    scope: Mapping[str, Any] | None = None,
    priority: int = Priority.NIGHTLY,
    requested_by_id: int | None = None,
) -> SyncRequest:
    """Ask for a sync; who asks while one of the kind is open joins it.

    A run of `kind` MOVIES takes the titles of those who join along; any other goes on as it is.

    Raises:
        TooManyTitlesError: the scope names more than MAX_SELECTED titles, or with it the run more
            than MAX_JOINED.
    """
    asked = dict(scope or {})
    if "tmdb_ids" in asked:
        asked["tmdb_ids"] = list(dict.fromkeys(asked["tmdb_ids"]))
        _require_at_most(MAX_SELECTED, asked["tmdb_ids"])
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_KIND, [kind])
    open_runs = SyncRun.objects.select_for_update(no_key=True).filter(
        kind=kind, state__in=SyncRun.OPEN_STATES
    )
    run = open_runs.first()
    if run is not None:
        _join(run, asked, priority)
        return SyncRequest(run, joined=True)
    run = SyncRun.objects.create(
        kind=kind, scope=asked, priority=priority, requested_by_id=requested_by_id
    )
    announce(signals.sync_requested, sync_run_id=run.pk)
    return SyncRequest(run, joined=False)


def request_movies(
    *,
    tmdb_ids: Iterable[int],
    priority: int = Priority.ADMIN,
    requested_by_id: int | None = None,
) -> SyncRequest:
    """Ask for the details of these titles, whether or not they are known here."""
    return request_sync(
        kind=Kind.MOVIES,
        scope={"tmdb_ids": list(tmdb_ids)},
        priority=priority,
        requested_by_id=requested_by_id,
    )


@transaction.atomic
def cancel_sync(*, sync_run_id: int, at: datetime) -> SyncRun:
    """End a run that is going on or waits. What it has stored stays, and its ranks, too.

    Raises:
        NotOpenError: it has ended.
    """
    # A worker that stores titles ends by writing this row, so they are stored or the run is over.
    # Its queue stays for the sweep to clear: that worker holds parts of it.
    open_runs = SyncRun.objects.select_for_update(no_key=True)
    run = open_runs.filter(pk=sync_run_id, state__in=SyncRun.OPEN_STATES).first()
    if run is None:
        raise NotOpenError(f"sync {sync_run_id} has ended")
    run.state, run.finished_at, run.leased_until = State.CANCELLED, at, None
    run.save(update_fields=["state", "finished_at", "leased_until"])
    return run


@transaction.atomic
def correct_film(
    *, movie: Movie, changed: Collection[str], lock: Collection[str], unlock: Collection[str]
) -> None:
    """Store what an operator changed of a film, and nothing else that `movie` holds.

    A changed field is locked, if it can be: no sync writes it until it is unlocked. What was
    unlocked, the next sync writes again even if TMDb's answer is the same as before. With another
    TMDb id nothing is known yet of what TMDb says of the film.
    """
    # A sync holds the row while it writes, so it knows of the lock or the edit comes after it.
    stored = Movie.objects.select_for_update(no_key=True).only("locked_fields").get(pk=movie.pk)
    wanted = set(stored.locked_fields).difference(unlock).union(lock, changed)
    movie.locked_fields = [name for name in Movie.LOCKABLE_FIELDS if name in wanted]
    written = {*changed, "locked_fields", "updated_at"} - {"genres"}
    if set(stored.locked_fields).difference(movie.locked_fields):
        movie.digests, movie.etag = {}, ""
        written |= {"digests", "etag"}
    if "tmdb_id" in changed:
        written |= _forget_title(movie)
    movie.save(update_fields=written)


def _forget_title(movie: Movie) -> set[str]:
    """The fields that told of the title that TMDb has by another id.

    The digests stay: they tell what is stored, and so what the next sync has to replace.
    """
    movie.etag = ""
    movie.listed_at = movie.synced_at = movie.tombstoned_at = movie.blanked_at = None
    return {"etag", "listed_at", "synced_at", "tombstoned_at", "blanked_at"}


def _require_at_most(most: int, tmdb_ids: Sequence[int]) -> None:
    if len(tmdb_ids) > most:
        raise TooManyTitlesError(f"more than {most:,} titles at once")


def _join(run: SyncRun, asked: Mapping[str, Any], priority: int) -> None:
    """Nobody waits longer than the most urgent of those who asked.

    A title that the run has fetched already is asked for again: its film may have been unlocked
    meanwhile. The run counts how many of the scope it has queued, so it only ever grows.
    """
    run.priority = min(run.priority, priority)
    if run.kind == Kind.MOVIES:
        titles = [*run.scope.get("tmdb_ids", []), *asked.get("tmdb_ids", [])]
        _require_at_most(MAX_JOINED, titles)
        run.scope = {"tmdb_ids": titles}
    run.save(update_fields=["priority", "scope"])
