"""Filters of admin lists that an index serves, without a choice of all rows."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest

from .model_admins import as_id


class NumberFilter(admin.FieldListFilter):
    """A number to type: the id of a related row, or a plain integer field."""

    template = "core/admin/number_filter.html"

    def __init__(self, field: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(field, *args, **kwargs)
        self.title = f"{self.title} id" if field.is_relation else self.title

    def expected_parameters(self) -> list[str | None]:
        return [self.field_path]

    def has_output(self) -> bool:
        return True

    @property
    def term(self) -> str:
        values: Any = self.used_parameters.get(self.field_path) or [""]
        return str(values[-1]).strip()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002  # the signature is Django's
        if not self.term:
            return queryset
        number = as_id(self.term)
        if number is None:
            raise IncorrectLookupParameters
        return queryset.filter(**{self.field_path: number})

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """One form; the other filters and the search go along as hidden fields."""
        others = changelist.get_filters_params()
        yield {
            "name": self.field_path,
            "value": self.term,
            "hidden": [
                (name, value)
                for name, values in others.items()
                if name != self.field_path
                for value in (values if isinstance(values, list) else [values])
            ],
            "query": changelist.query,
            "clear": changelist.get_query_string(remove=[self.field_path]),
        }
