"""Syncs with TMDb. Each message does one slice and sends the next."""

from typing import Any

from django.utils import timezone

from services.catalog import running, starting
from workers.celery import app


@app.task(name="catalog.advance_sync")
def advance_sync(*, sync_run_id: int, **_: Any) -> None:
    if running.advance_sync(sync_run_id=sync_run_id, clock=timezone.now):
        advance_sync.delay(sync_run_id=sync_run_id)


@app.task(name="catalog.start_sync", soft_time_limit=20, time_limit=30)
def start_sync(*, kind: str, scope: dict[str, Any] | None = None, **_: Any) -> None:
    starting.start_scheduled(kind=kind, scope=scope or {})
