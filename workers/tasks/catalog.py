"""Syncs with TMDb. Each message does one slice and sends the next."""

from typing import Any

from django.utils import timezone

from services.catalog import (
    indexing,
    running,
    search_documents,
    search_words,
    stale_films,
    starting,
)
from workers.celery import app

INDEXED_AT_ONCE = search_documents.FILMS_AT_ONCE
# After so many changes to films their words are counted at once, not at night.
COUNTED_AFTER = 5_000


@app.task(name="catalog.advance_sync")
def advance_sync(*, sync_run_id: int, **_: Any) -> None:
    if running.advance_sync(sync_run_id=sync_run_id, clock=timezone.now):
        advance_sync.delay(sync_run_id=sync_run_id)


@app.task(name="catalog.start_sync", soft_time_limit=20, time_limit=30)
def start_sync(*, kind: str, scope: dict[str, Any] | None = None, **_: Any) -> None:
    starting.start_scheduled(kind=kind, scope=scope or {})


@app.task(name="catalog.index_films", soft_time_limit=50, time_limit=60)
def index_films(**_: Any) -> None:
    """One slice of the films whose search documents are out of date, unless a sync is at work."""
    if indexing.is_sync_at_work(at=timezone.now()):
        return
    if not search_documents.refresh_documents(limit=INDEXED_AT_ONCE):
        return
    if search_documents.has_stale_documents():
        index_films.delay()
    elif search_words.changes_since_count() >= COUNTED_AFTER:
        count_search_words.delay()


@app.task(name="catalog.count_search_words", soft_time_limit=500, time_limit=550)
def count_search_words(**_: Any) -> None:
    """And notes films that should have documents: workers of another version may have made none."""
    search_words.count_words()
    stale_films.note_lacking()
