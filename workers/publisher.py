"""Sending a task from a process that must not wait for the broker.

The row that the task is about is committed already, so a message that cannot be sent costs at most
a tenth of a second and nothing else: the sweep finds the row.
"""

import logging
from collections.abc import Mapping
from typing import Any

from celery import Celery
from django.conf import settings
from kombu.exceptions import OperationalError
from pybreaker import CircuitBreaker, CircuitBreakerError

from apps.core import metrics

from . import queues

logger = logging.getLogger(__name__)

NOT_SENT = metrics.counter(
    "nexus_messages_not_sent_total", "Messages that the broker did not take; the sweep follows up."
)

# Two failures in a row may be one lost connection of the pool; then nothing is tried for a second.
FAILURES_TO_OPEN = 2
OPEN_SECONDS = 1


class Publisher:
    """A Celery app that only sends, with a circuit breaker in front of its broker."""

    def __init__(self, *, broker_url: str | None = None) -> None:
        options = settings.PUBLISHER_TRANSPORT_OPTIONS
        self.app = Celery("nexus-publisher", set_as_current=False)
        queues.configure(self.app)
        self.app.conf.update(
            broker_transport_options=options,
            broker_connection_timeout=options["socket_connect_timeout"],
            broker_connection_retry=False,
        )
        if broker_url is not None:
            self.app.conf.update(broker_url=broker_url)
        self.breaker = CircuitBreaker(
            fail_max=FAILURES_TO_OPEN, reset_timeout=OPEN_SECONDS, name="broker"
        )

    def send(self, name: str, **kwargs: Any) -> bool:
        """Send the task called `name`; whether the broker took it. If not, that is logged."""
        return self.publish(name, kwargs)

    def publish(self, name: str, kwargs: Mapping[str, Any], **options: Any) -> bool:
        """What `send` does, with options of Celery's `send_task` such as `expires`."""
        try:
            # Not `breaker.call`: that holds one lock while it sends, so threads would queue up
            # behind a slow broker.
            self.breaker.state.call(
                self.app.send_task,
                name,
                kwargs=dict(kwargs),
                retry=False,
                ignore_result=True,
                **options,
            )
        except CircuitBreakerError:
            logger.warning("Not sent, the broker is away: %s", name)
        except (OperationalError, OSError) as error:
            logger.warning("Not sent: %s: %r", name, error)
        else:
            return True
        NOT_SENT.inc()
        return False


_publisher = Publisher()
send = _publisher.send
publish = _publisher.publish
