"""One small message for each queue: whoever takes it shows that what goes in comes out.

So does every other task that ends. A canary waits its turn, and expires behind a long queue.
"""

import logging
import time
from typing import Any

from celery import Task
from celery.signals import task_postrun
from django.conf import settings
from django.db import Error, connection, transaction

from apps.core.heartbeats import of_queue, record
from workers import queues
from workers.celery import app

logger = logging.getLogger(__name__)

# A task that is done must not wait for the sake of its heartbeat.
WRITE_MILLISECONDS = 1000
# By queue, on the monotonic clock of this process.
_next_record: dict[str, float] = {}


@app.task(name="realtime.record_canary", soft_time_limit=20, time_limit=30)
def record_realtime_canary(**_: Any) -> None:
    _record(queues.REALTIME)


@app.task(name="catalog.record_canary", soft_time_limit=20, time_limit=30)
def record_catalog_canary(**_: Any) -> None:
    _record(queues.CATALOG)


@app.task(name="batch.record_canary", soft_time_limit=20, time_limit=30)
def record_batch_canary(**_: Any) -> None:
    _record(queues.BATCH)


@app.task(name="training.record_canary", soft_time_limit=20, time_limit=30)
def record_training_canary(**_: Any) -> None:
    _record(queues.TRAINING)


@app.task(name="mail.record_canary", soft_time_limit=20, time_limit=30)
def record_mail_canary(**_: Any) -> None:
    _record(queues.MAIL)


@app.task(name="maintenance.record_canary", soft_time_limit=20, time_limit=30)
def record_maintenance_canary(**_: Any) -> None:
    _record(queues.MAINTENANCE)


def record_finished(*, task: Task[Any, Any], **_: Any) -> None:
    """The heartbeat of the queue that the task came from, a few times a minute."""
    queue = (task.request.delivery_info or {}).get("routing_key")
    if queue not in queues.QUEUES or time.monotonic() < _next_record.get(queue, 0.0):
        return
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = %s", [WRITE_MILLISECONDS])
            _record(queue)
    except Error as error:
        logger.warning("The heartbeat of queue %s was not recorded: %s", queue, error)


def _record(queue: str) -> None:
    # Set first: while the database refuses, not every task needs to hear it again.
    _next_record[queue] = time.monotonic() + settings.HEALTH_CANARY_SECONDS / 2
    record(name=of_queue(queue))


# Only a worker imports this module.
task_postrun.connect(record_finished, dispatch_uid="workers.tasks.canaries.finished")
