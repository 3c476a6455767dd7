"""What a slice of a sync's first phase has at hand, and how it ends."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.movies.models import SyncRun
from apps.movies.sync_progress import PREPARED
from apps.recommendations.push import notifications
from services import leasing
from services.leasing import Clock, Lease
from services.tmdb.client import TMDbClient

Phase = SyncRun.Phase
State = SyncRun.State


@dataclass(frozen=True, slots=True)
class Preparation:
    """One slice: the run as it was when the slice began, and TMDb."""

    lease: Lease[SyncRun]
    run: SyncRun
    client: TMDbClient
    clock: Clock

    @contextmanager
    def saving(self) -> Iterator[SyncRun]:
        """A transaction in which the slice writes its rows and its checkpoint, or neither."""
        with leasing.saving(self.lease, at=self.clock()) as held:
            yield held


Prepare = Callable[[Preparation], None]


def begin_titles(held: SyncRun, *, queued: int) -> None:
    """The preparation is over: now workers fetch what it queued."""
    held.phase = Phase.TITLES
    # A run that was joined is prepared again, when some of its titles have been fetched.
    held.checkpoint = {PREPARED: held.seen, **held.checkpoint}
    held.total += queued


def finish(held: SyncRun, *, at: datetime) -> None:
    """In the transaction that saves the row."""
    held.state, held.phase, held.finished_at = State.DONE, Phase.DONE, at
    notifications.tell_everyone()


def add(held: SyncRun, **counts: int) -> None:
    for name, count in counts.items():
        setattr(held, name, getattr(held, name) + count)


def note_dropped(held: SyncRun, dropped: Any) -> None:
    held.dropped = {
        reason: held.dropped.get(reason, 0) + dropped.get(reason, 0)
        for reason in {*held.dropped, *dropped}
    }
