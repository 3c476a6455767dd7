"""Filters that lists of several apps have."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field

from .filter_fields import GENRES_DESCRIPTION, GENRES_SCHEMA, GenresField, OrderingField
from .querysets import Orderings


class OrderingFilter(filters.ChoiceFilter):  # type: ignore[misc]  # the library is untyped
    """Takes one of the names of `orderings`, which holds what `order_by` takes for each."""

    field_class = OrderingField

    def __init__(self, orderings: Orderings, **options: Any) -> None:
        self._orderings = orderings
        super().__init__(choices=[(name, name) for name in orderings], **options)

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return rows.order_by(*self._orderings[value]) if value else rows


@extend_schema_field({**GENRES_SCHEMA, "description": GENRES_DESCRIPTION})
class GenresFilter(filters.Filter):  # type: ignore[misc]  # the library is untyped
    field_class = GenresField
