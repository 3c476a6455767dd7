"""A sync, slice by slice: prepared by one worker at a time, its titles fetched by any number."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from apps.movies.models import SyncRun, SyncTitle
from services import leasing, tmdb
from services.leasing import Clock, Lease, Verdict
from services.tmdb.client import TMDbClient
from services.tmdb.errors import RateLimitedError, TMDbError
from services.tmdb.limiter import Priority

from . import (
    batches,
    blanking,
    changes,
    exports,
    fetching,
    genres,
    indexing,
    queueing,
    ranks,
    refreshing,
    selection,
)
from .preparing import Preparation, Prepare, finish

logger = logging.getLogger(__name__)

Kind, State, Phase = SyncRun.Kind, SyncRun.State, SyncRun.Phase
Connect = Callable[[Priority], TMDbClient]

PREPARE: Mapping[str, Prepare] = {
    Kind.GENRES: genres.prepare,
    Kind.TRENDING: ranks.prepare_trending,
    Kind.LISTS: ranks.prepare_lists,
    Kind.MOVIES: selection.prepare,
    Kind.CHANGES: changes.prepare,
    Kind.EXPORT: exports.prepare,
    Kind.REFRESH: refreshing.prepare,
    Kind.BLANK: blanking.prepare,
}

# How long a run rests when TMDb is away, and for how long without any answer before it gives up.
REST = timedelta(seconds=30)
PATIENCE = timedelta(hours=6)
RETRY = timedelta(seconds=10)
POLL_SECONDS = 0.2


def connect(priority: Priority) -> TMDbClient:
    return tmdb.client_from_settings(priority=priority)


def advance_sync(*, sync_run_id: int, clock: Clock, connect: Connect = connect) -> bool:
    """Do one slice; whether another one can follow at once."""
    run = SyncRun.objects.filter(pk=sync_run_id, state__in=SyncRun.OPEN_STATES).first()
    if run is None:
        return False
    if run.phase == Phase.PREPARE:
        _prepare(run, clock, connect)
    elif _is_fetchable(run, at=clock()):
        began = time.monotonic()
        _fetch(run, clock, connect)
        if has_work(sync_run_id, clock=clock):
            indexing.take_turn(fetched_for=time.monotonic() - began)
    return has_work(sync_run_id, clock=clock)


def run_sync(
    *, sync_run_id: int, clock: Clock, sleep: Callable[[float], None], connect: Connect = connect
) -> Iterator[SyncRun]:
    """Sync in this process, next to any workers; yields the row after each slice until it ends."""
    while True:
        more = advance_sync(sync_run_id=sync_run_id, clock=clock, connect=connect)
        run = SyncRun.objects.get(pk=sync_run_id)
        yield run
        if run.state not in SyncRun.OPEN_STATES:
            return
        if not more:
            sleep(POLL_SECONDS)


def _is_fetchable(run: SyncRun, *, at: datetime) -> bool:
    """Whether a title is due, or none is left and the run may end."""
    is_resting = run.leased_until is not None and run.leased_until > at
    return not is_resting and (queueing.has_due(run.pk, at=at) or queueing.is_empty(run.pk))


def has_work(sync_run_id: int, *, clock: Clock) -> bool:
    """Whether the run is open and somebody could do a slice of it now."""
    at = clock()
    rows = SyncRun.objects.filter(leasing.unowned(at=at), pk=sync_run_id)
    run = rows.filter(state__in=SyncRun.OPEN_STATES).first()
    if run is None:
        return False
    return run.phase == Phase.PREPARE or queueing.has_due(run.pk, at=at)


def _prepare(run: SyncRun, clock: Clock, connect: Connect) -> None:
    lease = leasing.claim(
        SyncRun, run.pk, from_states=SyncRun.OPEN_STATES, to_state=State.RUNNING, at=clock()
    )
    if lease is None:
        return

    def do_slice(held: Lease[SyncRun]) -> None:
        current = SyncRun.objects.get(pk=held.pk)
        if current.phase != Phase.PREPARE:
            # Another worker has just ended the preparation that this one waited for.
            held.release()
            return
        client = connect(Priority(current.priority))
        PREPARE[run.kind](Preparation(held, current, client, clock))

    since = run.started_at or clock()
    leasing.work(lease, do_slice, clock=clock, judge=lambda error: _judge(error, since, clock))
    _end_if_done(run.pk, clock)


def _judge(error: Exception, since: datetime, clock: Clock) -> Verdict:
    """TMDb's absence is waited for, what it refuses for good is not tried again."""
    if isinstance(error, exports.IncompleteExportError):
        return Verdict(is_final=True)
    if not isinstance(error, TMDbError):
        return Verdict()
    if isinstance(error, RateLimitedError) and error.http is None:
        # Our own pace is taken up by what is more urgent, for however long.
        return Verdict(again_in=REST)
    if not error.can_heal or clock() - since > PATIENCE:
        return Verdict(is_final=True)
    return Verdict(again_in=REST)


def _fetch(run: SyncRun, clock: Clock, connect: Connect) -> None:
    try:
        client = connect(Priority(run.priority))
        fetching.fetch_titles(
            run_id=run.pk, client=client, clock=clock, is_doubtful=bool(run.error)
        )
    except batches.EndedError:
        return
    except fetching.FetchingStoppedError as stopped:
        _rest_or_fail(run, stopped.cause, clock)
        return
    except TMDbError as error:
        _rest_or_fail(run, error, clock)
        return
    except Exception as error:
        logger.exception("Sync %s failed", run.pk)
        _try_again_or_fail(run, error, clock)
        return
    _end_if_done(run.pk, clock)


def _rest_or_fail(run: SyncRun, error: TMDbError, clock: Clock) -> None:
    logger.warning("Sync %s stopped: %r", run.pk, error)
    rows = SyncRun.objects.filter(pk=run.pk, state=State.RUNNING)
    # Any worker that stores titles of the run notes when it did so.
    since = rows.values_list("heartbeat_at", flat=True).first() or clock()
    if _judge(error, since, clock).is_final:
        _fail(rows, error, clock)
    else:
        rows.update(error=_text(error), leased_until=clock() + REST)


def _try_again_or_fail(run: SyncRun, error: Exception, clock: Clock) -> None:
    """What is wrong is no matter of TMDb's nor of a title's; no progress ends it soon."""
    rows = SyncRun.objects.filter(pk=run.pk, state=State.RUNNING)
    rows.update(attempts=F("attempts") + 1, error=_text(error), leased_until=clock() + RETRY)
    _fail(rows.filter(attempts__gte=leasing.MAX_ATTEMPTS), error, clock)


def _fail(rows: QuerySet[SyncRun], error: Exception, clock: Clock) -> None:
    rows.update(state=State.FAILED, error=_text(error), finished_at=clock(), leased_until=None)


def _text(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[: leasing.MAX_ERROR_CHARS]


@transaction.atomic
def _end_if_done(sync_run_id: int, clock: Clock) -> None:
    """End the run when its queue is empty, unless somebody joined it with more titles."""
    waiting = SyncTitle.objects.filter(run=OuterRef("pk"))
    rows = SyncRun.objects.select_for_update(no_key=True, of=("self",))
    run = rows.filter(
        ~Exists(waiting), pk=sync_run_id, phase=Phase.TITLES, state=State.RUNNING
    ).first()
    if run is None:
        return
    if run.kind == Kind.MOVIES and selection.has_more(run):
        run.phase = Phase.PREPARE
    else:
        if run.kind == Kind.CHANGES:
            changes.advance_watermark(run.checkpoint)
        finish(run, at=clock())
    # Another worker may have noted that TMDb let it wait, for titles that were stored after all.
    run.error, run.leased_until = "", None
    run.save(update_fields=["state", "phase", "finished_at", "error", "leased_until"])
