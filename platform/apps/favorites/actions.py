"""A viewer's own writes. Each bumps the viewer's Taste in the same transaction, row first.

The Taste row is locked before anything else, so the writes of one viewer run one after the
other and a refresh that reads the revision before the ratings never misses one.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from apps.core.events import announce
from apps.users.models import User

from . import signals
from .models import Favorite, Rating


@dataclass(frozen=True, kw_only=True, slots=True)
class RatingSaved:
    rating: Rating
    created: bool
    revision: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FavoriteAdded:
    favorite: Favorite
    created: bool
    revision: int


_BUMP = """
    INSERT INTO favorites_taste
        (user_id, revision, listed_revision, is_realtime, changed_at, nudges)
    VALUES (%s, 1, 0, true, %s, 0)
    ON CONFLICT (user_id) DO UPDATE
    SET revision = favorites_taste.revision + 1, is_realtime = true,
        changed_at = excluded.changed_at, nudges = 0
    RETURNING revision
"""


def bump_taste(*, user_id: int, at: datetime) -> int:
    """Lock the viewer's Taste row, count one more write and return the new revision."""
    with connection.cursor() as cursor:
        cursor.execute(_BUMP, [user_id, at])
        revision: int = cursor.fetchone()[0]
    return revision


_BUMP_MANY = """
    INSERT INTO favorites_taste
        (user_id, revision, listed_revision, is_realtime, changed_at, nudges)
    SELECT id, 1, 0, true, %s, 0 FROM users_user WHERE id = ANY(%s) ORDER BY id
    ON CONFLICT (user_id) DO UPDATE
    SET revision = favorites_taste.revision + 1, is_realtime = true,
        changed_at = excluded.changed_at, nudges = 0
    RETURNING user_id
"""


def bump_tastes(*, user_ids: Collection[int], at: datetime) -> list[int]:
    """What `bump_taste` does, for those of the viewers who exist, by ascending id; their ids."""
    with connection.cursor() as cursor:
        cursor.execute(_BUMP_MANY, [at, list(user_ids)])
        return [user_id for (user_id,) in cursor.fetchall()]


@transaction.atomic
def rate_movie(*, user: User, movie_id: int, score: int, at: datetime) -> RatingSaved:
    """Record or replace the viewer's score (1 to 10) of a film that exists."""
    revision = bump_taste(user_id=user.pk, at=at)
    rating, created = Rating.objects.update_or_create(
        user=user, movie_id=movie_id, defaults={"score": score, "rated_at": at}
    )
    announce(signals.rating_saved, user_id=user.pk, movie_id=movie_id, revision=revision)
    return RatingSaved(rating=rating, created=created, revision=revision)


@transaction.atomic
def change_rating(*, user: User, rating_id: int, score: int, at: datetime) -> RatingSaved:
    """Replace the score of a rating that the viewer has.

    Raises:
        Rating.DoesNotExist: the viewer has no such rating (any more).
    """
    revision = bump_taste(user_id=user.pk, at=at)
    rating = Rating.objects.for_user(user).with_movies().get(pk=rating_id)
    rating.score, rating.rated_at = score, at
    rating.save(update_fields=["score", "rated_at", "updated_at"])
    announce(signals.rating_saved, user_id=user.pk, movie_id=rating.movie_id, revision=revision)
    return RatingSaved(rating=rating, created=False, revision=revision)


@transaction.atomic
def delete_rating(*, user: User, rating_id: int, at: datetime) -> int:
    """Raises Rating.DoesNotExist, as `change_rating` does."""
    revision = bump_taste(user_id=user.pk, at=at)
    rating = Rating.objects.for_user(user).get(pk=rating_id)
    rating.delete()
    announce(signals.rating_deleted, user_id=user.pk, movie_id=rating.movie_id, revision=revision)
    return revision


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
