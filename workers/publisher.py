"""Sending a task from a process that must not wait for the broker.

The row that the task is about is committed already, so a message that cannot be sent costs at most
a tenth of a second and nothing else: the sweep finds the row.
"""

import logging
from typing import Any

from celery import Celery
from django.conf import settings
from kombu.exceptions import OperationalError
from pybreaker import CircuitBreaker, CircuitBreakerError

from . import queues

logger = logging.getLogger(__name__)

# Two failures in a row may be one lost connection of the pool; then nothing is tried for a second.
FAILURES_TO_OPEN = 2
OPEN_SECONDS = 1

publisher = Celery("nexus-publisher", set_as_current=False)
queues.configure(publisher)
publisher.conf.update(
    broker_transport_options=settings.PUBLISHER_TRANSPORT_OPTIONS,
    broker_connection_timeout=settings.PUBLISHER_TRANSPORT_OPTIONS["socket_connect_timeout"],
    broker_connection_retry=False,
)
breaker = CircuitBreaker(fail_max=FAILURES_TO_OPEN, reset_timeout=OPEN_SECONDS, name="broker")


def send(name: str, **kwargs: Any) -> None:
    """Send the task called `name`, or log that it could not be sent."""
    try:
        breaker.call(
            publisher.send_task, name, kwargs=kwargs, retry=False, ignore_result=True
        )
    except CircuitBreakerError:
        logger.warning("Not sent, the broker is away: %s %s", name, kwargs)
    except (OperationalError, OSError) as error:
        logger.warning("Not sent: %s %s: %r", name, kwargs, error)
