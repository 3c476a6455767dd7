"""The titles of a run, fetched side by side and stored in batches, by any number of workers.

A worker holds at most HELD titles: so many it may fetch again after a kill -9, and no more. What
was fetched leaves the queue in the transaction that stores it.
"""

import logging
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from django.conf import settings

from services import giving_way
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
from .batches import Batch, reason_of, store
from .queueing import ClaimedTitle

logger = logging.getLogger(__name__)

# At its end connections are made anew, and nothing is asked until the next slice has begun.
SLICE_SECONDS = 60.0
# So often it is seen whether another sync waits for a worker to prepare it.
LOOK_SECONDS = 1.0
HELD = 25
POLL_SECONDS = 0.2
RENEWED_AFTER_SECONDS = queueing.LEASE.total_seconds() / 3

# What is wrong with TMDb, our connection to it or our budget, and not with a title.
ABOUT_ALL = (UnavailableError, LimiterAwayError, RateLimitedError)
FATAL = (CredentialError, NoCredentialError)


class FetchingStoppedError(Exception):
    """TMDb does not serve us now; `cause` says why, and whether that can heal."""

    def __init__(self, cause: TMDbError) -> None:
        super().__init__(str(cause))
        self.cause = cause


@dataclass(slots=True)
class _Slice:
    run_id: int
    client: TMDbClient
    clock: Clock
    pool: ThreadPoolExecutor
    flying: dict[Future[MovieAnswer], ClaimedTitle] = field(default_factory=dict)
    batch: Batch = field(default_factory=Batch)
    has_answered: bool = False
    unreached: list[tuple[ClaimedTitle, TMDbError]] = field(default_factory=list)
    stopped_by: TMDbError | None = None
    is_refused: threading.Event = field(default_factory=threading.Event)
    renewed: float = field(default_factory=time.monotonic)

    def top_up(self) -> None:
        room = HELD - len(self.flying) - self.batch.size - len(self.unreached)
        if room < HELD // 4:
            return
        for title in queueing.claim(self.run_id, limit=room, at=self.clock()):
            self.flying[self.pool.submit(self._ask, title)] = title

    def _ask(self, title: ClaimedTitle) -> MovieAnswer:
        if self.is_refused.is_set():
            raise CircuitOpenError("TMDb has just refused the credential")
        try:
            return self.client.movie(title.tmdb_id, etag=title.etag)
        except FATAL:
            # Seen here first: the others would have sent theirs before they are cancelled.
            self.is_refused.set()
            raise

    def collect(self, *, seconds: float) -> None:
        if time.monotonic() - self.renewed > RENEWED_AFTER_SECONDS:
            self.renewed = time.monotonic()
            held = [*self.flying.values(), *(title for title, _ in self.unreached)]
            tmdb_ids = [*(title.tmdb_id for title in held), *self.batch.settled]
            queueing.renew(self.run_id, tmdb_ids, at=self.clock())
        done, _ = wait(self.flying, timeout=seconds, return_when=FIRST_COMPLETED)
        for future in done:
            _settle(self, self.flying.pop(future), future)

    def store(self) -> None:
        batch, self.batch = self.batch, Batch()
        store(self.run_id, batch, at=self.clock())

    def finish(self) -> None:
        """Store what came, and give back what nobody has begun to fetch."""
        for future, title in list(self.flying.items()):
            if future.cancel():
                self.batch.untried.append(title.tmdb_id)
                del self.flying[future]
        while self.flying:
            self.collect(seconds=POLL_SECONDS)
        if self.has_answered:
            self.batch.postponed = [(title, reason_of(error)) for title, error in self.unreached]
        else:
            # TMDb is away, which no title is to blame for.
            self.batch.untried += [title.tmdb_id for title, _ in self.unreached]
            self.stopped_by = self.stopped_by or next((e for _, e in self.unreached), None)
        self.store()


def fetch_titles(*, run_id: int, client: TMDbClient, clock: Clock, is_doubtful: bool) -> None:
    """Fetch and store titles for SLICE_SECONDS, or until none is due or another sync waits.

    `is_doubtful`: TMDb did not answer before. Whether it is there is seen by what is no title's
    fault; without that, a title that TMDb always fails over would pass for an outage.

    Raises:
        EndedError: the run is over.
        FetchingStoppedError: TMDb does not serve us, or no longer; what came before is stored.
    """
    deadline = time.monotonic() + SLICE_SECONDS
    with ThreadPoolExecutor(settings.TMDB_FETCH_THREADS, "tmdb") as pool:
        work = _Slice(run_id, client, clock, pool)
        if is_doubtful:
            _knock(work)
        try:
            _go_on(work, deadline=deadline)
        finally:
            work.finish()
    if work.stopped_by is not None:
        raise FetchingStoppedError(work.stopped_by)


def _go_on(work: _Slice, *, deadline: float) -> None:
    looked = time.monotonic()
    while time.monotonic() < deadline and work.stopped_by is None:
        if time.monotonic() - looked > LOOK_SECONDS:
            looked = time.monotonic()
            if queueing.does_another_wait(work.run_id, at=work.clock()):
                return
        work.top_up()
        if not work.flying:
            return
        work.collect(seconds=POLL_SECONDS)
        if work.batch.is_ripe:
            giving_way.give_way("titles")
            work.store()


def _knock(work: _Slice) -> None:
    try:
        work.client.configuration()
    except (*ABOUT_ALL, *FATAL) as error:
        work.stopped_by = error
    except TMDbError as error:
        logger.warning("TMDb answers, if with %r", error)
    work.has_answered = work.stopped_by is None
    work.batch.requests += _was_sent(work.stopped_by)


def _settle(work: _Slice, title: ClaimedTitle, future: Future[MovieAnswer]) -> None:
    batch = work.batch
    batch.requests += _was_sent(future.exception())
    try:
        answer = future.result()
    except (*ABOUT_ALL, *FATAL) as error:
        _blame(work, title, error)
        return
    except TitleNotFoundError:
        batch.gone.append(title.tmdb_id)
    except TMDbError as error:
        batch.failed[title.tmdb_id] = reason_of(error)
    except Exception as error:
        # An answer of a kind that nobody has thought of is the title's own misfortune.
        logger.exception("Title %s cannot be read", title.tmdb_id)
        batch.failed[title.tmdb_id] = reason_of(error)
    else:
        _take(batch, title, answer)
    work.has_answered = True


def _blame(work: _Slice, title: ClaimedTitle, error: TMDbError) -> None:
    """A title may be at fault itself, until so many in a row are that nobody asks any more."""
    if isinstance(error, UnavailableError) and not isinstance(error, CircuitOpenError):
        work.unreached.append((title, error))
        return
    work.batch.untried.append(title.tmdb_id)
    # What no retry can heal is what the run ends by, whatever comes after it.
    if work.stopped_by is None or isinstance(error, FATAL):
        work.stopped_by = error


def _take(batch: Batch, title: ClaimedTitle, answer: MovieAnswer) -> None:
    if answer.payload is None:
        batch.confirmed.append(title.tmdb_id)
        return
    details = answer.payload.value
    if details.tmdb_id != title.tmdb_id:
        batch.failed[title.tmdb_id] = f"TMDb answered with title {details.tmdb_id}"
        return
    batch.fetched.append(storing.FetchedFilm(details, answer.etag))
    batch.dropped.update(answer.payload.dropped)


def _was_sent(error: BaseException | None) -> bool:
    if isinstance(error, RateLimitedError):
        # Our own limiter gives no status.
        return error.http is not None
    return not isinstance(error, CircuitOpenError | LimiterAwayError | NoCredentialError)
