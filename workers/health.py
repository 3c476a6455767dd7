"""The workers' part of `/health/ready`: the broker, beat, and what comes out of each queue."""

from collections.abc import Mapping
from types import MappingProxyType

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from apps.core import health
from apps.core.database_health import DATABASE
from apps.core.heartbeats import BEAT, Work, of_queue, recent
from apps.movies.work import recent_sync
from apps.recommendations.work import recent_work

from . import queues

# Their workers do slices of up to four minutes, and take no other message meanwhile. The worker of
# mails does trainings and builds as well.
LONG_WORK: Mapping[str, Work] = MappingProxyType(
    {
        **dict.fromkeys((queues.BATCH, queues.TRAINING, queues.MAIL), recent_work),
        queues.CATALOG: recent_sync,
    }
)

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
        health.register(name, recent(name, or_work=LONG_WORK.get(queue)), lane=DATABASE)
