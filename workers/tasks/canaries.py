"""One small message for each queue: whoever takes it shows that what goes in comes out."""

from typing import Any

from apps.core.heartbeats import of_queue, record
from workers import queues
from workers.celery import app


@app.task(name="realtime.record_canary", soft_time_limit=20, time_limit=30)
def record_realtime_canary(**_: Any) -> None:
    record(name=of_queue(queues.REALTIME))


@app.task(name="catalog.record_canary", soft_time_limit=20, time_limit=30)
def record_catalog_canary(**_: Any) -> None:
    record(name=of_queue(queues.CATALOG))


@app.task(name="batch.record_canary", soft_time_limit=20, time_limit=30)
def record_batch_canary(**_: Any) -> None:
    record(name=of_queue(queues.BATCH))


@app.task(name="training.record_canary", soft_time_limit=20, time_limit=30)
def record_training_canary(**_: Any) -> None:
    record(name=of_queue(queues.TRAINING))


@app.task(name="maintenance.record_canary", soft_time_limit=20, time_limit=30)
def record_maintenance_canary(**_: Any) -> None:
    record(name=of_queue(queues.MAINTENANCE))
