from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F

from apps.movies.querysets import NOT_ON_CARDS

if TYPE_CHECKING:
    from apps.users.models import User

    from .models import Favorite, Rating, Taste  # noqa: F401  # named in the annotations below

_NOT_SHOWN = tuple(f"movie__{column}" for column in NOT_ON_CARDS)


class FavoriteQuerySet(models.QuerySet["Favorite"]):
    def for_user(self, user: User) -> FavoriteQuerySet:
        return self.filter(user=user)

    def newest_first(self) -> FavoriteQuerySet:
        return self.order_by("-created_at", "-pk")

    def with_movies(self) -> FavoriteQuerySet:
        return self.select_related("movie").defer(*_NOT_SHOWN).prefetch_related("movie__genres")


class RatingQuerySet(models.QuerySet["Rating"]):
    def for_user(self, user: User) -> RatingQuerySet:
        return self.filter(user=user)

    def newest_first(self) -> RatingQuerySet:
        return self.order_by("-updated_at", "-pk")

    def with_movies(self) -> RatingQuerySet:
        return self.select_related("movie").defer(*_NOT_SHOWN).prefetch_related("movie__genres")


class TasteQuerySet(models.QuerySet["Taste"]):
    def for_user(self, user: User) -> TasteQuerySet:
        return self.filter(user=user)

    def waiting(self) -> TasteQuerySet:
        """Viewers whose own writes no current list has seen yet."""
        return self.filter(revision__gt=F("listed_revision"), is_realtime=True)
