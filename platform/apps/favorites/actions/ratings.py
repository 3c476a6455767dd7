from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from apps.core.database import columns_of
from apps.core.events import announce
from apps.favorites import signals
from apps.favorites.models import Rating
from apps.users.models import User

from .tastes import bump_taste

_COLUMNS = columns_of(Rating)
# What is said now is the latest word, also after a device whose clock was ahead of ours. A row that
# was there has been locked by this transaction, which its xmax says.
_RATE = f"""
    INSERT INTO favorites_rating AS rating
        (user_id, movie_id, score, rated_at, created_at, updated_at)
    VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (user_id, movie_id) DO UPDATE SET score = excluded.score,
        rated_at = CASE WHEN rating.rated_at >= excluded.rated_at
            THEN rating.rated_at + interval '1 microsecond' ELSE excluded.rated_at END,
        updated_at = excluded.updated_at
    RETURNING {", ".join(_COLUMNS)}, xmax = 0
"""  # noqa: S608  # names of this project's columns


@dataclass(frozen=True, kw_only=True, slots=True)
class RatingSaved:
    rating: Rating
    created: bool
    revision: int


@transaction.atomic
def rate_movie(*, user: User, movie_id: int, score: int, at: datetime) -> RatingSaved:
    """Record or replace the viewer's score (1 to 10) of a film that exists."""
    revision = bump_taste(user_id=user.pk, at=at)
    rating, created = _rate(user.pk, movie_id, score=score, at=at)
    announce(signals.rating_saved, user_id=user.pk, movie_id=movie_id, revision=revision)
    return RatingSaved(rating=rating, created=created, revision=revision)


@transaction.atomic
def change_rating(*, user: User, rating_id: int, score: int, at: datetime) -> RatingSaved:
    """Replace the score of a rating that the viewer has.

    Raises:
        Rating.DoesNotExist: the viewer has no such rating (any more).
    """
    revision = bump_taste(user_id=user.pk, at=at)
    rating = Rating.objects.for_user(user).get(pk=rating_id)
    changed, _ = _rate(user.pk, rating.movie_id, score=score, at=at)
    announce(signals.rating_saved, user_id=user.pk, movie_id=rating.movie_id, revision=revision)
    return RatingSaved(rating=changed, created=False, revision=revision)


def _rate(user_id: int, movie_id: int, *, score: int, at: datetime) -> tuple[Rating, bool]:
    """The rating as it is now, and whether it is new."""
    # As fields with `auto_now` have it.
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_RATE, [user_id, movie_id, score, at, now, now])
        *values, created = cursor.fetchone()
    return Rating.from_db("default", _COLUMNS, values), created


def delete_rating(*, user: User, rating_id: int, at: datetime) -> int:
    """Raises Rating.DoesNotExist, as `change_rating` does."""
    return _delete(user=user, at=at, pk=rating_id)


def delete_rating_of_movie(*, user: User, movie_id: int, at: datetime) -> int:
    """Raises Rating.DoesNotExist where the viewer has not rated the film."""
    return _delete(user=user, at=at, movie_id=movie_id)


@transaction.atomic
def _delete(*, user: User, at: datetime, **named: int) -> int:
    revision = bump_taste(user_id=user.pk, at=at)
    rating = Rating.objects.for_user(user).get(**named)
    rating.delete()
    announce(signals.rating_deleted, user_id=user.pk, movie_id=rating.movie_id, revision=revision)
    return revision
