"""Answers that are dear to make, kept in Redis for a short while; without Redis they are made anew.

Whatever an answer depends on is in its key: a key is never invalidated, only no longer asked for.
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


class AnswerCache:
    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        self._url = url
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
        kept = zlib.compress(answer, _LEVEL)
        try:
            self._breaker.state.call(
                lambda: self._redis.set(f"{KEY_PREFIX}:{key}", kept, ex=seconds)
            )
        except Exception:  # noqa: BLE001  # as above
            ASKED.labels("failure").inc()


def answers() -> AnswerCache:
    return _cache(settings.REDIS_URL, settings.THROTTLE_TIMEOUT_SECONDS)


@lru_cache
def _cache(url: str, timeout_seconds: float) -> AnswerCache:
    return AnswerCache(url, timeout_seconds=timeout_seconds)
