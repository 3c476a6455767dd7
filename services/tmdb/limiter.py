"""One pace for all processes and hosts that ask TMDb, kept in Redis and by its clock.

Requests are spaced evenly (GCRA with a burst of one), and on top no second of the server's sees
more than the rate: each request counts until a second after its answer came, by which time it has
arrived, however long it took. One without an answer counts for the grace and a second. Where even
the fastest answers take long, half of that time is taken for the way back, and not waited for.

A fractional rate allows its whole part in a second; one below 1 allows one request in 1/rate s.
"""

import hashlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from math import ceil, floor
from pathlib import Path
from typing import Any
from uuid import uuid4

from redis import Redis
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.retry import Retry

from .errors import LimiterAwayError, RateLimitedError

KEY_PREFIX = "nexus:tmdb"
MICROSECONDS = 1_000_000
# How long a request without an answer may be on its way.
GRACE_SECONDS = 3.0
# Who wakes up later after its slot has lost it.
LATE_SECONDS = 0.02
# Of the time of the fastest answers, half counts as the way back; so much of it is not relied upon.
RESERVE_SECONDS = 0.005
LONGEST_PAUSE_SECONDS = 120.0
TIMEOUT_SECONDS = 1.0
# A process that is woken too late each time sends in the end.
MOST_TRIES = 5
# Half a SHA-256: nobody finds two keys of one digest.
DIGEST_CHARS = 32

_SCRIPT = (Path(__file__).parent / "limiter.lua").read_text(encoding="utf-8")
_GO, _RESERVED, _LATER, _REFUSED = range(4)


class Priority(IntEnum):
    """Who waits for whom: the lower number goes first."""

    USER = 0
    ADMIN = 1
    NIGHTLY = 2


# How far ahead a priority may reserve, in seconds and in requests, whichever is longer. What is
# reserved is all that a higher priority waits for, whatever the crowd below.
_HORIZONS = {Priority.ADMIN: (0.5, 4), Priority.NIGHTLY: (0.1, 2)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """Leave to send one request now."""

    send: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reply:
    verdict: int
    wait: int
    slot: str


def namespace(url: str, credential: str) -> str:
    """Whoever sends to the same server with the same credential shares a pace."""
    return hashlib.sha256(f"{url}\0{credential}".encode()).hexdigest()[:DIGEST_CHARS]


class Limiter:
    """Asked before each request, and told when its answer came. Threads may share it."""

    def __init__(
        self,
        redis_url: str,
        *,
        namespace: str,
        rate: float,
        grace_seconds: float = GRACE_SECONDS,
        late_seconds: float = LATE_SECONDS,
        timeout_seconds: float = TIMEOUT_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._redis_url = redis_url
        # In braces, so that a cluster keeps both on one server.
        self._keys = [f"{KEY_PREFIX}:{{{namespace}}}:{part}" for part in ("state", "sends")]
        self._interval = ceil(MICROSECONDS / rate)
        self._window = max(MICROSECONDS, self._interval)
        self._most = max(1, floor(rate))
        self._grace = _microseconds(grace_seconds)
        self._late = _microseconds(late_seconds)
        self._timeout_seconds = timeout_seconds
        self._sleep = sleep
        self._monotonic = monotonic
        self._uniform = uniform
        # When the state was made that this process last saw: another one has forgotten.
        self._known = ""

    def acquire(self, priority: Priority, *, max_wait_seconds: float) -> Slot:
        """Wait for leave to send one request.

        Raises:
            RateLimitedError: it would take longer than `max_wait_seconds`.
            LimiterAwayError: Redis is away or hangs.
        """
        deadline = self._monotonic() + max_wait_seconds
        send, held, tries = uuid4().hex, "", 0
        while True:
            asked_at = self._monotonic()
            reply = self._ask(
                send,
                held,
                horizon=self._horizon(priority),
                longest=_microseconds(max(0.0, deadline - asked_at)),
                is_last_try=tries >= MOST_TRIES,
            )
            if reply.verdict == _REFUSED:
                seconds = reply.wait / MICROSECONDS
                raise RateLimitedError(
                    f"No request may be sent to TMDb for {seconds:.1f} s", retry_after=seconds
                )
            held = reply.slot
            if reply.verdict == _GO:
                took = _microseconds(self._monotonic() - asked_at)
                # What stood still while the reply came asks whether it still holds.
                if took <= self._late or tries >= MOST_TRIES:
                    return Slot(send=send, at=int(held))
            else:
                self._wait(reply)
            tries += reply.verdict != _LATER

    def responded(self, slot: Slot) -> None:
        """The request has arrived: it counts for a second from now at most."""
        try:
            reserve = _microseconds(RESERVE_SECONDS)
            self._run("responded", slot.send, slot.at, self._window, reserve)
        except LimiterAwayError:
            # It counts a little longer, then.
            return

    def pause(self, seconds: float) -> None:
        """Let nobody send for so long."""
        capped = min(max(0.0, seconds), LONGEST_PAUSE_SECONDS)
        self._run("pause", "", _microseconds(capped))

    def _horizon(self, priority: Priority) -> int:
        if priority not in _HORIZONS:
            return -1
        seconds, requests = _HORIZONS[priority]
        return max(_microseconds(seconds), requests * self._interval)

    def _wait(self, reply: _Reply) -> None:
        seconds = reply.wait / MICROSECONDS
        if reply.verdict == _LATER:
            # All that wait for room would otherwise come at once.
            seconds += self._uniform(0, self._interval / MICROSECONDS)
        self._sleep(seconds)

    def _ask(
        self, send: str, held: str, *, horizon: int, longest: int, is_last_try: bool
    ) -> _Reply:
        verdict, wait, slot, born = self._run(
            *("acquire", send, held, self._known, self._interval, self._window, self._grace),
            *(self._most, horizon, longest, int(is_last_try), self._late),
        )
        self._known = born.decode()
        return _Reply(verdict=verdict, wait=wait, slot=slot.decode())

    def _run(self, *arguments: str | int) -> Any:
        try:
            answer = self._script(keys=self._keys, args=arguments)
        except (RedisError, OSError, ValueError) as error:
            raise LimiterAwayError(f"Redis cannot pace requests: {type(error).__name__}") from None
        return answer

    @cached_property
    def _script(self) -> Script:
        client = Redis.from_url(
            self._redis_url,
            socket_timeout=self._timeout_seconds,
            socket_connect_timeout=self._timeout_seconds,
            # A connection that Redis has closed meanwhile; one that hangs is not tried again.
            retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        )
        return client.register_script(_SCRIPT)


def _microseconds(seconds: float) -> int:
    return ceil(seconds * MICROSECONDS)
