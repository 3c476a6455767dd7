"""The workers' part of `/health/ready`: the broker, beat, and what comes out of each queue."""

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from apps.core import health
from apps.core.database_health import DATABASE
from apps.core.heartbeats import BEAT, of_queue, recent

from . import queues

# Their workers do slices of up to four minutes, and take no other message meanwhile.
LONG_QUEUES = (queues.BATCH, queues.TRAINING, queues.CATALOG, queues.MAIL)

PROBE_KEY = "nexus:health"
PROBE_SECONDS = 60


def check_broker() -> str:
    with redis.Redis.from_url(
        settings.CELERY_BROKER_URL,
        socket_timeout=settings.HEALTH_TIMEOUT_SECONDS / 2,
        socket_connect_timeout=settings.HEALTH_TIMEOUT_SECONDS / 2,
        retry=Retry(NoBackoff(), 0),
    ) as broker:
        # A broker that is out of memory still answers a PING.
        broker.set(PROBE_KEY, 1, ex=PROBE_SECONDS)
    return "answers"


def register() -> None:
    health.register("broker", check_broker)
    health.register(BEAT, recent(BEAT), lane=DATABASE)
    for queue in queues.QUEUES:
        name = of_queue(queue)
        health.register(name, recent(name, or_busy=queue in LONG_QUEUES), lane=DATABASE)
