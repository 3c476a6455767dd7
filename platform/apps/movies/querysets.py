from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Func, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .models import Movie  # noqa: F401  # named in the annotations below

# What `order_by` takes, by the name that a client gives it.
Orderings = Mapping[str, tuple[str | models.expressions.OrderBy, ...]]


class MovieQuerySet(models.QuerySet["Movie"]):
    def listed(self, *, include_adult: bool = False) -> MovieQuerySet:
        """Without what TMDb removed, and without films for adults unless they are asked for."""
        films = self.filter(tombstoned_at__isnull=True)
        return films if include_adult else films.filter(adult=False)

    def by_popularity(self) -> MovieQuerySet:
        """Most popular first; films nobody voted for yet keep the order in which they came."""
        return self.order_by("-vote_count", "pk")

    def in_order_of(self, field: str, values: Sequence[int]) -> MovieQuerySet:
        """Those whose field is among the values, in the order of these."""
        position = Func(
            Value(list(values)),
            F(field),
            template="array_position(%(expressions)s)",
            output_field=models.IntegerField(),
        )
        return self.filter(**{f"{field}__in": values}).order_by(position)
