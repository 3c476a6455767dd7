"""Leaves TMDb alone for a while when it has failed several times in a row."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from pybreaker import STATE_CLOSED, STATE_OPEN, CircuitBreaker, CircuitBreakerError
from pybreaker import CircuitMemoryStorage as Memory

from .errors import UnavailableError

T = TypeVar("T")

FAILURES_TO_OPEN = 5
OPEN_SECONDS = 15.0


class CircuitOpenError(UnavailableError):
    """TMDb failed just now, several times; nothing was sent."""


class Circuit:
    """One for each process: whether TMDb can be reached may differ by host."""

    def __init__(
        self, *, failures: int = FAILURES_TO_OPEN, open_seconds: float = OPEN_SECONDS
    ) -> None:
        self._open_for = timedelta(seconds=open_seconds)
        self._memory = Memory(STATE_CLOSED)
        self._breaker = CircuitBreaker(
            fail_max=failures,
            reset_timeout=open_seconds,
            exclude=[_is_answer],
            state_storage=self._memory,
            throw_new_error_on_trip=False,
            name="tmdb",
        )

    def refuse_if_open(self) -> None:
        if self._is_open():
            raise CircuitOpenError("TMDb failed several times in a row and is left alone")

    def call(self, send: Callable[[], T]) -> T:
        self.refuse_if_open()
        if self._breaker.current_state == STATE_OPEN:
            self._breaker.half_open()
        try:
            # Not `breaker.call`: that holds one lock while it waits for TMDb.
            return self._breaker.state.call(send)
        except CircuitBreakerError:  # another thread has just seen it fail
            raise CircuitOpenError("TMDb still fails and is left alone") from None

    def _is_open(self) -> bool:
        opened_at = self._memory.opened_at
        return (
            self._breaker.current_state == STATE_OPEN
            and opened_at is not None
            and datetime.now(UTC) < opened_at + self._open_for
        )


def _is_answer(error: BaseException) -> bool:
    """Whatever TMDb refuses, it is there."""
    return not isinstance(error, UnavailableError)
