"""The end of a build: lists anew for those who wrote while it was going on, then the flip.

A generation's shards are read when they are built. Published as it is, it would set back all
viewers who got a list since: to one that knows less, and into the realtime queue all at once,
where whoever writes then would wait behind them.
"""

import logging
from datetime import timedelta

from django.db import connection, transaction

from apps.recommendations import publishing
from apps.recommendations.models import Generation
from services.leasing import Clock

from . import model_store
from .bulk_lists import draft_lists, insert_lists
from .list_rows import ListDraft
from .loading import ChosenUsers

logger = logging.getLogger(__name__)

USERS_AT_ONCE = 100
# Each has only those to do who wrote during the one before. The sweep sees to who is left.
ROUNDS = 5
# Of the minute that the task has, which the flip itself may need a large part of.
MOST_TIME = timedelta(seconds=15)

State = Generation.State

# Who would be set back: of the viewers who wrote or got a list since the build began, by
# whichever host's clock. A flip to another generation may have brought one that knows more, too.
# `+ 0`: of a generation so young the planner knows nothing, takes it for empty, and would read all
# of its lists for each viewer, by the generation's index. A viewer's lists are few in any case.
_BEHIND = """
    SELECT taste.user_id FROM favorites_taste AS taste
    WHERE greatest(taste.listed_at, taste.changed_at) >= %(snapshot_at)s - interval '1 minute'
        AND taste.listed_revision > coalesce((
        SELECT list.revision FROM recommendations_recommendationlist AS list
        WHERE list.user_id = taste.user_id AND list.generation_id + 0 = %(generation_id)s
        ORDER BY list.id DESC LIMIT 1
    ), 0)
    ORDER BY taste.user_id
"""
_NEWEST = """
    SELECT DISTINCT ON (user_id) user_id, revision FROM recommendations_recommendationlist
    WHERE generation_id + 0 = %s AND user_id = ANY(%s)
    ORDER BY user_id, id DESC
"""


def publish_if_ready(generation_id: int, *, clock: Clock) -> None:
    if _is_due(generation_id):
        try:
            _catch_up(generation_id, clock)
        except Exception:
            # Everybody waits for the flip, and the sweep sees to who is behind.
            logger.exception("Generation %s is published without catching up", generation_id)
        publishing.publish_unasked(generation_id=generation_id, at=clock())


def viewers_behind(generation: Generation) -> list[int]:
    """Ascending ids of those whom publishing it would set back."""
    with connection.cursor() as cursor:
        cursor.execute(
            _BEHIND, {"generation_id": generation.pk, "snapshot_at": generation.snapshot_at}
        )
        return [user_id for (user_id,) in cursor.fetchall()]


def _is_due(generation_id: int) -> bool:
    rows = Generation.objects.filter(pk=generation_id, state=State.READY, publish=True)
    return rows.exists()


def _catch_up(generation_id: int, clock: Clock) -> None:
    generation = Generation.objects.select_related("model_version").get(pk=generation_id)
    until = clock() + MOST_TIME
    for _ in range(ROUNDS):
        behind = viewers_behind(generation)
        if not behind:
            return
        logger.info("%s viewers got a list while %s was built", len(behind), generation)
        for start in range(0, len(behind), USERS_AT_ONCE):
            user_ids = tuple(behind[start : start + USERS_AT_ONCE])
            if clock() >= until or not _list_anew(generation, user_ids, clock):
                return


def _list_anew(generation: Generation, user_ids: tuple[int, ...], clock: Clock) -> bool:
    """Whether the generation still waits to be published."""
    model = model_store.open_model(generation.model_version)
    drafts = draft_lists(model, generation, ChosenUsers(user_ids))
    return _insert_unless_read(generation.pk, drafts, clock)


@transaction.atomic
def _insert_unless_read(generation_id: int, drafts: list[ListDraft], clock: Clock) -> bool:
    """Once it is read, a viewer's own refresh may already have added a list that knows more.

    So may another worker that ends the same build, whose lists are followed by newer ones alone.
    """
    rows = Generation.objects.select_for_update()
    if not rows.filter(pk=generation_id, state=State.READY, publish=True).exists():
        return False
    newest = _newest_revisions(generation_id, [draft.user_id for draft in drafts])
    newer = [draft for draft in drafts if draft.revision > newest.get(draft.user_id, -1)]
    if newer:
        insert_lists(newer, generation_id, at=clock())
    return True


def _newest_revisions(generation_id: int, user_ids: list[int]) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, [generation_id, user_ids])
        return dict(cursor.fetchall())
