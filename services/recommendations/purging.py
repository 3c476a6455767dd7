"""Removing what no reader holds on to any more, one bounded batch after another."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.recommendations.models import Generation, ModelVersion
from apps.recommendations.publishing import RETENTION, roll_back_target

BATCH = 1_000
# So many lists are looked at for those that were replaced, and the rest of the last viewer's.
SLICE = 20_000
# Behind every viewer: all were looked at.
LAST = 2**63 - 1
# Long enough to look into what a season of nights decided.
ALERT_RETENTION = timedelta(days=90)
# A day is looked back at, and what came before it to compare with.
FRESHNESS_RETENTION = timedelta(days=3)

State = Generation.State
ModelState = ModelVersion.State

# The lists of the next viewers, all of each, from the index alone. Of a list that has a newer one
# in its generation, the table is asked when that was built. Nobody waits for locks: a row that is
# held, by an explanation that somebody asks for, goes next time.
_DELETE_REPLACED = """
    WITH slice AS MATERIALIZED (
        SELECT user_id, generation_id, id FROM recommendations_recommendationlist
        WHERE user_id > %(after)s ORDER BY user_id FETCH FIRST %(slice)s ROWS WITH TIES
    ), followed AS (
        SELECT id, lead(id) OVER (PARTITION BY user_id, generation_id ORDER BY id) AS newer_id
        FROM slice
    ), replaced AS MATERIALIZED (
        SELECT id FROM followed
        WHERE newer_id IS NOT NULL AND %(before)s >= (
            SELECT created_at FROM recommendations_recommendationlist AS newer
            WHERE newer.id = followed.newer_id
        )
        LIMIT %(batch)s
    ), batch AS MATERIALIZED (
        SELECT id FROM recommendations_recommendationlist
        WHERE id = ANY (ARRAY(SELECT id FROM replaced)) ORDER BY id FOR UPDATE SKIP LOCKED
    ), removed AS (
        DELETE FROM recommendations_recommendationlist
        WHERE id = ANY (ARRAY(SELECT id FROM batch)) RETURNING id
    )
    SELECT (SELECT max(user_id) FROM slice), (SELECT count(*) FROM removed)
"""
# Later generations are let in for the sake of the order, which only the index of generations has.
# Else lists of others are looked through, by the planner's choice, until enough are found.
_DELETE_OF_GENERATION = """
    WITH batch AS MATERIALIZED (
        SELECT generation_id, id FROM recommendations_recommendationlist
        WHERE generation_id >= %(generation_id)s ORDER BY generation_id, id LIMIT %(batch)s
    )
    DELETE FROM recommendations_recommendationlist
    WHERE id = ANY (ARRAY(SELECT id FROM batch WHERE generation_id = %(generation_id)s))
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


def purge(*, at: datetime, position: int | None = None) -> int | None:
    """Remove one batch of what was replaced RETENTION ago; where to go on, None at the end.

    First all viewers are looked at once, by their ids. The newest list of each stays in every
    generation that can be read or returned to. What viewers were shown goes after
    IMPRESSION_RETENTION_DAYS.
    """
    after = purge_replaced(at=at, after=position or 0)
    if after is not None:
        return after
    steps = (
        *(retire_kept_back, purge_generation, purge_model),
        *(purge_impressions, purge_alerts, purge_freshness),
    )
    return LAST if any(step(at=at) for step in steps) else None


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


def purge_replaced(*, at: datetime, after: int) -> int | None:
    """Of the viewers behind an id; the last one of them, or the same id if there is more to remove.

    A pass costs one walk through the index, however much there is to remove, and however little.
    """
    parameters: dict[str, datetime | int] = {
        "after": after,
        "slice": SLICE,
        "batch": BATCH,
        "before": at - RETENTION,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DELETE_REPLACED, parameters)
        last, removed = cursor.fetchone()
    return after if removed == BATCH else last


@transaction.atomic
def purge_generation(*, at: datetime) -> bool:
    """Empty the oldest generation that is past its time, and remove its row with the last list."""
    generation = _past_generations(at=at).select_for_update(skip_locked=True).first()
    if generation is None:
        return False
    # One that is half empty would otherwise be the next to return to after a roll-back.
    Generation.objects.filter(pk=generation.pk).update(activated_at=None)
    if not _delete_lists(generation.pk):
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


def _delete_lists(generation_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_DELETE_OF_GENERATION, {"generation_id": generation_id, "batch": BATCH})
        return int(cursor.rowcount)


def _delete(statement: str, before: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, [before, BATCH])
        return int(cursor.rowcount)
