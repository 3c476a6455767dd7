from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef

from apps.favorites.models import Favorite, NotInterested, Rating, WatchEntry
from apps.movies.models import Credit, Movie

if TYPE_CHECKING:
    from collections.abc import Collection

    from apps.favorites.hidden import Hidden
    from apps.movies.querysets import MovieQuerySet
    from apps.users.models import User

    from .models import RecommendationList  # noqa: F401  # named in the annotations below


class RecommendationListQuerySet(models.QuerySet["RecommendationList"]):
    def for_user(self, user: User) -> RecommendationListQuerySet:
        return self.filter(user=user)

    def newest(self) -> RecommendationListQuerySet:
        return self.order_by("-id")


def visible_movie_ids(user: User, movie_ids: Collection[int], *, hidden: Hidden) -> set[int]:
    """Those of the films that may be shown and are new to the viewer, who has not hidden them."""
    movies = _without_hidden(unseen_films(user).filter(pk__in=movie_ids), hidden, len(movie_ids))
    return set(movies.values_list("pk", flat=True))


def unseen_films(user: User) -> MovieQuerySet:
    """Films that may be shown, without what the viewer rated, favourited, watched or hid."""
    of_user = (
        Rating.objects.for_user(user),
        Favorite.objects.for_user(user),
        WatchEntry.objects.for_user(user).finished(),
        NotInterested.objects.for_user(user),
    )
    return Movie.objects.listed().filter(
        *(~Exists(rows.filter(movie=OuterRef("pk"))) for rows in of_user)
    )


def _without_hidden(films: MovieQuerySet, hidden: Hidden, count: int) -> MovieQuerySet:
    """Those of `count` films with no credit of a hidden person and of no hidden genre.

    Who hides neither pays for neither. The limit has the planner find the films first and then look
    into the credits and genres of these, not into all films of a genre.
    """
    if not hidden.person_ids and not hidden.genre_ids:
        return films
    films = Movie.objects.filter(pk__in=films.values("pk")[:count])
    credits_ = Credit.objects.filter(movie=OuterRef("pk"), person__in=hidden.person_ids)
    genres = Movie.genres.through.objects.filter(movie=OuterRef("pk"), genre__in=hidden.genre_ids)
    return films.filter(~Exists(credits_), ~Exists(genres))
