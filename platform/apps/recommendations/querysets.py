from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import models
from django.db.models import ExpressionWrapper, OuterRef, Q, Subquery
from django.db.models.lookups import IsNull

from apps.favorites.models import Favorite, NotInterested, Rating, WatchEntry
from apps.movies.models import Credit, Movie

from .cursors import Place

if TYPE_CHECKING:
    from collections.abc import Collection

    from apps.favorites.hidden import Hidden
    from apps.users.models import User

    # Named in the annotations below.
    from .models import Impression, RecommendationList  # noqa: F401


class RecommendationListQuerySet(models.QuerySet["RecommendationList"]):
    def for_user(self, user: User) -> RecommendationListQuerySet:
        return self.filter(user=user)

    def newest(self) -> RecommendationListQuerySet:
        return self.order_by("-id")


class ImpressionQuerySet(models.QuerySet["Impression"]):
    def for_user(self, user: User) -> ImpressionQuerySet:
        return self.filter(user=user)

    def oldest_first(self) -> ImpressionQuerySet:
        return self.order_by("shown_at", "pk")


class PopularFilm(NamedTuple):
    place: Place
    is_visible: bool


def visible_movie_ids(user: User, movie_ids: Collection[int], *, hidden: Hidden) -> set[int]:
    """Those of the films that may be shown and are new to the viewer, who has not hidden them."""
    films = Movie.objects.listed().filter(pk__in=movie_ids)
    rows = films.values_list("pk", _is_visible(user, hidden))
    return {movie_id for movie_id, is_visible in rows if is_visible}


def popular_films(
    user: User, *, hidden: Hidden, after: Place | None, count: int
) -> list[PopularFilm]:
    """The most popular films behind a place, visible to the viewer or not."""
    films = Movie.objects.listed().by_popularity()
    if after is not None:
        # The first condition is where the index is entered.
        films = films.filter(vote_count__lte=after.votes).filter(
            Q(vote_count__lt=after.votes) | Q(pk__gt=after.movie_id)
        )
    rows = films.values_list("pk", "vote_count", _is_visible(user, hidden))[:count]
    return [PopularFilm(Place(votes, movie_id), is_visible) for movie_id, votes, is_visible in rows]


def _is_visible(user: User, hidden: Hidden) -> ExpressionWrapper[Q]:
    """Whether the viewer neither knows nor hid a film."""
    refusals: list[models.QuerySet[Any]] = [
        Rating.objects.for_user(user),
        Favorite.objects.for_user(user),
        WatchEntry.objects.for_user(user).finished(),
        NotInterested.objects.for_user(user),
    ]
    if hidden.person_ids:
        refusals.append(Credit.objects.filter(person__in=hidden.person_ids))
    if hidden.genre_ids:
        refusals.append(Movie.genres.through.objects.filter(genre__in=hidden.genre_ids))
    condition = Q(*(_has_none(rows) for rows in refusals))
    return ExpressionWrapper(condition, output_field=models.BooleanField())


def _has_none(rows: models.QuerySet[Any]) -> IsNull:
    """Whether none of the rows is about the film, looked up in an index for each film.

    For EXISTS the planner might rather read all that a viewer rated, or all films of a genre.
    """
    of_film = rows.filter(movie=OuterRef("pk")).order_by()
    return IsNull(Subquery(of_film.values("movie")[:1]), True)
