"""The queues, and how a task's name decides its queue."""

from typing import Any

from celery import Celery
from kombu import Queue

REALTIME = "realtime"  # one viewer, milliseconds
CATALOG = "catalog"  # TMDb
BATCH = "batch"  # shards of a generation
TRAINING = "training"  # one model at a time
MAINTENANCE = "maintenance"  # the sweep and the purge

QUEUES = (REALTIME, CATALOG, BATCH, TRAINING, MAINTENANCE)


def route_by_name(name: str, *_: Any, **__: Any) -> dict[str, str] | None:
    """The queue is what stands before the dot of the name."""
    queue = name.partition(".")[0]
    return {"queue": queue} if queue in QUEUES else None


def configure(app: Celery) -> None:
    """What every Celery app of this project shares; the rest is in Django's settings."""
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.conf.task_queues = [Queue(name, routing_key=name) for name in QUEUES]
    app.conf.task_routes = (route_by_name,)


def depth(app: Celery, queue: str) -> int:
    """Messages that wait in the queue for a worker."""
    with app.connection_or_acquire() as connection:
        channel = connection.default_channel
        return int(channel.client.llen(queue))
