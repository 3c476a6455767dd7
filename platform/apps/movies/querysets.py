from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F

if TYPE_CHECKING:
    from .models import Movie  # noqa: F401  # named in the annotations below

# Each order has an index and ends in the key, so that pages neither repeat nor skip a film.
ORDERINGS: dict[str, tuple[str | models.expressions.OrderBy, ...]] = {
    "-popularity": ("-vote_count", "pk"),
    "popularity": ("vote_count", "-pk"),
    "-year": (F("year").desc(nulls_last=True), "pk"),
    "year": ("year", "-pk"),
    "title": ("title", "pk"),
    "-title": ("-title", "-pk"),
}


class MovieQuerySet(models.QuerySet["Movie"]):
    def with_genres(self) -> MovieQuerySet:
        return self.prefetch_related("genres")

    def listed(self) -> MovieQuerySet:
        """What everybody may be shown unasked: neither adult titles nor those TMDb removed."""
        return self.filter(adult=False, tombstoned_at__isnull=True)

    def by_popularity(self) -> MovieQuerySet:
        """Most popular first; films nobody voted for yet keep the order in which they came."""
        return self.sorted_by("-popularity")

    def sorted_by(self, ordering: str) -> MovieQuerySet:
        return self.order_by(*ORDERINGS[ordering])
