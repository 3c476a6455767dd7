"""Finding what waits although nobody works on it: a message was lost, or its worker died."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from apps.recommendations.models import (
    ActiveGeneration,
    Explanation,
    Generation,
    GenerationShard,
    ModelMeasurement,
    ModelShard,
    ModelVersion,
)
from services import leasing

from . import building, measuring, solving, training

# The message that the write itself sent has this long to be worked off.
GRACE = timedelta(seconds=2)
# A nudged viewer is nudged again after this time, doubled with each nudge, at most 2 ** 6 times it.
NUDGE_LEASE = timedelta(seconds=5)
MAX_DOUBLINGS = 6

State = Generation.State

# Materialized: as a plain subquery the planner may run it again, and with it the limit.
_CLAIM_TASTES = """
    WITH due AS MATERIALIZED (
        SELECT user_id FROM favorites_taste
        WHERE revision > listed_revision AND is_realtime
          AND (changed_at IS NULL OR changed_at <= %(at)s - %(grace)s * interval '1 second')
          AND (nudge_at IS NULL
               OR nudge_at <= %(at)s - %(lease)s * interval '1 second'
                              * power(2, least(nudges, %(doublings)s)))
        ORDER BY nudge_at NULLS FIRST, user_id
        LIMIT %(limit)s
        FOR UPDATE SKIP LOCKED
    )
    UPDATE favorites_taste AS taste SET nudge_at = %(at)s, nudges = least(nudges + 1, 1000)
    FROM due WHERE taste.user_id = due.user_id
    RETURNING taste.user_id, taste.nudges
"""


class Due(NamedTuple):
    """`nudges`: how often the viewer was claimed since the write, this time included."""

    user_id: int
    nudges: int


def claim_waiting_users(*, limit: int, at: datetime) -> list[Due]:
    """At most `limit` viewers whose list is due; each is left alone for a while afterwards."""
    if limit <= 0 or not ActiveGeneration.objects.filter(generation__isnull=False).exists():
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM_TASTES,
            {
                "at": at,
                "grace": GRACE.total_seconds(),
                "lease": NUDGE_LEASE.total_seconds(),
                "doublings": MAX_DOUBLINGS,
                "limit": limit,
            },
        )
        return [Due(*row) for row in cursor.fetchall()]


def waiting_explanations(*, limit: int, at: datetime) -> list[int]:
    """At most `limit` of those that nobody has made or is making, the oldest first."""
    waiting = Explanation.objects.filter(
        leasing.unowned(at=at), computed_at__isnull=True, error="", asked_at__lte=at - GRACE
    )
    return list(waiting.order_by("asked_at", "pk").values_list("pk", flat=True)[:limit])


def waiting_trainings(*, at: datetime) -> list[int]:
    """Training runs that have a slice or a shard which nobody works on."""
    shards = ModelShard.objects.filter(
        model_version=OuterRef("pk"), state__in=solving.OPEN_SHARD_STATES
    )
    waits = (
        ~Q(phase=ModelVersion.Phase.WEIGHTS)
        | Exists(shards.filter(leasing.unowned(at=at)))
        | ~Exists(shards)
    )
    rows = ModelVersion.objects.filter(
        leasing.unowned(at=at), waits, state__in=training.OPEN_STATES
    )
    return list(rows.order_by("pk").values_list("pk", flat=True))


def waiting_generations(*, at: datetime) -> list[int]:
    """Generations that have a step or a shard which nobody works on."""
    shards = GenerationShard.objects.filter(
        generation=OuterRef("pk"), state__in=building.OPEN_SHARD_STATES
    )
    waits = (
        Q(leasing.unowned(at=at), state=State.REQUESTED)
        | Q(state=State.READY, publish=True)
        | Q(Exists(shards.filter(leasing.unowned(at=at))), state=State.BUILDING)
        | Q(~Exists(shards), state=State.BUILDING)
    )
    return list(Generation.objects.filter(waits).order_by("pk").values_list("pk", flat=True))


def waiting_measurements(*, at: datetime) -> list[int]:
    """Measurements that nobody works on, once no model and no lists are waited for."""
    rows = ModelMeasurement.objects.filter(leasing.unowned(at=at), state__in=measuring.OPEN_STATES)
    waiting = list(rows.order_by("pk").values_list("pk", flat=True))
    return [] if waiting and measuring.has_to_wait() else waiting
