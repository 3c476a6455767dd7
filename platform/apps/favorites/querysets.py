from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import F, Func

if TYPE_CHECKING:
    from apps.users.models import User

    from .models import (  # noqa: F401  # named in the annotations below
        Favorite,
        IdempotencyKey,
        NotInterested,
        Rating,
        SavedSearch,
        Taste,
        WatchEntry,
        WatchlistEntry,
    )

# From here on a viewing counts as having watched the film: the credits, and a little before.
WATCHED_PROGRESS = 80


Row = TypeVar("Row", bound=models.Model)


def is_among(column: str, ids: models.QuerySet[Any, Any]) -> Func:
    """Whether the column is one of the ids, all of which are gathered first.

    With a plain IN the planner may look up whatever is asked for row by row, in the order of the
    list: for a viewer with very many rows, of which hardly any matches, that takes longest.
    """
    return Func(
        F(column),
        ArraySubquery(ids),
        template="%(expressions)s)",
        arg_joiner=" = ANY(",
        output_field=models.BooleanField(),
    )


class OwnedQuerySet(models.QuerySet[Row]):
    def for_user(self, user: User) -> Self:
        return self.filter(user=user)

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-pk")

    def about(self, movie_ids: models.QuerySet[Any, Any]) -> Self:
        return self.filter(is_among("movie_id", movie_ids))


class FavoriteQuerySet(OwnedQuerySet["Favorite"]):
    pass


class RatingQuerySet(OwnedQuerySet["Rating"]):
    def newest_first(self) -> Self:
        return self.order_by("-updated_at", "-pk")


class WatchEntryQuerySet(OwnedQuerySet["WatchEntry"]):
    def newest_first(self) -> Self:
        """By the moment of the viewing; those of which nobody knows it come last."""
        return self.order_by(F("watched_at").desc(nulls_last=True), "-pk")

    def finished(self) -> Self:
        """Viewings that count as having watched the film."""
        return self.filter(progress__gte=WATCHED_PROGRESS)


class WatchlistEntryQuerySet(OwnedQuerySet["WatchlistEntry"]):
    pass


class NotInterestedQuerySet(OwnedQuerySet["NotInterested"]):
    def with_subjects(self) -> Self:
        return self.select_related("person", "genre")


class SavedSearchQuerySet(OwnedQuerySet["SavedSearch"]):
    pass


class IdempotencyKeyQuerySet(OwnedQuerySet["IdempotencyKey"]):
    pass


class TasteQuerySet(models.QuerySet["Taste"]):
    def for_user(self, user: User) -> TasteQuerySet:
        return self.filter(user=user)

    def current_revision(self) -> int:
        """How much the one viewer wrote so far; there is no row before the first write."""
        return self.values_list("revision", flat=True).first() or 0

    def waiting(self) -> TasteQuerySet:
        """Viewers whose own writes no current list has seen yet."""
        return self.filter(revision__gt=F("listed_revision"), is_realtime=True)
