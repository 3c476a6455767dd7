"""The queues, and how a task's name decides its queue."""

from itertools import islice
from typing import Any

import redis
from celery import Celery
from django.conf import settings
from kombu import Queue
from kombu.transport.redis import PRIORITY_STEPS, Channel

REALTIME = "realtime"  # one viewer, milliseconds
CATALOG = "catalog"  # TMDb
BATCH = "batch"  # shards of a generation, and purges
TRAINING = "training"  # slices and shards of models
MAIL = "mail"  # one mail
MAINTENANCE = "maintenance"  # the sweep

QUEUES = (REALTIME, CATALOG, BATCH, TRAINING, MAIL, MAINTENANCE)

# Priorities: that of what a write has just sent, and of what lets those pass.
FRESH = 0
AFTER_FRESH_WRITES = 3


def route_by_name(name: str, *_: Any, **__: Any) -> dict[str, str] | None:
    """The queue is what stands before the dot of the name."""
    queue = name.partition(".")[0]
    return {"queue": queue} if queue in QUEUES else None


# What belongs to Celery in Django's settings.
_PREFIX = "CELERY_"


def configure(app: Celery) -> None:
    """What every Celery app of this project shares; the rest is in Django's settings."""
    app.config_from_object(_celery_settings())
    app.conf.task_queues = [Queue(name, routing_key=name) for name in QUEUES]
    app.conf.task_routes = (route_by_name,)


def _celery_settings() -> dict[str, Any]:
    """Under Celery's names, because it hides the passwords of those that it knows.

    A worker tells its whole configuration to whoever asks, such as Flower: Django's other settings
    and the addresses among them are none of its business.
    """
    own = [name for name in dir(settings) if name.startswith(_PREFIX)]
    known = {name.removeprefix(_PREFIX).lower(): getattr(settings, name) for name in own}
    # Celery's support of Django reads this one under Django's name.
    reuse = known.pop("db_reuse_max")
    return known | {f"{_PREFIX}DB_REUSE_MAX": reuse}


def depth(app: Celery, queue: str) -> int:
    """Messages that wait in the queue for a worker."""
    with app.connection_or_acquire() as connection:
        return lengths(connection.default_channel.client, queue)[queue]


def lengths(broker: redis.Redis, *queues: str) -> dict[str, int]:
    """How many messages wait in each queue."""
    with broker.pipeline(transaction=False) as pipeline:
        for queue in queues:
            for key in keys_of(queue):
                pipeline.llen(key)
        found = iter(pipeline.execute())
    return {queue: sum(islice(found, len(PRIORITY_STEPS))) for queue in queues}


def keys_of(queue: str) -> list[str]:
    """Of the lists in Redis that kombu keeps for the queue, one for each step of priority."""
    return [f"{queue}{Channel.sep}{step}" if step else queue for step in PRIORITY_STEPS]
