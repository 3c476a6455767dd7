"""Answers that are dear to make, kept in Redis for a short while; without Redis they are made anew.

Whatever an answer depends on is in its key: a key is never invalidated, only no longer asked for.
Redis is also the broker, which drops nothing when it is full, so answers take a bounded part of it.
"""

import zlib
from functools import cached_property, lru_cache
from typing import cast

from django.conf import settings
from pybreaker import CircuitBreaker
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from .metrics import counter
from .throttling import FAILURES_TO_OPEN, OPEN_SECONDS

ASKED = counter("nexus_answer_cache_total", "Answers looked for in the cache.", ("result",))

KEY_PREFIX = "nexus:answer"
# Text shrinks to a third already at the lowest level, which takes the least time.
_LEVEL = 1
# Counts what is kept in a time that is as long as an answer is kept, so that at most two of these
# times are there at once. Returns whether there was room.
_KEEP = """
    local answer, seconds, most = ARGV[1], ARGV[2], tonumber(ARGV[3])
    if tonumber(redis.call('GET', KEYS[2]) or '0') + #answer > most / 2 then
        return 0
    end
    redis.call('SET', KEYS[1], answer, 'EX', seconds)
    if redis.call('INCRBY', KEYS[2], #answer) == #answer then
        redis.call('EXPIRE', KEYS[2], seconds)
    end
    return 1
"""


class AnswerCache:
    def __init__(self, url: str, *, timeout_seconds: float, most_bytes: int) -> None:
        self._url = url
        self._most_bytes = most_bytes
        self._timeout_seconds = timeout_seconds
        self._breaker = CircuitBreaker(
            fail_max=FAILURES_TO_OPEN, reset_timeout=OPEN_SECONDS, name="answers"
        )

    @cached_property
    def _redis(self) -> Redis:
        return Redis.from_url(
            self._url,
            socket_timeout=self._timeout_seconds,
            socket_connect_timeout=self._timeout_seconds,
            retry=Retry(NoBackoff(), 0),
        )

    def get(self, key: str) -> bytes | None:
        """The answer of this key; None where there is none, or none to be had or understood."""
        try:
            kept = self._breaker.state.call(lambda: self._redis.get(f"{KEY_PREFIX}:{key}"))
            answer = None if kept is None else zlib.decompress(cast("bytes", kept))
        except Exception:  # noqa: BLE001  # whatever it is, the answer can be made anew
            ASKED.labels("failure").inc()
            return None
        ASKED.labels("miss" if answer is None else "hit").inc()
        return answer

    def put(self, key: str, answer: bytes, *, seconds: int) -> None:
        """Keep the answer, unless too much is kept already."""
        keys = f"{KEY_PREFIX}:{key}", f"{KEY_PREFIX}-bytes"
        arguments = zlib.compress(answer, _LEVEL), seconds, self._most_bytes
        try:
            is_kept = self._breaker.state.call(
                lambda: self._redis.eval(_KEEP, len(keys), *keys, *arguments)
            )
        except Exception:  # noqa: BLE001  # as above
            ASKED.labels("failure").inc()
            return
        if not is_kept:
            ASKED.labels("full").inc()


def answers() -> AnswerCache:
    return _cache(settings.REDIS_URL, settings.THROTTLE_TIMEOUT_SECONDS, settings.HOME_CACHE_BYTES)


@lru_cache
def _cache(url: str, timeout_seconds: float, most_bytes: int) -> AnswerCache:
    return AnswerCache(url, timeout_seconds=timeout_seconds, most_bytes=most_bytes)
