from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from apps.core.events import announce
from apps.favorites import signals
from apps.favorites.models import Rating
from apps.users.models import User

from .tastes import bump_taste

_NEXT_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class RatingSaved:
    rating: Rating
    created: bool
    revision: int


@transaction.atomic
def rate_movie(*, user: User, movie_id: int, score: int, at: datetime) -> RatingSaved:
    """Record or replace the viewer's score (1 to 10) of a film that exists."""
    revision = bump_taste(user_id=user.pk, at=at)
    rating = Rating.objects.for_user(user).filter(movie_id=movie_id).first()
    created = rating is None
    if rating is None:
        rating = Rating.objects.create(user=user, movie_id=movie_id, score=score, rated_at=at)
    else:
        _change(rating, score=score, at=at)
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
    _change(rating, score=score, at=at)
    announce(signals.rating_saved, user_id=user.pk, movie_id=rating.movie_id, revision=revision)
    return RatingSaved(rating=rating, created=False, revision=revision)


def _change(rating: Rating, *, score: int, at: datetime) -> None:
    """What is said now is the latest word, also after a device whose clock was ahead of ours."""
    told_before = rating.rated_at is not None and rating.rated_at >= at
    rating.rated_at = rating.rated_at + _NEXT_MOMENT if rating.rated_at and told_before else at
    rating.score = score
    rating.save(update_fields=["score", "rated_at", "updated_at"])


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
