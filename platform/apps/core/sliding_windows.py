"""Counts hits of the last minute, hour or day: in Redis for all processes, or in this one alone.

A window keeps two counts, of the current period and of the one before, of which it takes the share
that still lies within the last period (the "sliding window counter" of `limits`). So nobody gets
twice the limit at the turn of a period, and a counter costs the same whatever its limit.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor
from threading import Lock

from limits import RateLimitItem
from limits.storage import RedisStorage
from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError
from redis.retry import Retry

KEY_PREFIX = "nexus:throttle"
# Some 300 bytes each.
MOST_LOCAL_COUNTERS = 20_000


@dataclass(frozen=True, slots=True)
class Counter:
    """What is counted under one key, and how often it may be."""

    key: str
    limit: RateLimitItem

    @property
    def seconds(self) -> int:
        return self.limit.get_expiry()


@dataclass(frozen=True, slots=True)
class Window:
    """The two counts, and for how many seconds they go on counting."""

    previous: int
    previous_seconds: float
    current: int
    current_seconds: float

    def carried(self, period: int) -> int:
        """How much of the previous count still counts."""
        return floor(self.previous * self.previous_seconds / period)

    def taken(self, period: int) -> int:
        return self.carried(period) + self.current

    def seconds_until_free(self, period: int) -> float:
        """When the count begins to fall, or falls on."""
        if self.carried(period):
            return self.previous_seconds % (period / self.previous)
        return self.current_seconds - period


@dataclass(frozen=True, slots=True)
class Hit:
    """Whether a hit was within its limit, and the window after it."""

    is_within: bool
    window: Window


class SharedWindows(RedisStorage):
    """Redis' own: atomic, whoever else counts, and one round trip for all counters of a hit."""

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        pool = ConnectionPool.from_url(
            url,
            socket_timeout=timeout_seconds,
            socket_connect_timeout=timeout_seconds,
            retry=Retry(NoBackoff(), 0),
        )
        super().__init__(url, connection_pool=pool, key_prefix=KEY_PREFIX)

    def hit(self, counters: Sequence[Counter]) -> list[Hit]:
        """Count once in each of the counters that has room."""
        try:
            return self._send(counters)
        except NoScriptError:
            # A server that was started anew has forgotten them.
            for script in (self.lua_acquire_sliding_window, self.lua_sliding_window):
                self.storage.script_load(script.script)
            return self._send(counters)

    def _send(self, counters: Sequence[Counter]) -> list[Hit]:
        # Not the storage's methods, which cost a round trip each, nor the scripts' own calls: in
        # a pipeline they ask for one more, whether the server knows them.
        pipeline = self.storage.pipeline(transaction=False)
        for counter in counters:
            keys = [
                self.prefixed_key(self._previous_window_key(counter.key)),
                self.prefixed_key(self._current_window_key(counter.key)),
            ]
            amount, seconds = counter.limit.amount, counter.seconds
            pipeline.evalsha(self.lua_acquire_sliding_window.sha, 2, *keys, amount, seconds, 1)
            pipeline.evalsha(self.lua_sliding_window.sha, 2, *keys, seconds)
        answers = iter(pipeline.execute())
        return [Hit(bool(is_within), _window(*next(answers))) for is_within in answers]


def _window(
    previous: bytes | None, previous_ms: int, current: bytes | None, current_ms: int
) -> Window:
    """Of what Redis says, where a key that is not there has no count and a negative lifetime."""
    return Window(
        int(previous or 0), max(0, previous_ms) / 1000, int(current or 0), max(0, current_ms) / 1000
    )


class LocalWindows:
    """The same for one process, with nothing to wait for.

    Not the memory storage of `limits`: it has no bound, and while there are hits, a thread of it
    walks over all counters a hundred times a second.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        most_counters: int = MOST_LOCAL_COUNTERS,
    ) -> None:
        self._clock = clock
        self._most = most_counters
        self._lock = Lock()
        # The number of a period, the count of the one before and its own; used last stands last.
        self._counts: OrderedDict[str, tuple[int, int, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts)

    def hit(self, counters: Sequence[Counter]) -> list[Hit]:
        now = self._clock()
        with self._lock:
            hits = [self._hit(counter, now) for counter in counters]
            while len(self._counts) > self._most:
                self._counts.popitem(last=False)
        return hits

    def _hit(self, counter: Counter, now: float) -> Hit:
        period, elapsed = divmod(now, counter.seconds)
        left = counter.seconds - elapsed
        previous, current = self._take(counter.key, int(period))
        is_within = Window(previous, left, current, 0).taken(counter.seconds) < counter.limit.amount
        current += is_within
        self._counts[counter.key] = (int(period), previous, current)
        return Hit(is_within, Window(previous, left, current, left + counter.seconds))

    def _take(self, key: str, period: int) -> tuple[int, int]:
        """The counts of the period before and of this one, taken out."""
        counted, previous, current = self._counts.pop(key, (period, 0, 0))
        if counted == period:
            return previous, current
        return (current if counted == period - 1 else 0), 0
