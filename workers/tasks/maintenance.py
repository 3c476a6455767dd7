"""The sweep, which sends again what was lost, the purges, and the statistics."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from services.accounts import purging as account_purging
from services.catalog import indexing, search_documents
from services.catalog import sweeping as catalog_sweeping
from services.mail import alerts, waiting
from services.recommendations import freshness, purging, statistics, sweeping
from workers import queues
from workers.celery import app

from .catalog import advance_sync, index_films
from .mails import send_alert, send_mail
from .recommendations import (
    advance_generation,
    advance_training,
    explain_film,
    measure_model,
    refresh_recommendations,
)

# What a sweep sends at most, and the next one adds to only when all of it was taken.
MAILS_AT_ONCE = 100
EXPLANATIONS_AT_ONCE = 100
INDEX_EXPIRES_SECONDS = 10


@app.task(name="maintenance.sweep", soft_time_limit=20, time_limit=30)
def sweep(**_: Any) -> None:
    now = timezone.now()
    _sweep_viewers(now)
    _sweep_explanations(now)
    _sweep_trainings(now)
    _sweep_generations(now)
    _sweep_mails(now)
    _sweep_syncs(now)
    _sweep_documents(now)


@app.task(name="batch.purge_lists", soft_time_limit=20, time_limit=30)
def purge_lists(*, position: int | None = None, **_: Any) -> None:
    further = purging.purge(at=timezone.now(), position=position)
    if further is not None:
        purge_lists.apply_async(
            kwargs={"position": further}, expires=settings.PURGE_EXPIRES_SECONDS
        )


@app.task(name="batch.purge_expired", soft_time_limit=20, time_limit=30)
def purge_expired(**_: Any) -> None:
    if account_purging.purge(at=timezone.now()):
        purge_expired.apply_async(expires=settings.PURGE_EXPIRES_SECONDS)


@app.task(name="mail.check_freshness", soft_time_limit=20, time_limit=30)
def check_freshness(**_: Any) -> None:
    freshness.check_objective(at=timezone.now())


@app.task(name="batch.compute_stats", soft_time_limit=200, time_limit=230)
def compute_stats(**_: Any) -> None:
    statistics.compute_stats(clock=timezone.now)


def _sweep_viewers(now: datetime) -> None:
    room = settings.REALTIME_HIGH_WATER_MARK - queues.depth(app, queues.REALTIME)
    for due in sweeping.claim_waiting_users(limit=room, at=now):
        # Behind fresh writes only once, or lasting load would keep them there.
        priority = queues.AFTER_FRESH_WRITES if due.nudges == 1 else queues.FRESH
        refresh_recommendations.apply_async(kwargs={"user_id": due.user_id}, priority=priority)


def _sweep_explanations(now: datetime) -> None:
    """Viewers' own lists come first, and what waits in a queue has not been lost from it."""
    if queues.depth(app, queues.REALTIME):
        return
    for explanation_id in sweeping.waiting_explanations(limit=EXPLANATIONS_AT_ONCE, at=now):
        explain_film.delay(explanation_id=explanation_id)


def _sweep_trainings(now: datetime) -> None:
    # A queue that holds messages is worked off before anything was lost from it.
    if queues.depth(app, queues.TRAINING):
        return
    for model_version_id in sweeping.waiting_trainings(at=now):
        advance_training.delay(model_version_id=model_version_id)
    for measurement_id in sweeping.waiting_measurements(at=now):
        measure_model.delay(measurement_id=measurement_id)


def _sweep_generations(now: datetime) -> None:
    if queues.depth(app, queues.BATCH):
        return
    for generation_id in sweeping.waiting_generations(at=now):
        advance_generation.delay(generation_id=generation_id)


def _sweep_mails(now: datetime) -> None:
    if queues.depth(app, queues.MAIL):
        return
    for mail_id in waiting.waiting_mails(limit=MAILS_AT_ONCE, at=now):
        send_mail.delay(mail_id=str(mail_id))
    for alert_id in alerts.waiting_alerts(limit=MAILS_AT_ONCE, at=now):
        send_alert.delay(alert_id=alert_id)


def _sweep_syncs(now: datetime) -> None:
    """One message more as soon as none waits: so every free worker comes to take part."""
    catalog_sweeping.drop_abandoned_titles()
    if queues.depth(app, queues.CATALOG):
        return
    for sync_run_id in catalog_sweeping.waiting_syncs(at=now):
        advance_sync.delay(sync_run_id=sync_run_id)


def _sweep_documents(now: datetime) -> None:
    """Not beside a sync at work, which sees to it itself; what comes late is let go, since another
    was sent.
    """
    if search_documents.has_stale_documents() and not indexing.is_sync_at_work(at=now):
        index_films.apply_async(expires=INDEX_EXPIRES_SECONDS)
