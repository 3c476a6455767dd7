"""Which generation is read: publishing a new one and going back, in one transaction each."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet, Subquery
from psycopg2.errors import QueryCanceled

from .held_back import HeldBack, hold_back
from .models import ActiveGeneration, Generation
from .push import notifications

# Replaced lists and retired generations stay this long, for cursors and for going back.
RETENTION = timedelta(hours=24)

# A flip waits for refreshes in progress and touches each viewer's Taste. Statements of web
# processes end after ten seconds otherwise, and this one took 9 to 13 seconds with a million
# viewers on two cores.
FLIP_TIMEOUT = timedelta(minutes=2)

# The generation that must be active for a flip to happen, None for none at all.
ANY: Final = "any"
Expected = int | Literal["any"] | None

State = Generation.State


class NotPublishableError(Exception):
    """The generation is not ready, or too old. Nothing was changed; a retry does not heal it."""


class ActiveChangedError(Exception):
    """Another generation is active than the caller expected. Nothing was changed."""


class FlipTimeoutError(OperationalError):
    """Refreshes, another flip or this one took longer than FLIP_TIMEOUT. Nothing was changed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RolledBack:
    """The generation that is active now, and what no longer publishes by itself."""

    generation: Generation
    held_back: HeldBack


def lock_active_generation() -> ActiveGeneration:
    """The row to change, waiting for refreshes in progress."""
    ActiveGeneration.objects.get_or_create(pk=ActiveGeneration.ROW_ID)
    return ActiveGeneration.objects.select_for_update().get(pk=ActiveGeneration.ROW_ID)


def publish(*, generation_id: int, at: datetime, expected_active_id: Expected = ANY) -> bool:
    """Make a READY generation the active one; False if a newer one is active by now.

    Raises NotPublishableError, ActiveChangedError, FlipTimeoutError.
    """
    with _flip(expected_active_id) as active:
        if active.generation_id == generation_id:
            return True
        generation = Generation.objects.select_for_update().get(pk=generation_id)
        if generation.state != State.READY:
            raise NotPublishableError(f"{generation} is {generation.state}, not ready")
        return _replace(active, generation, at=at)


def publish_unasked(*, generation_id: int, at: datetime) -> bool:
    """Publish what has just been built; False if nobody reads it now.

    It may have been cancelled, held back or overtaken up to the moment the locks are ours.
    """
    own = Generation.objects.filter(pk=generation_id, state=State.READY, publish=True)
    with _flip() as active:
        generation = own.select_for_update().first()
        return generation is not None and _replace(active, generation, at=at)


def roll_back(
    *, at: datetime, generation_id: int | None = None, expected_active_id: Expected = ANY
) -> RolledBack:
    """Return to a generation that was active once, by default the one of `roll_back_target`.

    What is being trained or built is held back, or its end would undo this at once.

    Raises NotPublishableError, ActiveChangedError, FlipTimeoutError.
    """
    with _flip(expected_active_id) as active:
        target = _lock_target(generation_id, at=at)
        held_back = hold_back()
        _activate(active, target, at=at)
    return RolledBack(generation=target, held_back=held_back)


@contextmanager
def _flip(expected_active_id: Expected = ANY) -> Iterator[ActiveGeneration]:
    """A transaction that holds the active generation, with a time limit of its own."""
    try:
        with transaction.atomic():
            _limit_statements()
            active = lock_active_generation()
            if expected_active_id not in (ANY, active.generation_id):
                raise ActiveChangedError("another generation became active meanwhile")
            yield active
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise FlipTimeoutError(
                f"it took longer than {FLIP_TIMEOUT.total_seconds():g} seconds"
            ) from error
        raise


def _limit_statements() -> None:
    with connection.cursor() as cursor:
        milliseconds = FLIP_TIMEOUT // timedelta(milliseconds=1)
        cursor.execute(f"SET LOCAL statement_timeout = {milliseconds}")


def _lock_target(generation_id: int | None, *, at: datetime) -> Generation:
    default = roll_back_target().first()
    if generation_id is None:
        wished, wanted = roll_back_target(), "any earlier generation"
    else:
        wished, wanted = _once_active().filter(pk=generation_id), f"generation {generation_id}"
    # A purge that has begun with the generation is waited for, and it no longer qualifies then.
    target = wished.select_for_update().first()
    if target is None:
        raise NotPublishableError(f"{wanted} is not there to go back to")
    if target != default and (target.retired_at is None or target.retired_at <= at - RETENTION):
        raise NotPublishableError(f"the lists of {target} may already have been removed")
    return target


def _replace(active: ActiveGeneration, generation: Generation, *, at: datetime) -> bool:
    if active.generation_id and active.generation_id > generation.pk:
        _retire(generation.pk, at=at)
        return False
    _activate(active, generation, at=at)
    return True


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
    notifications.tell_everyone()


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
        nudges = 0,
        -- A write that has been seen is not waited for anew when its list is taken back.
        unseen_at = CASE WHEN moved.revision < taste.revision THEN taste.unseen_at END,
        unseen_xid = CASE WHEN moved.revision < taste.revision THEN taste.unseen_xid END
    FROM moved
    WHERE taste.user_id = moved.user_id
"""


def _point_tastes_at(generation_id: int) -> None:
    """Every viewer's `listed_revision` becomes what this generation holds for the viewer.

    Who is set back by that waits for the realtime sweep, also those of a bulk import: they had a
    list that knew more. Rows are locked by ascending id, as every other bulk writer does.
    """
    with connection.cursor() as cursor:
        cursor.execute(_POINT_TASTES, [generation_id])
