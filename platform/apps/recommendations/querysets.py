from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import models
from django.db.models import ExpressionWrapper, F, OuterRef, Q, Subquery
from django.db.models.lookups import IsNull

from apps.favorites.models import Favorite, NotInterested, Rating, WatchEntry
from apps.movies.models import Credit, ListName, Movie

from .cursors import Place

if TYPE_CHECKING:
    from collections.abc import Collection

    from apps.favorites.hidden import Hidden
    from apps.movies.querysets import MovieQuerySet
    from apps.users.models import User

    from .filters import Filters

    # Named in the annotations below.
    from .models import Impression, OnboardingSkip, RecommendationList  # noqa: F401

# As many as TMDb shows on the first page of a list.
MOST_TRENDING = 20


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


class OnboardingSkipQuerySet(models.QuerySet["OnboardingSkip"]):
    def for_user(self, user: User) -> OnboardingSkipQuerySet:
        return self.filter(user=user)


class PopularFilm(NamedTuple):
    place: Place
    is_visible: bool


def visible_movie_ids(
    user: User, movie_ids: Collection[int], *, hidden: Hidden, filters: Filters
) -> set[int]:
    """Those of the films that may be shown, fit, and are not what the viewer knows or hid."""
    films = Movie.objects.listed().filter(pk__in=set(movie_ids) - filters.excluded)
    rows = films.values_list("pk", _is_visible(user, hidden, filters, filters.facts.probed()))
    return {movie_id for movie_id, is_visible in rows if is_visible}


def trending_movie_ids() -> list[int]:
    """What TMDb says is trending today and may be shown; nothing where it was never asked."""
    listed = Movie.objects.listed().filter(list_entries__list=ListName.TRENDING_DAY)
    return list(listed.order_by("list_entries__rank").values_list("pk", flat=True)[:MOST_TRENDING])


def popular_films(
    user: User, *, hidden: Hidden, filters: Filters, after: Place | None, count: int
) -> list[PopularFilm]:
    """The most popular films behind a place, visible to the viewer or not."""
    films = _behind(after).by_popularity()
    is_visible = _is_visible(user, hidden, filters, filters.facts.probed())
    return _popular(films, is_visible, filters, count=count)


def fitting_films(
    user: User, *, hidden: Hidden, filters: Filters, after: Place | None, count: int
) -> list[PopularFilm]:
    """Of the films that fit, the most popular ones behind a place, visible or not."""
    # The sum is what no index is sorted by: the films that fit are found first, then sorted.
    films = _behind(after).filter(filters.facts.found())
    films = films.order_by(-(F("vote_count") + 0), "pk")
    return _popular(films, _is_visible(user, hidden, filters), filters, count=count)


def _behind(after: Place | None) -> MovieQuerySet:
    films = Movie.objects.listed()
    if after is None:
        return films
    # The first condition is where the index is entered.
    return films.filter(vote_count__lte=after.votes).filter(
        Q(vote_count__lt=after.votes) | Q(pk__gt=after.movie_id)
    )


def _popular(
    films: MovieQuerySet, is_visible: ExpressionWrapper[Q], filters: Filters, *, count: int
) -> list[PopularFilm]:
    rows = films.values_list("pk", "vote_count", is_visible)[:count]
    return [
        PopularFilm(Place(votes, movie_id), bool(is_visible) and movie_id not in filters.excluded)
        for movie_id, votes, is_visible in rows
    ]


def _is_visible(
    user: User, hidden: Hidden, filters: Filters, fits: Q | None = None
) -> ExpressionWrapper[Q]:
    """Whether a film fits and is not hidden nor, unless seen ones are asked for, known."""
    refusals: list[models.QuerySet[Any]] = [NotInterested.objects.for_user(user)]
    if not filters.include_seen:
        refusals += [
            Rating.objects.for_user(user),
            Favorite.objects.for_user(user),
            WatchEntry.objects.for_user(user).finished(),
        ]
    if hidden.person_ids:
        refusals.append(Credit.objects.filter(person__in=hidden.person_ids))
    if hidden.genre_ids:
        refusals.append(Movie.genres.through.objects.filter(genre__in=hidden.genre_ids))
    condition = Q(fits or Q(), *(_has_none(rows) for rows in refusals))
    return ExpressionWrapper(condition, output_field=models.BooleanField())


def _has_none(rows: models.QuerySet[Any]) -> IsNull:
    """Whether none of the rows is about the film, looked up in an index for each film.

    For EXISTS the planner might rather read all that a viewer rated, or all films of a genre.
    """
    of_film = rows.filter(movie=OuterRef("pk")).order_by()
    return IsNull(Subquery(of_film.values("movie")[:1]), True)
