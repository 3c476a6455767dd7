"""What push processes count. How many streams are open is what was opened without what was closed;
each process also tells its own number at its own `/metrics`.
"""

from collections.abc import Iterator
from enum import StrEnum

from prometheus_client.core import GaugeMetricFamily

from apps.core import metrics

from .places import places


class Reason(StrEnum):
    """Why a stream or a wait ended."""

    CLIENT = "client"
    SESSION = "session"
    STOPPING = "stopping"
    # Of waits: there is a list, or the time is over.
    ANSWERED = "answered"
    TIME = "time"


STREAM = "stream"
WAIT = "wait"

OPENED = metrics.counter("nexus_push_opened_total", "Streams and waits that began.", ("kind",))
CLOSED = metrics.counter(
    "nexus_push_closed_total", "Streams and waits that ended, by why.", ("kind", "reason")
)
EVENTS = metrics.counter("nexus_push_events_total", "Events sent to viewers.", ("event",))
LOST = metrics.counter(
    "nexus_push_listen_lost_total", "Times that a push process lost its notifications."
)
SECONDS = metrics.histogram(
    "nexus_push_seconds",
    "Seconds from a viewer's new list to the event that tells of it.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60),
)


def register() -> None:
    """Have this process tell how many it has open."""
    metrics.register("push", _open)


def _open() -> Iterator[GaugeMetricFamily]:
    yield metrics.gauge(
        "nexus_push_open", "Streams and waits that this process has open.", places.taken()
    )
