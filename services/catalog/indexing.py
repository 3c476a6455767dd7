"""When films are indexed beside a sync, of whose time they would take half: between its slices."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Q

from apps.movies.models import SyncRun

from .search_documents import refresh_documents

logger = logging.getLogger(__name__)

# Of the time for which a process has fetched titles.
SHARE = 0.1
# Who fetches titles stores some every second, and takes turns in between; who merges an export says
# every ten that it still does.
QUIET = timedelta(seconds=20)


def is_sync_at_work(*, at: datetime) -> bool:
    """Whether an export is merged, or titles are fetched by whoever then indexes films in turns.

    A run that only waits for TMDb does neither.
    """
    merges = Q(kind=SyncRun.Kind.EXPORT, phase=SyncRun.Phase.PREPARE, leased_until__gt=at)
    fetches = Q(phase=SyncRun.Phase.TITLES)
    return SyncRun.objects.filter(
        merges | fetches, state=SyncRun.State.RUNNING, heartbeat_at__gt=at - QUIET
    ).exists()


def take_turn(*, fetched_for: float, monotonic: Callable[[], float] = time.monotonic) -> None:
    """Index films for a share of the seconds for which this process has just fetched titles.

    What was fetched then is found, whatever an export has noted before.
    """
    ends = monotonic() + SHARE * fetched_for
    try:
        while monotonic() < ends and refresh_documents():
            pass
    except Exception:
        # The films are noted still, and no matter of the sync's.
        logger.exception("Films could not be indexed between slices of a sync")
