"""Ownership of a run or shard: whoever holds the lease does the next slice, and nobody else.

A claim counts as an attempt until its slice is saved, which sets the count back to 0. So the
count is also the fence: a worker that lost its lease finds another number and saves nothing, and
work that kills its worker each time ends after MAX_ATTEMPTS claims: the row fails, unless its
kind knows another way on.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from django.db import connections, models, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from apps.core.runs import Run

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
AnyRun = TypeVar("AnyRun", bound=Run)

LEASE = timedelta(seconds=30)
HEARTBEAT_SECONDS = 10.0
MAX_ATTEMPTS = 5
RETRY_DELAY = timedelta(seconds=1)
MAX_ERROR_CHARS = 2_000
FAILED = "failed"


class LeaseLostError(Exception):
    """Another worker owns the row now, or it was cancelled. Nothing was saved."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What an error means: that no retry can heal it, or that it is worth waiting, uncounted."""

    is_final: bool = False
    again_in: timedelta | None = None


Judge = Callable[[Exception], Verdict]


def no_verdict(_error: Exception) -> Verdict:
    return Verdict()


# Given a row that is out of attempts, locked, its last error and the moment: whether there is
# another way on, which it has set on the row.
Rescue = Callable[[AnyRun, str, datetime], bool]


def no_rescue(_run: Run, _error: str, _at: datetime) -> bool:
    return False


@dataclass(frozen=True, kw_only=True, slots=True)
class Lease(Generic[AnyRun]):
    """The right to do one slice of a row of `model`, fenced by `attempt`."""

    model: type[AnyRun]
    pk: int
    attempt: int
    state: str

    def owned(self) -> models.QuerySet[AnyRun]:
        rows = _rows(self.model)
        return rows.filter(pk=self.pk, attempts=self.attempt, state=self.state)

    def extend(self, *, at: datetime) -> bool:
        return bool(self.owned().update(leased_until=at + LEASE, heartbeat_at=at))

    def release(self) -> None:
        """Give the slice back untried, as on Ctrl-C."""
        self.owned().update(leased_until=None, attempts=self.attempt - 1)


def unowned(*, at: datetime) -> Q:
    return Q(leased_until__isnull=True) | Q(leased_until__lte=at)


@transaction.atomic
def claim(
    model: type[AnyRun],
    pk: int,
    *,
    from_states: Sequence[str],
    to_state: str,
    at: datetime,
    rescue: Rescue[AnyRun] = no_rescue,
) -> Lease[AnyRun] | None:
    """Take the row if it is in one of `from_states` and nobody works on it; else None.

    A row that was claimed MAX_ATTEMPTS times without progress is rescued or becomes FAILED instead.
    """
    rows = _rows(model).filter(unowned(at=at), pk=pk, state__in=from_states)
    taken = rows.filter(attempts__lt=MAX_ATTEMPTS).update(
        state=to_state,
        attempts=F("attempts") + 1,
        leased_until=at + LEASE,
        heartbeat_at=at,
        started_at=Coalesce("started_at", Value(at)),
    )
    if taken:
        attempt = _rows(model).values_list("attempts", flat=True).get(pk=pk)
        return Lease(model=model, pk=pk, attempt=attempt, state=to_state)
    _give_up(rows.filter(attempts__gte=MAX_ATTEMPTS), rescue, at=at)
    return None


@contextmanager
def saving(lease: Lease[AnyRun], *, at: datetime) -> Iterator[AnyRun]:
    """A transaction that holds the row; what the block sets on it is saved and the lease ends.

    Raises LeaseLostError before the block if the lease is no longer ours.
    """
    with _holding(lease) as run:
        yield run
        run.attempts, run.leased_until, run.heartbeat_at, run.error = 0, None, at, ""
        run.save()


@contextmanager
def checkpointing(lease: Lease[AnyRun], *, at: datetime) -> Iterator[AnyRun]:
    """Like `saving`, but the slice goes on under the same lease: its attempt still counts."""
    with _holding(lease) as run:
        yield run
        run.leased_until, run.heartbeat_at = at + LEASE, at
        run.save()


@contextmanager
def _holding(lease: Lease[AnyRun]) -> Iterator[AnyRun]:
    with transaction.atomic():
        run = lease.owned().select_for_update().first()
        if run is None:
            raise LeaseLostError(f"{lease.model.__name__} {lease.pk}")
        yield run


def work(
    lease: Lease[AnyRun],
    do_slice: Callable[[Lease[AnyRun]], None],
    *,
    clock: Clock,
    judge: Judge = no_verdict,
    rescue: Rescue[AnyRun] = no_rescue,
) -> bool:
    """Do one slice under heartbeats; whether it was saved. A failure is recorded on the row.

    `judge` may know that an error is final, or that it says nothing about the run itself.
    """
    try:
        with _heartbeats(lease, clock=clock):
            do_slice(lease)
    except LeaseLostError as lost:
        logger.warning("Lease lost: %s", lost)
        return False
    except Exception as error:
        logger.exception("%s %s failed", lease.model.__name__, lease.pk)
        _record_failure(lease, error, judge(error), rescue, at=clock())
        return False
    except BaseException:
        lease.release()
        raise
    return True


def is_rescued(run: AnyRun, rescue: Rescue[AnyRun], error: str, *, at: datetime) -> bool:
    """Whether the locked row goes on. A rescue that fails leaves it as it is stored.

    Raised, its error would undo that the row ends: it would be tried for ever, and stay open.
    """
    try:
        with transaction.atomic():
            return rescue(run, error, at)
    except Exception:
        logger.exception("Rescue of %s %s failed", type(run).__name__, run.pk)
        run.refresh_from_db()
        return False


def _rows(model: type[AnyRun]) -> models.QuerySet[AnyRun]:
    return model._default_manager.all()  # noqa: SLF001  # whichever run it is


@transaction.atomic
def _record_failure(
    lease: Lease[AnyRun],
    error: Exception,
    verdict: Verdict,
    rescue: Rescue[AnyRun],
    *,
    at: datetime,
) -> None:
    text = f"{type(error).__name__}: {error}"[:MAX_ERROR_CHARS]
    if verdict.again_in is not None:
        lease.owned().update(
            error=text, leased_until=at + verdict.again_in, attempts=lease.attempt - 1
        )
    elif verdict.is_final or lease.attempt >= MAX_ATTEMPTS:
        lease.owned().update(error=text)
        _give_up(lease.owned(), rescue, at=at)
    else:
        delay = RETRY_DELAY * 2**lease.attempt
        lease.owned().update(error=text, leased_until=at + delay)


def _give_up(rows: models.QuerySet[AnyRun], rescue: Rescue[AnyRun], *, at: datetime) -> None:
    for run in rows.select_for_update(no_key=True):
        text = run.error or f"No worker survived any of {MAX_ATTEMPTS} attempts."
        run.attempts, run.leased_until, run.error = 0, None, ""
        if is_rescued(run, rescue, text, at=at):
            run.save()
        else:
            rows.filter(pk=run.pk).update(
                state=FAILED, error=text, leased_until=None, finished_at=at
            )


@contextmanager
def _heartbeats(lease: Lease[AnyRun], *, clock: Clock) -> Iterator[None]:
    """Extend the lease from a thread, on a connection of its own, until the block ends."""
    stopped = threading.Event()

    def beat() -> None:
        while not stopped.wait(HEARTBEAT_SECONDS):
            try:
                if not lease.extend(at=clock()):
                    return
            except Exception:
                logger.exception("Heartbeat of %s %s failed", lease.model.__name__, lease.pk)
            finally:
                connections.close_all()

    thread = threading.Thread(target=beat, name=f"heartbeat-{lease.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
