"""The sweep, which sends again what was lost, and the purge."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from services.recommendations import purging, sweeping
from workers import queues
from workers.celery import app

from .recommendations import advance_generation, advance_training, refresh_recommendations


@app.task(name="maintenance.sweep", soft_time_limit=20, time_limit=30)
def sweep(**_: Any) -> None:
    now = timezone.now()
    _sweep_viewers(now)
    _sweep_trainings(now)
    _sweep_generations(now)


@app.task(name="batch.purge_lists", soft_time_limit=20, time_limit=30)
def purge_lists(**_: Any) -> None:
    if purging.purge(at=timezone.now()):
        purge_lists.apply_async(expires=settings.PURGE_EXPIRES_SECONDS)


def _sweep_viewers(now: datetime) -> None:
    room = settings.REALTIME_HIGH_WATER_MARK - queues.depth(app, queues.REALTIME)
    for user_id in sweeping.claim_waiting_users(limit=room, at=now):
        refresh_recommendations.delay(user_id=user_id)


def _sweep_trainings(now: datetime) -> None:
    # A queue that holds messages is worked off before anything was lost from it.
    if queues.depth(app, queues.TRAINING):
        return
    for model_version_id in sweeping.waiting_trainings(at=now):
        advance_training.delay(model_version_id=model_version_id)


def _sweep_generations(now: datetime) -> None:
    if queues.depth(app, queues.BATCH):
        return
    for generation_id in sweeping.waiting_generations(at=now):
        advance_generation.delay(generation_id=generation_id)
