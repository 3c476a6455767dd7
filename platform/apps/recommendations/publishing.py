"""Which generation is read: publishing a new one and going back, in one transaction each."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet, Subquery

from .models import ActiveGeneration, Generation

# Replaced lists and retired generations stay this long, for cursors and for going back.
RETENTION = timedelta(hours=24)

# A flip touches each viewer's Taste. Statements of web processes end after ten seconds otherwise,
# and this one took 9 to 13 seconds with a million viewers on two cores.
FLIP_TIMEOUT = timedelta(minutes=2)

State = Generation.State


class NotPublishableError(Exception):
    """The generation is not ready, or too old. Nothing was changed; a retry does not heal it."""


def lock_active_generation() -> ActiveGeneration:
    """The row to change, waiting for refreshes in progress."""
    ActiveGeneration.objects.get_or_create(pk=ActiveGeneration.ROW_ID)
    return ActiveGeneration.objects.select_for_update().get(pk=ActiveGeneration.ROW_ID)


@transaction.atomic
def publish(*, generation_id: int, at: datetime) -> bool:
    """Make a READY generation the active one; False if a newer one is active by now."""
    active = lock_active_generation()
    if active.generation_id == generation_id:
        return True
    generation = Generation.objects.select_for_update().get(pk=generation_id)
    if generation.state != State.READY:
        raise NotPublishableError(f"{generation} is not ready")
    if active.generation_id and active.generation_id > generation_id:
        _retire(generation_id, at=at)
        return False
    _activate(active, generation, at=at)
    return True


@transaction.atomic
def roll_back(*, at: datetime, generation_id: int | None = None) -> Generation:
    """Return to a generation that was active once, by default the one of `roll_back_target`.

    Raises NotPublishableError.
    """
    active = lock_active_generation()
    default = roll_back_target().first()
    wished = _once_active().filter(pk=generation_id) if generation_id else roll_back_target()
    # A purge that has begun with the generation is waited for, and it no longer qualifies then.
    target = wished.select_for_update().first()
    if target is None:
        wanted = f"generation {generation_id}" if generation_id else "any earlier generation"
        raise NotPublishableError(f"{wanted} is not there to go back to")
    if target != default and (target.retired_at is None or target.retired_at <= at - RETENTION):
        raise NotPublishableError(f"the lists of {target} may already have been removed")
    _activate(active, target, at=at)
    return target


def roll_back_target() -> QuerySet[Generation]:
    """Of the generations older than the active one, that which was active last; at most one.

    It is always older, so going back again never leads forward.
    """
    active = ActiveGeneration.objects.filter(pk=ActiveGeneration.ROW_ID).values("generation_id")
    older = _once_active().filter(pk__lt=Subquery(active))
    return older.order_by("-activated_at", "-pk")[:1]


def _once_active() -> QuerySet[Generation]:
    return Generation.objects.filter(state=State.RETIRED, activated_at__isnull=False)


def _activate(active: ActiveGeneration, generation: Generation, *, at: datetime) -> None:
    if active.generation_id:
        _retire(active.generation_id, at=at)
    Generation.objects.filter(pk=generation.pk).update(
        state=State.ACTIVE, activated_at=at, retired_at=None
    )
    ActiveGeneration.objects.filter(pk=active.pk).update(generation=generation, changed_at=at)
    _point_tastes_at(generation.pk)


def _retire(generation_id: int, *, at: datetime) -> None:
    Generation.objects.filter(pk=generation_id).update(state=State.RETIRED, retired_at=at)


_POINT_TASTES = """
    WITH held AS (
        SELECT DISTINCT ON (user_id) user_id, revision
        FROM recommendations_recommendationlist
        WHERE generation_id = %s
        ORDER BY user_id, id DESC
    ), moved AS (
        SELECT taste.user_id, coalesce(held.revision, 0) AS revision
        FROM favorites_taste AS taste LEFT JOIN held USING (user_id)
        WHERE taste.listed_revision <> coalesce(held.revision, 0)
        ORDER BY taste.user_id
        FOR UPDATE OF taste
    )
    UPDATE favorites_taste AS taste
    SET listed_revision = moved.revision,
        is_realtime = taste.is_realtime OR moved.revision < taste.listed_revision,
        nudge_at = NULL,
        nudges = 0
    FROM moved
    WHERE taste.user_id = moved.user_id
"""


def _point_tastes_at(generation_id: int) -> None:
    """Every viewer's `listed_revision` becomes what this generation holds for the viewer.

    Who is set back by that waits for the realtime sweep, also those of a bulk import: they had a
    list that knew more. Rows are locked by ascending id, as every other bulk writer does.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{FLIP_TIMEOUT.total_seconds():.0f}s'")
        cursor.execute(_POINT_TASTES, [generation_id])
