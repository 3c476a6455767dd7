"""Who watches what in this process, and when it is compared with the rows.

A nudge makes those due whom it is about, a heartbeat makes everybody due; whoever is due is read
with one query, on a thread, while the next ones gather. So a flip costs one query, and a lost
nudge costs at most a heartbeat.
"""

import asyncio
import logging
import random
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from concurrent.futures import Executor
from itertools import islice
from typing import Any
from uuid import UUID

from .counts import Reason
from .notifications import Nudge
from .states import State

logger = logging.getLogger(__name__)

Read = Callable[[Sequence[tuple[int, UUID]]], list[State | None]]

# More than come while a request is answered.
KEPT_NUDGES = 1_000
# While the database is away.
LEAST_PAUSE_SECONDS = 0.2
MOST_PAUSE_SECONDS = 5.0


class Watcher:
    """One stream or wait: the newest that is known for it, never a queue."""

    __slots__ = ("ended", "on_change", "session_id", "state", "user_id")

    def __init__(self, user_id: int, session_id: UUID, on_change: Callable[[], None]) -> None:
        self.user_id = user_id
        self.session_id = session_id
        self.on_change = on_change
        self.state: State | None = None
        self.ended: Reason | None = None

    def update(self, state: State | None) -> None:
        if state is None:
            self.end(Reason.SESSION)
        elif self.state is None or state.keys != self.state.keys:
            self.state = state
            self.on_change()

    def end(self, reason: Reason) -> None:
        if self.ended is None:
            self.ended = reason
            self.on_change()


class Hub:
    """To be used on the event loop only."""

    def __init__(self, read: Read, executor: Executor) -> None:
        self._read = read
        self._executor = executor
        self._of_viewers: defaultdict[int, set[Watcher]] = defaultdict(set)
        self._of_sessions: defaultdict[UUID, set[Watcher]] = defaultdict(set)
        self._watchers: set[Watcher] = set()
        self._due: set[Watcher] = set()
        self._is_due = asyncio.Event()
        self._heard = 0
        self._newest: deque[Nudge] = deque(maxlen=KEPT_NUDGES)
        self._is_stopping = False

    @property
    def heard(self) -> int:
        """How many nudges there were, for `add`: whoever reads rows takes it before that."""
        return self._heard

    def add(self, watcher: Watcher, *, since: int | None = None) -> None:
        """`since`: `heard` from before its rows were read; it is compared if they may differ."""
        self._watchers.add(watcher)
        self._of_viewers[watcher.user_id].add(watcher)
        self._of_sessions[watcher.session_id].add(watcher)
        if since is None or self._was_nudged(watcher.user_id, since):
            self._make_due([watcher])
        if self._is_stopping:
            watcher.end(Reason.STOPPING)

    def remove(self, watcher: Watcher) -> None:
        self._watchers.discard(watcher)
        self._due.discard(watcher)
        _drop(self._of_viewers, watcher.user_id, watcher)
        _drop(self._of_sessions, watcher.session_id, watcher)

    def nudge(self, nudges: Iterable[Nudge]) -> None:
        for nudge in nudges:
            self._heard += 1
            self._newest.append(nudge)
            if nudge.is_for_all:
                self.compare_all()
            if nudge.user_id is not None:
                self._make_due(self._of_viewers.get(nudge.user_id, ()))
            for session_id in nudge.session_ids:
                self._make_due(self._of_sessions.get(session_id, ()))

    def compare_all(self) -> None:
        self._make_due(self._watchers)

    def stop(self) -> None:
        """End everybody, and whoever comes from now on."""
        self._is_stopping = True
        for watcher in list(self._watchers):
            watcher.end(Reason.STOPPING)

    async def run(self) -> None:
        """Compare whoever is due, until cancelled."""
        pause = LEAST_PAUSE_SECONDS
        while True:
            await self._is_due.wait()
            watchers = list(self._due)
            self._due.clear()
            self._is_due.clear()
            try:
                await self._compare(watchers)
                pause = LEAST_PAUSE_SECONDS
            except Exception as error:  # noqa: BLE001  # whatever it is, streams outlive it
                logger.warning("Streams wait for the database: %s", type(error).__name__)
                self._make_due(each for each in watchers if each in self._watchers)
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311  # no secret
                pause = min(pause * 2, MOST_PAUSE_SECONDS)

    async def _compare(self, watchers: list[Watcher]) -> None:
        streams = [(watcher.user_id, watcher.session_id) for watcher in watchers]
        loop = asyncio.get_running_loop()
        states = await loop.run_in_executor(self._executor, self._read, streams)
        for watcher, state in zip(watchers, states, strict=True):
            if watcher in self._watchers:
                watcher.update(state)

    def _was_nudged(self, user_id: int, since: int) -> bool:
        """Also where that is no longer known."""
        missed = self._heard - since
        if missed > len(self._newest):
            return True
        return any(
            nudge.is_for_all or nudge.session_ids or nudge.user_id == user_id
            for nudge in islice(reversed(self._newest), missed)
        )

    def _make_due(self, watchers: Iterable[Watcher]) -> None:
        self._due.update(watchers)
        if self._due:
            self._is_due.set()


def _drop(index: dict[Any, set[Watcher]], key: Hashable, watcher: Watcher) -> None:
    watchers = index.get(key)
    if watchers is not None:
        watchers.discard(watcher)
        if not watchers:
            del index[key]
