"""How facts leave a transaction: after its commit, and never able to undo it."""

import logging
from typing import Any

from django.db import transaction
from django.dispatch import Signal

logger = logging.getLogger(__name__)


def announce(signal: Signal, **payload: Any) -> None:
    """Send `signal` once the surrounding transaction has committed.

    The payload holds ids and primitives only. A receiver that raises is logged: the fact is
    already a committed row, and the sweep finds whatever a lost message leaves undone.
    """
    transaction.on_commit(lambda: _send(signal, payload))


def _send(signal: Signal, payload: dict[str, Any]) -> None:
    for receiver, response in signal.send_robust(sender=None, **payload):
        if isinstance(response, Exception):
            logger.error("Receiver %s failed: %r", receiver, response, exc_info=response)
