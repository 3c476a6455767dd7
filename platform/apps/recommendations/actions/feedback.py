"""What viewers say of a recommended film, written as what it is in their library."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from django.db import transaction

from apps.favorites.actions import hide_subject, lock_taste, rate_movie, record_viewing
from apps.favorites.models import WHOLE, NotInterested, Rating, WatchEntry
from apps.movies.models import Movie
from apps.users.models import User

from .impressions import ShownFilm, record_events

LIKE_SCORE = 8
DISLIKE_SCORE = 2
# A rating that says the same already is more exact than a thumb, and stays.
LIKED_FROM = 7
DISLIKED_TO = 4


class Feedback(StrEnum):
    LIKE = "like"
    DISLIKE = "dislike"
    NOT_INTERESTED = "not_interested"
    ALREADY_SEEN = "already_seen"


class Outcome(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    NOT_RECORDED = "not_recorded"


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """The row that says what the viewer said; None in private, of which no viewing is kept."""

    row: Rating | NotInterested | WatchEntry | None
    outcome: Outcome
    revision: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedbackGiven:
    written: Written
    is_attributed: bool


@transaction.atomic
def give_feedback(
    *,
    user: User,
    movie: Movie,
    feedback: Feedback,
    list_id: int | None,
    surface: str,
    at: datetime,
) -> FeedbackGiven:
    """Write what the viewer says of a film; said again, nothing changes.

    With `list_id` the film was shown in that list, whether or not it was told before.
    """
    revision = lock_taste(user_id=user.pk)
    # Before the write: what it leads to comes after the film was shown.
    is_attributed = list_id is not None and _attribute(
        user, ShownFilm(movie_id=movie.pk, list_id=list_id, surface=surface, at=at)
    )
    written = _WRITERS[feedback](user, movie, revision, at)
    return FeedbackGiven(written=written, is_attributed=is_attributed)


def _attribute(user: User, shown: ShownFilm) -> bool:
    recorded = record_events(user=user, events=[shown], at=shown.at)
    return recorded is not None and not recorded.refusals


def _like(user: User, movie: Movie, revision: int, at: datetime) -> Written:
    return _rate(user, movie, revision, at, score=LIKE_SCORE)


def _dislike(user: User, movie: Movie, revision: int, at: datetime) -> Written:
    return _rate(user, movie, revision, at, score=DISLIKE_SCORE)


def _rate(user: User, movie: Movie, revision: int, at: datetime, *, score: int) -> Written:
    rating = Rating.objects.for_user(user).filter(movie=movie).first()
    if rating is not None and _says_the_same(rating.score, score):
        return Written(row=rating, outcome=Outcome.UNCHANGED, revision=revision)
    saved = rate_movie(user=user, movie_id=movie.pk, score=score, at=at)
    outcome = Outcome.CREATED if saved.created else Outcome.CHANGED
    return Written(row=saved.rating, outcome=outcome, revision=saved.revision)


def _says_the_same(present: int, score: int) -> bool:
    return present >= LIKED_FROM if score >= LIKED_FROM else present <= DISLIKED_TO


def _hide(user: User, movie: Movie, revision: int, at: datetime) -> Written:
    row = NotInterested.objects.for_user(user).filter(movie=movie).first()
    if row is not None:
        return Written(row=row, outcome=Outcome.UNCHANGED, revision=revision)
    added = hide_subject(user=user, subject=movie, at=at)
    return Written(row=added.row, outcome=Outcome.CREATED, revision=added.revision)


def _watch(user: User, movie: Movie, revision: int, at: datetime) -> Written:
    seen = WatchEntry.objects.for_user(user).finished().filter(movie=movie).order_by("pk").first()
    if seen is not None:
        return Written(row=seen, outcome=Outcome.UNCHANGED, revision=revision)
    # When that was, the viewer does not say.
    saved = record_viewing(user=user, movie_id=movie.pk, watched_at=None, progress=WHOLE, at=at)
    if saved is None:
        return Written(row=None, outcome=Outcome.NOT_RECORDED, revision=revision)
    return Written(row=saved.entry, outcome=Outcome.CREATED, revision=saved.revision)


_WRITERS: Mapping[Feedback, Callable[[User, Movie, int, datetime], Written]] = MappingProxyType(
    {
        Feedback.LIKE: _like,
        Feedback.DISLIKE: _dislike,
        Feedback.NOT_INTERESTED: _hide,
        Feedback.ALREADY_SEEN: _watch,
    }
)
