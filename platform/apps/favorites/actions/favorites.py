from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from apps.core.events import announce
from apps.favorites import signals
from apps.favorites.models import Favorite
from apps.users.models import User

from .tastes import bump_taste


@dataclass(frozen=True, kw_only=True, slots=True)
class FavoriteAdded:
    favorite: Favorite
    created: bool
    revision: int


@transaction.atomic
def add_favorite(*, user: User, movie_id: int, at: datetime) -> FavoriteAdded:
    revision = bump_taste(user_id=user.pk, at=at)
    favorite, created = Favorite.objects.get_or_create(user=user, movie_id=movie_id)
    announce(signals.favorite_added, user_id=user.pk, movie_id=movie_id, revision=revision)
    return FavoriteAdded(favorite=favorite, created=created, revision=revision)


@transaction.atomic
def remove_favorite(*, user: User, favorite_id: int, at: datetime) -> int:
    """Take a film off the viewer's favourites.

    Raises:
        Favorite.DoesNotExist: the viewer has no such favourite (any more).
    """
    revision = bump_taste(user_id=user.pk, at=at)
    favorite = Favorite.objects.for_user(user).get(pk=favorite_id)
    favorite.delete()
    announce(
        signals.favorite_removed, user_id=user.pk, movie_id=favorite.movie_id, revision=revision
    )
    return revision
