"""Counts hits of the last minute, hour or day: in Redis for all processes, or in this one alone.

A window keeps two counts, of the current period and of the one before, of which it takes the share
that still lies within the last period (the "sliding window counter" of `limits`). So nobody gets
twice the limit at the turn of a period, and a counter costs the same whatever its limit.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha1
from math import floor
from threading import Lock, local
from typing import Any

from limits import RateLimitItem
from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, ResponseError
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


# Two counts for each limit, under the keys of the period before and of this one. For each counter
# it answers whether the hit was within the limit, then the window after it as `Window` has it, in
# milliseconds. One script, because every request to the API waits for it: those of `limits` count
# in one and tell in another, each of which asks Redis for the same again.
_COUNT = """
    local told = {}
    for place = 1, #KEYS, 2 do
        local before_key, key = KEYS[place], KEYS[place + 1]
        local limit, period = tonumber(ARGV[place]), tonumber(ARGV[place + 1]) * 1000
        local left = math.max(0, redis.call('PTTL', key))
        if left > 0 and left < period then
            redis.call('RENAME', key, before_key)
            left = left + period
            redis.call('SET', key, 0, 'PX', left)
        end
        local before, count, before_left, is_within = 0, 0, 0, 0
        local found = redis.call('MGET', before_key, key)
        if found[1] then
            before, before_left = tonumber(found[1]), math.max(0, redis.call('PTTL', before_key))
        end
        if found[2] and left > 0 then
            count = tonumber(found[2])
        end
        if math.floor(before * before_left / period) + count < limit then
            is_within, count = 1, count + 1
            if left > 0 then
                redis.call('INCR', key)
            else
                left = 2 * period
                redis.call('SET', key, 1, 'PX', left)
            end
        end
        for _, each in ipairs({is_within, before, before_left, count, left}) do
            told[#told + 1] = each
        end
    end
    return told
"""
_TOLD_OF_EACH = 5
_COUNT_SHA = sha1(_COUNT.encode(), usedforsecurity=False).hexdigest()


class SharedWindows:
    """Redis' own: atomic, whoever else counts, and one round trip for all counters of a hit.

    Every request waits for it, so each thread has a connection that it just writes to and reads
    from. A client's command looks first whether the connection is sound, which takes as long again.
    """

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        self._pool = ConnectionPool.from_url(
            url,
            socket_timeout=timeout_seconds,
            socket_connect_timeout=timeout_seconds,
            retry=Retry(NoBackoff(), 0),
        )
        self._of_thread = local()

    def hit(self, counters: Sequence[Counter]) -> list[Hit]:
        """Count once in each of the counters that has room."""
        keys: list[str] = []
        arguments: list[int] = []
        for counter in counters:
            key = f"{KEY_PREFIX}:{counter.key}"
            keys += f"{key}:before", key
            arguments += counter.limit.amount, counter.seconds
        told = self._ask(len(keys), *keys, *arguments)
        return [_hit(*told[at : at + _TOLD_OF_EACH]) for at in range(0, len(told), _TOLD_OF_EACH)]

    def _ask(self, *arguments: str | int) -> list[int]:
        connection = self._connection()
        was_open = connection.is_connected
        try:
            return _answer(connection, *arguments)
        except ResponseError:
            raise
        except RedisConnectionError:
            connection.disconnect()
            # The server was started anew, and this connection is still of the old one.
            if was_open:
                return self._ask(*arguments)
            raise
        except BaseException:
            # What is answered later must not be taken for the answer to the next question.
            connection.disconnect()
            raise

    def _connection(self) -> Any:
        if not hasattr(self._of_thread, "connection"):
            # Not from the pool, which counts those that it made and not those that ended.
            self._of_thread.connection = self._pool.connection_class(**self._pool.connection_kwargs)
        return self._of_thread.connection


def _answer(connection: Any, *arguments: str | int) -> list[int]:
    """A server that was started anew has forgotten the script, and is told it again."""
    told: list[int]
    try:
        connection.send_command("EVALSHA", _COUNT_SHA, *arguments, check_health=False)
        told = connection.read_response()
    except NoScriptError:
        connection.send_command("EVAL", _COUNT, *arguments, check_health=False)
        told = connection.read_response()
    return told


def _hit(is_within: int, before: int, before_ms: int, count: int, count_ms: int) -> Hit:
    return Hit(bool(is_within), Window(before, before_ms / 1000, count, count_ms / 1000))


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
