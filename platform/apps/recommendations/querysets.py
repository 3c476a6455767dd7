from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef

from apps.favorites.models import Favorite, Rating
from apps.movies.models import Movie

if TYPE_CHECKING:
    from apps.users.models import User

    from .models import RecommendationList  # noqa: F401  # named in the annotations below


class RecommendationListQuerySet(models.QuerySet["RecommendationList"]):
    def for_user(self, user: User) -> RecommendationListQuerySet:
        return self.filter(user=user)

    def newest(self) -> RecommendationListQuerySet:
        return self.order_by("-id")


def visible_movie_ids(user: User, movie_ids: list[int]) -> set[int]:
    """Those of the films that may be shown and that the viewer neither rated nor favourited."""
    movies = Movie.objects.listed().filter(
        ~Exists(Rating.objects.for_user(user).filter(movie=OuterRef("pk"))),
        ~Exists(Favorite.objects.for_user(user).filter(movie=OuterRef("pk"))),
        pk__in=movie_ids,
    )
    return set(movies.values_list("pk", flat=True))
