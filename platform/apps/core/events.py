"""How facts leave a transaction: after its commit, and never able to undo it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.dispatch import Signal

logger = logging.getLogger(__name__)


@dataclass
class Answers:
    """What the receivers of the signals sent meanwhile answered."""

    values: list[Any] = field(default_factory=list)

    @property
    def all_sent(self) -> bool:
        """Whether no receiver failed or said that its message could not be sent."""
        return not any(value is False or isinstance(value, Exception) for value in self.values)


_answers: ContextVar[Answers | None] = ContextVar("answers", default=None)


@contextmanager
def collected_answers() -> Iterator[Answers]:
    """Collect the receivers' answers to what the block commits."""
    answers = Answers()
    token = _answers.set(answers)
    try:
        yield answers
    finally:
        _answers.reset(token)


def announce(signal: Signal, **payload: Any) -> None:
    """Send `signal` once the surrounding transaction has committed.

    The payload holds ids and primitives only. A receiver that raises is logged: the fact is
    already a committed row, and the sweep finds whatever a lost message leaves undone.
    """
    transaction.on_commit(lambda: _send(signal, payload))


def _send(signal: Signal, payload: dict[str, Any]) -> None:
    answers = _answers.get()
    for receiver, response in signal.send_robust(sender=None, **payload):
        if isinstance(response, Exception):
            logger.error("Receiver %s failed: %r", receiver, response, exc_info=response)
        if answers is not None:
            answers.values.append(response)
