"""Removing what no reader holds on to any more, one bounded batch after another."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.recommendations.models import Generation, ModelVersion
from apps.recommendations.publishing import RETENTION, roll_back_target

BATCH = 1_000
# Long enough to look into what a season of nights decided.
ALERT_RETENTION = timedelta(days=90)
# A day is looked back at, and what came before it to compare with.
FRESHNESS_RETENTION = timedelta(days=3)

State = Generation.State
ModelState = ModelVersion.State

_DELETE_REPLACED = """
    WITH batch AS MATERIALIZED (
        SELECT old.id FROM recommendations_recommendationlist AS old
        WHERE EXISTS (
            SELECT FROM recommendations_recommendationlist AS newer
            WHERE newer.user_id = old.user_id AND newer.generation_id = old.generation_id
              AND newer.id > old.id AND newer.created_at <= %s
        )
        LIMIT %s
    )
    DELETE FROM recommendations_recommendationlist WHERE id IN (SELECT id FROM batch)
"""
_DELETE_OF_GENERATION = """
    WITH batch AS MATERIALIZED (
        SELECT id FROM recommendations_recommendationlist WHERE generation_id = %s LIMIT %s
    )
    DELETE FROM recommendations_recommendationlist WHERE id IN (SELECT id FROM batch)
"""
_DELETE_IMPRESSIONS = """
    WITH batch AS MATERIALIZED (
        SELECT id FROM recommendations_impression WHERE shown_at <= %s ORDER BY shown_at LIMIT %s
        FOR UPDATE SKIP LOCKED
    )
    DELETE FROM recommendations_impression WHERE id IN (SELECT id FROM batch)
"""
_DELETE_FRESHNESS = """
    WITH batch AS MATERIALIZED (
        SELECT list_id FROM recommendations_listfreshness
        WHERE readable_at <= %s ORDER BY readable_at LIMIT %s
        FOR UPDATE SKIP LOCKED
    )
    DELETE FROM recommendations_listfreshness WHERE list_id IN (SELECT list_id FROM batch)
"""
_DELETE_ALERTS = """
    WITH batch AS MATERIALIZED (
        SELECT id FROM recommendations_alert WHERE raised_at <= %s ORDER BY raised_at LIMIT %s
        FOR UPDATE SKIP LOCKED
    )
    DELETE FROM recommendations_alert WHERE id IN (SELECT id FROM batch)
"""


def purge(*, at: datetime) -> bool:
    """Remove one batch of what was replaced RETENTION ago; True if there is more to remove.

    The newest list of each viewer stays in every generation that can be read or returned to. What
    viewers were shown goes after IMPRESSION_RETENTION_DAYS.
    """
    steps = (
        *(purge_replaced, retire_kept_back, purge_generation),
        *(purge_model, purge_impressions, purge_alerts, purge_freshness),
    )
    return any(step(at=at) for step in steps)


def retire_kept_back(*, at: datetime) -> bool:
    """Retire lists that nobody published for RETENTION, once newer ones are built or read.

    Nights that are refused one after the other would fill the disk otherwise. Whoever publishes
    one at this moment holds its row, and it is not READY any more when this gets it.
    """
    newer = Generation.objects.filter(pk__gt=OuterRef("pk"), state__in=[State.READY, State.ACTIVE])
    kept_back = Generation.objects.filter(
        Exists(newer), state=State.READY, publish=False, finished_at__lte=at - RETENTION
    )
    return kept_back.update(state=State.RETIRED, retired_at=at) > 0


def purge_alerts(*, at: datetime) -> bool:
    return _delete(_DELETE_ALERTS, at - ALERT_RETENTION) > 0


def purge_freshness(*, at: datetime) -> bool:
    return _delete(_DELETE_FRESHNESS, at - FRESHNESS_RETENTION) > 0


def purge_replaced(*, at: datetime) -> bool:
    return _delete(_DELETE_REPLACED, at - RETENTION) > 0


@transaction.atomic
def purge_generation(*, at: datetime) -> bool:
    """Empty the oldest generation that is past its time, and remove its row with the last list."""
    generation = _past_generations(at=at).select_for_update(skip_locked=True).first()
    if generation is None:
        return False
    # One that is half empty would otherwise be the next to return to after a roll-back.
    Generation.objects.filter(pk=generation.pk).update(activated_at=None)
    if not _delete(_DELETE_OF_GENERATION, generation.pk):
        generation.delete()
    return True


def purge_model(*, at: datetime) -> bool:
    """Remove one model that no generation uses; the newest one that is ready stays."""
    newest = ModelVersion.objects.filter(state=ModelState.READY).order_by("-pk").values("pk")[:1]
    unused = ModelVersion.objects.filter(
        state__in=[ModelState.READY, ModelState.FAILED, ModelState.CANCELLED],
        created_at__lte=at - RETENTION,
        generations__isnull=True,
    ).exclude(pk__in=newest)
    version = unused.order_by("pk").first()
    if version is None:
        return False
    version.delete()
    return True


def purge_impressions(*, at: datetime) -> bool:
    retention = timedelta(days=settings.IMPRESSION_RETENTION_DAYS)
    return _delete(_DELETE_IMPRESSIONS, at - retention) > 0


def _past_generations(*, at: datetime) -> QuerySet[Generation]:
    cutoff = at - RETENTION
    retired = Q(state=State.RETIRED, retired_at__lte=cutoff)
    given_up = Q(state__in=[State.FAILED, State.CANCELLED], created_at__lte=cutoff)
    past = Generation.objects.filter(retired | given_up)
    return past.exclude(pk__in=roll_back_target().values("pk")).order_by("pk")


def _delete(statement: str, key: datetime | int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, [key, BATCH])
        return int(cursor.rowcount)
