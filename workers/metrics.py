"""Totals of tasks, counted where they run, and what the broker says when `/metrics` is asked."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import redis
from billiard.exceptions import TimeLimitExceeded, WorkerLostError
from celery import Task
from celery.signals import task_failure, task_retry, task_revoked
from django.conf import settings
from prometheus_client.core import GaugeMetricFamily
from redis.backoff import NoBackoff
from redis.retry import Retry

from apps.core import metrics
from apps.core.signals import gave_way

from . import queues

# States beside Celery's own: the process of the task was lost, or ended for its time.
LOST = "LOST"
TIMEOUT = "TIMEOUT"
REVOKED = "REVOKED"

# From one viewer's list (milliseconds) to a slice of a training (minutes).
TASK_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
# From an idle worker to a queue that is not worked off.
WAIT_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900)
# The goals are 0.1, 0.4 and 1 second; a burst's lists follow each other by a second.
FRESHNESS_BUCKETS = (0.025, 0.05, 0.1, 0.2, 0.4, 0.7, 1, 1.2, 2, 5, 10, 30, 60, 300)

BROKER_SECONDS = 0.5
# Where kombu keeps what workers have taken and not yet confirmed, of all queues together.
UNACKED_KEY = "unacked"

TASKS = metrics.counter(
    "nexus_tasks_total",
    "Tasks that ended, by Celery's state; LOST, TIMEOUT: their process was killed.",
    ("task", "state"),
)
TASK_SECONDS = metrics.histogram(
    "nexus_task_seconds", "Seconds that tasks ran.", ("task",), buckets=TASK_BUCKETS
)
WAIT_SECONDS = metrics.histogram(
    "nexus_task_wait_seconds",
    "Seconds from when a message was sent, or its countdown over, until its task began.",
    ("queue",),
    buckets=WAIT_BUCKETS,
)
FRESHNESS_SECONDS = metrics.histogram(
    "nexus_freshness_seconds",
    "Seconds from the commit of a viewer's oldest unseen write to that of the list which saw it.",
    buckets=FRESHNESS_BUCKETS,
)
FRESHNESS_DELAY_SECONDS = metrics.histogram(
    "nexus_freshness_delay_seconds",
    "The same without the time in which the viewer's last list was too young for another one.",
    buckets=FRESHNESS_BUCKETS,
)
GAVE_WAY_SECONDS = metrics.counter(
    "nexus_gave_way_seconds_total",
    "Seconds that work in the background has waited for lists that viewers waited for.",
    ("work",),
)
MAILS = metrics.counter(
    "nexus_mails_total",
    "Attempts at a mail. dropped: nobody to send it to; failed: will be tried again.",
    ("purpose", "outcome"),
)


def register() -> None:
    metrics.register("broker", queue_lengths)
    task_failure.connect(count_killed, dispatch_uid="workers.metrics.failure")
    task_retry.connect(count_lost, dispatch_uid="workers.metrics.retry")
    task_revoked.connect(count_revoked, dispatch_uid="workers.metrics.revoked")
    gave_way.connect(count_gave_way, dispatch_uid="workers.metrics.gave_way")


def count_task(name: str, state: str, *, seconds: float) -> None:
    TASKS.labels(name, state).inc()
    TASK_SECONDS.labels(name).observe(seconds)


def observe_wait(queue: str | None, *, seconds: float) -> None:
    if queue in queues.QUEUES:
        # Two machines' clocks may differ.
        WAIT_SECONDS.labels(queue).observe(max(seconds, 0))


def observe_freshness(waited: timedelta, *, held: timedelta) -> None:
    FRESHNESS_SECONDS.observe(waited.total_seconds())
    FRESHNESS_DELAY_SECONDS.observe(max((waited - held).total_seconds(), 0))


def count_gave_way(*, work: str, seconds: float, **_: Any) -> None:
    GAVE_WAY_SECONDS.labels(work).inc(seconds)


def count_mail(purpose: str, outcome: str) -> None:
    MAILS.labels(purpose, outcome).inc()


def count_killed(
    *, sender: Task[Any, Any], task_id: str, exception: BaseException, **_: Any
) -> None:
    """In the parent of the worker's processes; failures within a task are counted at its end."""
    # Celery tells of a time limit twice, and only once with the request at hand.
    if isinstance(exception, TimeLimitExceeded) and sender.request.id == task_id:
        TASKS.labels(sender.name, TIMEOUT).inc()
    elif isinstance(exception, WorkerLostError):
        TASKS.labels(sender.name, LOST).inc()


def count_lost(*, sender: Task[Any, Any], reason: Any, **_: Any) -> None:
    """A lost process, whose task the parent sends once more."""
    if isinstance(getattr(reason, "exc", None), WorkerLostError):
        TASKS.labels(sender.name, LOST).inc()


def count_revoked(*, sender: Task[Any, Any], **_: Any) -> None:
    """A message that expired before a worker began, or that an operator took back."""
    TASKS.labels(sender.name, REVOKED).inc()


def queue_lengths() -> Iterator[GaugeMetricFamily]:
    broker = redis.Redis.from_url(
        settings.CELERY_BROKER_URL,
        socket_timeout=BROKER_SECONDS,
        socket_connect_timeout=BROKER_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    with broker:
        lengths = queues.lengths(broker, *queues.QUEUES)
        unacked = broker.hlen(UNACKED_KEY)
    waiting = GaugeMetricFamily(
        "nexus_queue_messages", "Messages that wait for a worker.", labels=["queue"]
    )
    for queue, length in lengths.items():
        waiting.add_metric([queue], length)
    yield waiting
    yield metrics.gauge(
        "nexus_queue_unacked_messages", "Messages that a worker has and did not confirm.", unacked
    )
