"""The titles of a run, fetched side by side and stored in batches, by any number of workers.

A worker holds at most HELD titles: so many it may fetch again after a kill -9, and no more. What
was fetched leaves the queue in the transaction that stores it.
"""

import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F

from apps.movies.models import Movie, SyncRun
from services.leasing import Clock
from services.tmdb.circuit import CircuitOpenError
from services.tmdb.client import MovieAnswer, TMDbClient
from services.tmdb.errors import (
    CredentialError,
    LimiterAwayError,
    NoCredentialError,
    RateLimitedError,
    TitleNotFoundError,
    TMDbError,
    UnavailableError,
)

from . import queueing, storing
from .queueing import ClaimedTitle

# Canaries of the queue wait meanwhile, and a worker that is told to stop.
SLICE_SECONDS = 15.0
HELD = 50
STORED_AT_ONCE = 20
STORED_AFTER_SECONDS = 1.0
POLL_SECONDS = 0.2
MAX_FAILURES = 50

# What is wrong with TMDb, our connection to it or our budget, and not with a title.
ABOUT_ALL = (UnavailableError, LimiterAwayError, RateLimitedError)
FATAL = (CredentialError, NoCredentialError)


class EndedError(Exception):
    """The run was cancelled or has failed meanwhile. The batch was not stored."""


class FetchingStoppedError(Exception):
    """TMDb does not serve us now; `cause` says why, and whether that can heal."""

    def __init__(self, cause: TMDbError) -> None:
        super().__init__(str(cause))
        self.cause = cause


@dataclass(slots=True)
class _Batch:
    """What came back and is not stored yet."""

    fetched: list[storing.FetchedFilm] = field(default_factory=list)
    confirmed: list[int] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)
    postponed: list[tuple[ClaimedTitle, str]] = field(default_factory=list)
    untried: list[int] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    since: float = field(default_factory=time.monotonic)

    @property
    def size(self) -> int:
        return len(self.fetched) + len(self.confirmed) + len(self.gone) + len(self.failed)

    @property
    def is_ripe(self) -> bool:
        waited = time.monotonic() - self.since
        return self.size >= STORED_AT_ONCE or (self.size > 0 and waited >= STORED_AFTER_SECONDS)


@dataclass(slots=True)
class _Slice:
    run_id: int
    client: TMDbClient
    clock: Clock
    pool: ThreadPoolExecutor
    flying: dict[Future[MovieAnswer], ClaimedTitle] = field(default_factory=dict)
    batch: _Batch = field(default_factory=_Batch)
    has_succeeded: bool = False
    unreached: list[tuple[ClaimedTitle, str]] = field(default_factory=list)
    stopped_by: TMDbError | None = None

    def top_up(self) -> None:
        room = HELD - len(self.flying) - self.batch.size - len(self.unreached)
        if room < HELD // 4:
            return
        for title in queueing.claim(self.run_id, limit=room, at=self.clock()):
            ask = self.pool.submit(self.client.movie, title.tmdb_id, etag=title.etag)
            self.flying[ask] = title

    def collect(self, *, seconds: float) -> None:
        done, _ = wait(self.flying, timeout=seconds, return_when=FIRST_COMPLETED)
        for future in done:
            _settle(self, self.flying.pop(future), future)

    def store(self) -> None:
        batch, self.batch = self.batch, _Batch()
        _store(self.run_id, batch, at=self.clock())

    def finish(self) -> None:
        """Store what came, and give back what nobody has begun to fetch."""
        for future, title in list(self.flying.items()):
            if future.cancel():
                self.batch.untried.append(title.tmdb_id)
                del self.flying[future]
        while self.flying:
            self.collect(seconds=POLL_SECONDS)
        if self.has_succeeded or self.stopped_by is None:
            self.batch.postponed = self.unreached
        else:
            # TMDb is away, which no title is to blame for.
            self.batch.untried += [title.tmdb_id for title, _ in self.unreached]
        self.store()


def fetch_titles(*, run_id: int, client: TMDbClient, clock: Clock) -> None:
    """Fetch and store titles for SLICE_SECONDS, or until nobody has to be fetched now.

    Raises:
        EndedError: the run is over.
        FetchingStoppedError: TMDb does not serve us, or no longer; what came before is stored.
    """
    deadline = time.monotonic() + SLICE_SECONDS
    with ThreadPoolExecutor(settings.TMDB_FETCH_THREADS, "tmdb") as pool:
        work = _Slice(run_id, client, clock, pool)
        try:
            _go_on(work, deadline=deadline)
        finally:
            work.finish()
    if work.stopped_by is not None:
        raise FetchingStoppedError(work.stopped_by)


def _go_on(work: _Slice, *, deadline: float) -> None:
    while time.monotonic() < deadline and work.stopped_by is None:
        work.top_up()
        if not work.flying:
            return
        work.collect(seconds=POLL_SECONDS)
        if work.batch.is_ripe:
            work.store()


def _settle(work: _Slice, title: ClaimedTitle, future: Future[MovieAnswer]) -> None:
    batch = work.batch
    batch.requests += 1
    try:
        answer = future.result()
    except TitleNotFoundError:
        batch.gone.append(title.tmdb_id)
    except (*ABOUT_ALL, *FATAL) as error:
        _blame(work, title, error)
    except TMDbError as error:
        batch.failed[title.tmdb_id] = _reason(error)
    else:
        work.has_succeeded = True
        _take(batch, title, answer)


def _blame(work: _Slice, title: ClaimedTitle, error: TMDbError) -> None:
    """A title may be at fault itself, until so many in a row are that nobody asks any more."""
    if isinstance(error, UnavailableError) and not isinstance(error, CircuitOpenError):
        work.unreached.append((title, _reason(error)))
        return
    work.batch.untried.append(title.tmdb_id)
    work.stopped_by = error


def _take(batch: _Batch, title: ClaimedTitle, answer: MovieAnswer) -> None:
    if answer.payload is None:
        batch.confirmed.append(title.tmdb_id)
        return
    details = answer.payload.value
    if details.tmdb_id != title.tmdb_id:
        batch.failed[title.tmdb_id] = f"TMDb answered with title {details.tmdb_id}"
        return
    batch.fetched.append(storing.FetchedFilm(details, answer.etag))
    batch.dropped.update(answer.payload.dropped)


def _reason(error: TMDbError) -> str:
    return f"{type(error).__name__}: {error}"[:200]


@transaction.atomic
def _store(run_id: int, batch: _Batch, *, at: datetime) -> None:
    queueing.release(run_id, batch.untried)
    if not batch.size and not batch.requests:
        return
    stored = storing.store_details(batch.fetched, at=at)
    confirmed = storing.confirm_unchanged(batch.confirmed, at=at)
    here = Movie.objects.filter(tmdb_id__in=batch.gone).values_list("tmdb_id", flat=True)
    known = {tmdb_id for tmdb_id in here if tmdb_id is not None}
    tombstoned = storing.tombstone(known, at=at)
    failed = batch.failed | {tmdb_id: "not found" for tmdb_id in batch.gone if tmdb_id not in known}
    for title, reason in batch.postponed:
        if not queueing.postpone(run_id, title, at=at):
            failed[title.tmdb_id] = reason
    settled = [film.details.tmdb_id for film in batch.fetched] + batch.confirmed + batch.gone
    queueing.remove(run_id, [*settled, *failed])
    counts = {
        "seen": len(settled) - len(batch.gone) + len(known),
        "created": stored.created,
        "updated": stored.updated,
        "unchanged": stored.unchanged + confirmed + len(known) - tombstoned,
        "tombstoned": tombstoned,
        "failed": len(failed),
        "requests": batch.requests,
    }
    _count(run_id, counts, failed, batch.dropped, at=at)


def _count(
    run_id: int,
    counts: Mapping[str, int],
    failed: Mapping[int, str],
    dropped: Mapping[str, int],
    *,
    at: datetime,
) -> None:
    """Last in its transaction, so that workers of one run wait for each other only briefly.

    Raises EndedError, which takes the whole batch back, if the run is over.
    """
    rows = SyncRun.objects.filter(pk=run_id, state=SyncRun.State.RUNNING)
    added = {name: F(name) + count for name, count in counts.items() if count}
    if not rows.update(heartbeat_at=at, attempts=0, error="", **added):
        raise EndedError(f"sync {run_id} is over")
    if failed or dropped:
        _note(rows.get(), failed, dropped)


def _note(run: SyncRun, failed: Mapping[int, str], dropped: Mapping[str, int]) -> None:
    notes = [{"tmdb_id": tmdb_id, "reason": reason} for tmdb_id, reason in failed.items()]
    run.failures = [*run.failures, *notes][:MAX_FAILURES]
    run.dropped = dict(Counter(run.dropped) + Counter(dropped))
    run.save(update_fields=["failures", "dropped"])
