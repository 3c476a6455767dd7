from typing import Any

from django import forms
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field

from apps.core.errors import ErrorCode
from apps.core.parameters import INTEGER

from .models import EARLIEST_YEAR, LATEST_YEAR, Genre, Movie
from .querysets import ORDERINGS, MovieQuerySet

SHORTEST_TITLE_PART = 2
LONGEST_TITLE_PART = 100


class OrderingField(forms.ChoiceField):
    def validate(self, value: str) -> None:
        if value and value not in ORDERINGS:
            message = f"The orderings are {', '.join(ORDERINGS)}."
            raise forms.ValidationError(message, code=ErrorCode.UNKNOWN_PARAMETER.value)


class OrderingFilter(filters.ChoiceFilter):  # type: ignore[misc]  # the library is untyped
    field_class = OrderingField


class YearField(forms.IntegerField):
    """Digits only: Django's field takes `1999.0` and `+1999`, too."""

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        if not INTEGER.fullmatch(value):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return int(value)


@extend_schema_field(
    {
        "type": "integer",
        "minimum": EARLIEST_YEAR,
        "maximum": LATEST_YEAR,
        "description": "The year of release.",
    }
)
class YearFilter(filters.NumberFilter):  # type: ignore[misc]  # the library is untyped
    field_class = YearField


@extend_schema_field(
    {
        "type": "string",
        "minLength": SHORTEST_TITLE_PART,
        "maxLength": LONGEST_TITLE_PART,
        "description": "A part of the title, in any case of letters.",
    }
)
class TitleFilter(filters.CharFilter):  # type: ignore[misc]  # the library is untyped
    pass


@extend_schema_field(
    {
        "type": "string",
        "minLength": 1,
        "description": "The slug of a genre, such as `science-fiction`.",
    }
)
class GenreFilter(filters.ModelChoiceFilter):  # type: ignore[misc]  # the library is untyped
    pass


class NoEmptyValuesForm(forms.Form):
    """Refuses `?year=`, which Django's forms take for no filter at all."""

    def clean(self) -> None:
        for name in self.fields.keys() & self.data.keys():
            if not self.data[name]:
                self.add_error(name, forms.ValidationError("Empty: leave it out.", code="invalid"))


class MovieFilter(filters.FilterSet):  # type: ignore[misc]  # the library is untyped
    genre = GenreFilter(
        field_name="genres",
        queryset=Genre.objects.all(),
        to_field_name="slug",
        error_messages={"invalid_choice": "No such genre: /api/v1/movies/genres/ lists the slugs."},
    )
    year = YearFilter(min_value=EARLIEST_YEAR, max_value=LATEST_YEAR)
    title = TitleFilter(
        lookup_expr="icontains",
        strip=False,
        min_length=SHORTEST_TITLE_PART,
        max_length=LONGEST_TITLE_PART,
    )
    ordering = OrderingFilter(
        method="in_order",
        choices=[(name, name) for name in ORDERINGS],
        help_text="Default `-popularity`: most popular first.",
    )

    class Meta:
        model = Movie
        form = NoEmptyValuesForm
        fields: list[str] = []

    def in_order(self, queryset: MovieQuerySet, _name: str, value: str) -> MovieQuerySet:
        return queryset.sorted_by(value)
