"""The list of one viewer, rebuilt after the viewer's own writes."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from django.db import transaction
from django.db.models import Q

from apps.favorites.models import Taste
from apps.recommendations.push import notifications
from apps.recommendations.waiting import MIN_INTERVAL
from services.leasing import Clock
from services.recommender.histories import Histories

from . import freshness, model_store, onboarding, refresh_rows
from .hidden import read_hidden
from .list_rows import ListDraft
from .loading import UserRange, read_history
from .refresh_rows import Active

# A message may arrive a little before the moment it was sent for.
CLOCK_TOLERANCE = timedelta(milliseconds=50)
MAX_STARTS = 5


class Outcome(Enum):
    BUILT = "built"
    CURRENT = "the list has seen every write"
    BUSY = "another worker builds this list"
    TOO_SOON = "the last list is younger than a second"
    NO_GENERATION = "nothing is published that can be added to"
    GONE = "the viewer is gone or going"
    FLIPPED = "another generation became active meanwhile"


@dataclass(frozen=True, slots=True)
class Refreshed:
    """`again_in`: the caller sends one more message for the viewer, due after that time.

    `written_at`: the viewer's newest write if a list was built that is the first to have seen it.
    `awaited`: what is to be measured of that list; `waited`: how long it took, if it was stored.
    """

    outcome: Outcome
    again_in: timedelta | None = None
    written_at: datetime | None = None
    awaited: freshness.Awaited | None = None
    waited: freshness.Waited | None = None


def refresh_user(*, user_id: int, clock: Clock) -> Refreshed:
    """Build the viewer's list if a write waits for it. Safe to call twice, late or for nobody."""
    for _ in range(MAX_STARTS):
        with transaction.atomic():
            refreshed = _refresh(user_id, clock)
        if refreshed.outcome is not Outcome.FLIPPED:
            break
    if refreshed.awaited is None:
        return refreshed
    return replace(refreshed, waited=freshness.record(refreshed.awaited, at=clock()))


def _refresh(user_id: int, clock: Clock) -> Refreshed:
    # The revision is read before the ratings, so the list may have seen more than it claims.
    found = refresh_rows.lock_and_read(user_id)
    taste, active = found.taste, found.active
    if not found.is_ours:
        # The holder may have read the revision before the write that sent this message.
        return Refreshed(Outcome.BUSY, _claim_nudge(user_id, MIN_INTERVAL, at=clock()))
    if taste is None:
        return Refreshed(Outcome.GONE)
    if taste.revision <= taste.listed_revision:
        return Refreshed(Outcome.CURRENT)
    if active is None:
        return Refreshed(Outcome.NO_GENERATION)
    now = clock()
    wait = _time_to_wait(taste.listed_at, now)
    if wait:
        return Refreshed(Outcome.TOO_SOON, _claim_nudge(user_id, wait, at=now))
    history = read_history(user_id)
    draft = _draft_list(history, taste.revision, active)
    # Chosen before the rows are locked that the viewer's writes wait for.
    questions = onboarding.choose_questions(history, model_version_id=active.version.pk)
    at = clock()
    refreshed = _store(draft, active, read=taste, read_at=now, at=at)
    if questions is not None and refreshed.outcome is Outcome.BUILT:
        onboarding.store_questions(questions, user_id=user_id, revision=taste.revision, at=at)
    return refreshed


def _draft_list(history: Histories, revision: int, active: Active) -> ListDraft:
    (user_id,) = history.user_ids.tolist()
    model = model_store.open_model(active.version)
    (draft,) = active.recipe.make_lists(
        model,
        history,
        read_hidden(UserRange(user_id, user_id), model),
        {user_id: revision},
    )
    return draft


def _unseen_write(taste: Taste) -> datetime | None:
    """The newest write, unless a list of a generation that was rolled back had seen it."""
    if taste.changed_at and taste.listed_at and taste.listed_at >= taste.changed_at:
        return None
    return taste.changed_at


def _time_to_wait(listed_at: datetime | None, now: datetime) -> timedelta | None:
    if listed_at is None:
        return None
    wait = min(listed_at + MIN_INTERVAL - now, MIN_INTERVAL)
    return wait if wait > CLOCK_TOLERANCE else None


def _claim_nudge(user_id: int, wait: timedelta, *, at: datetime) -> timedelta | None:
    """Of all messages that come too soon exactly one is sent again, when the time has come."""
    free = Q(nudge_at__isnull=True) | Q(nudge_at__lte=at + CLOCK_TOLERANCE)
    claimed = Taste.objects.filter(free, pk=user_id).update(nudge_at=at + wait)
    return wait if claimed else None


def _store(
    draft: ListDraft, active: Active, *, read: Taste, read_at: datetime, at: datetime
) -> Refreshed:
    """`read` is the Taste as it was at `read_at`, before the viewer's history was read."""
    held = refresh_rows.hold(draft.user_id, active.generation_id)
    if held.generation_id != active.generation_id:
        return Refreshed(Outcome.FLIPPED)
    if held.taste is None:
        return Refreshed(Outcome.GONE)
    if draft.revision <= held.taste.listed_revision:
        return Refreshed(Outcome.CURRENT)
    if not held.has_account:
        return Refreshed(Outcome.GONE)
    written_at = _unseen_write(read)
    list_id = refresh_rows.store(
        draft,
        generation_id=active.generation_id,
        at=at,
        written_at=written_at,
        unseen=freshness.still_unseen(held.taste, seen=draft.revision, read_at=read_at),
    )
    notifications.tell_of_list(user_id=draft.user_id)
    awaited = freshness.awaited(list_id, read, published_at=active.published_at)
    return Refreshed(Outcome.BUILT, written_at=written_at, awaited=awaited)
