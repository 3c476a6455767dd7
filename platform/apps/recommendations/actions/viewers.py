"""What viewers ask for."""

from datetime import datetime

from django.db import transaction

from apps.core.events import announce
from apps.favorites.actions import bump_taste_unless_waiting
from apps.recommendations import signals


@transaction.atomic
def request_own_refresh(*, user_id: int, at: datetime) -> int:
    """Ask for a new list of the viewer; the revision that it will have seen.

    Where a write waits for its list already, that list is the one: nothing is counted or announced.
    """
    revision, is_new = bump_taste_unless_waiting(user_id=user_id, at=at)
    if is_new:
        announce(signals.refresh_requested, user_id=user_id)
    return revision
