from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from .models import Movie  # noqa: F401  # named in the annotations below


class MovieQuerySet(models.QuerySet["Movie"]):
    def with_genres(self) -> MovieQuerySet:
        return self.prefetch_related("genres")

    def by_popularity(self) -> MovieQuerySet:
        """Most popular first; films nobody voted for yet keep the order in which they came."""
        return self.order_by("-vote_count", "-popularity", "pk")
