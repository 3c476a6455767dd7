"""How often things may be done: `settings.THROTTLE_RATES`, counted for all processes in Redis.

While Redis is away, each process counts alone, by the same rates: nobody waits, and nothing fails.
"""

import hmac
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import ceil, floor
from typing import Any

from django.conf import settings
from limits import RateLimitItem, parse_many
from pybreaker import STATE_CLOSED, STATE_OPEN, CircuitBreaker, CircuitBreakerListener

from .metrics import counter
from .sliding_windows import Counter, Hit, LocalWindows, SharedWindows

logger = logging.getLogger(__name__)

REFUSED = counter("nexus_throttled_total", "Requests refused for being too many.", ("scope",))
COUNTED_ALONE = counter(
    "nexus_throttle_local_total", "Requests that a process counted alone: Redis was away."
)

# Two failures in a row may be one lost connection; then nothing is tried for a second.
FAILURES_TO_OPEN = 2
OPEN_SECONDS = 1

# Half a SHA-256: nobody finds two keys of one digest.
DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a hit is allowed, by the tightest of its limits; `reset_seconds` is at least 1.

    After that many seconds, more are allowed than `remaining`.
    """

    is_allowed: bool
    limit: int
    remaining: int
    reset_seconds: int

    @property
    def slack(self) -> tuple[bool, int]:
        """Of several verdicts the one with the least of it tells the client what to do."""
        return self.is_allowed, self.remaining if self.is_allowed else -self.reset_seconds


def hit(scope: str, key: str) -> Verdict:
    """Count `key` once in the scope, in each of its limits that has room; Redis may be away."""
    digest = _digest(scope, key)
    counters = [
        Counter(limit.key_for(scope, digest), limit)
        for limit in _limits(settings.THROTTLE_RATES[scope])
    ]
    hits = _limiter(settings.REDIS_URL, settings.THROTTLE_TIMEOUT_SECONDS).hit(counters)
    verdict = tightest(map(_verdict, counters, hits))
    if not verdict.is_allowed:
        REFUSED.labels(scope).inc()
    return verdict


def tightest(verdicts: Iterable[Verdict]) -> Verdict:
    return min(verdicts, key=lambda verdict: verdict.slack)


def account_key(email: object) -> str | None:
    """The one spelling of an account's address, known or not; None for what is no address.

    It is normalised as log-in looks it up, or another spelling would be another counter.
    """
    return (email.strip().lower() or None) if isinstance(email, str) else None


@lru_cache
def _limits(rates: str) -> tuple[RateLimitItem, ...]:
    return tuple(parse_many(rates))


def _digest(scope: str, key: str) -> str:
    """Redis holds no addresses of people, and nobody without the secret can look for one."""
    # JSON may hold half a surrogate pair, which UTF-8 does not.
    text = f"{scope}\0{key}".encode("utf-8", "surrogatepass")
    return hmac.digest(settings.SECRET_KEY.encode(), text, "sha256")[:DIGEST_BYTES].hex()


def _verdict(counter: Counter, hit: Hit) -> Verdict:
    amount, period = counter.limit.amount, counter.seconds
    free = hit.window.seconds_until_free(period)
    return Verdict(
        is_allowed=hit.is_within,
        limit=amount,
        remaining=max(0, amount - hit.window.taken(period)) if hit.is_within else 0,
        # Who was refused comes back after the very moment, at which the count is still full.
        reset_seconds=max(1, ceil(free) if hit.is_within else floor(free) + 1),
    )


class _OutageLog(CircuitBreakerListener):
    """Tells once that Redis is away, and once that it is back.

    Threads that try at once whether it is back take the breaker from state to state several times.
    """

    _reason = ""
    _is_away = False

    def failure(self, cb: CircuitBreaker, exc: BaseException) -> None:  # noqa: ARG002
        self._reason = repr(exc)

    def state_change(self, cb: CircuitBreaker, old_state: Any, new_state: Any) -> None:  # noqa: ARG002
        # The breaker holds its lock meanwhile.
        if new_state.name == STATE_OPEN and not self._is_away:
            self._is_away = True
            logger.warning("Throttles count in each process alone: %s", self._reason)
        elif new_state.name == STATE_CLOSED and self._is_away:
            self._is_away = False
            logger.info("Throttles count in Redis again")


class Limiter:
    """Counts in Redis; while that is away, in this process."""

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        self._url = url
        self._timeout_seconds = timeout_seconds
        self._local = LocalWindows()
        self._breaker = CircuitBreaker(
            fail_max=FAILURES_TO_OPEN,
            reset_timeout=OPEN_SECONDS,
            listeners=[_OutageLog()],
            name="throttles",
        )

    @cached_property
    def _shared(self) -> SharedWindows:
        return SharedWindows(self._url, timeout_seconds=self._timeout_seconds)

    def hit(self, counters: Sequence[Counter]) -> list[Hit]:
        try:
            # Not `breaker.call`: that holds one lock while it waits for Redis.
            return self._breaker.state.call(lambda: self._shared.hit(counters))
        except Exception:  # noqa: BLE001  # whatever it is, a request is worth more than its count
            COUNTED_ALONE.inc()
            return self._local.hit(counters)


@lru_cache
def _limiter(url: str, timeout_seconds: float) -> Limiter:
    return Limiter(url, timeout_seconds=timeout_seconds)
