from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from apps.core.events import announce
from apps.favorites import signals
from apps.favorites.models import WatchlistEntry
from apps.users.models import User

from .tastes import bump_taste


@dataclass(frozen=True, kw_only=True, slots=True)
class WatchlistAdded:
    entry: WatchlistEntry
    created: bool
    revision: int


@transaction.atomic
def add_to_watchlist(*, user: User, movie_id: int, at: datetime) -> WatchlistAdded:
    revision = bump_taste(user_id=user.pk, at=at)
    entry, created = WatchlistEntry.objects.get_or_create(user=user, movie_id=movie_id)
    announce(signals.watchlist_added, user_id=user.pk, movie_id=movie_id, revision=revision)
    return WatchlistAdded(entry=entry, created=created, revision=revision)


@transaction.atomic
def remove_from_watchlist(*, user: User, entry_id: int, at: datetime) -> int:
    """Take a film off the viewer's watchlist.

    Raises:
        WatchlistEntry.DoesNotExist: the viewer has no such entry (any more).
    """
    revision = bump_taste(user_id=user.pk, at=at)
    entry = WatchlistEntry.objects.for_user(user).get(pk=entry_id)
    entry.delete()
    announce(signals.watchlist_removed, user_id=user.pk, movie_id=entry.movie_id, revision=revision)
    return revision
