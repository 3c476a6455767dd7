from typing import Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field

from apps.core.errors import ErrorCode
from apps.core.parameters import INTEGER

from .models import EARLIEST_YEAR, LATEST_YEAR, Genre, Movie
from .querysets import ORDERINGS, MovieQuerySet, Orderings

SHORTEST_TITLE_PART = 2
LONGEST_TITLE_PART = 100
MOST_GENRES = 10

# All names of genres are shorter than this; an address that names the most fits into a request.
_GENRE_NAME = r"[-a-zA-Z0-9_]{1,60}"
GENRES_SCHEMA = {
    "type": "string",
    "pattern": f"^{_GENRE_NAME}(,{_GENRE_NAME}){{0,{MOST_GENRES - 1}}}$",
}
GENRES_DESCRIPTION = (
    "The slug of a genre, such as `science-fiction`, or its id; several with commas between for "
    "films that have them all."
)
_NO_SUCH_GENRE = "No such genre: /api/v1/movies/genres/ lists the slugs."


class OrderingField(forms.ChoiceField):
    def validate(self, value: str) -> None:
        orderings = [str(name) for name, _ in self.choices]  # type: ignore[misc, union-attr]  # pairs
        if value and value not in orderings:
            message = f"The orderings are {', '.join(orderings)}."
            raise forms.ValidationError(message, code=ErrorCode.UNKNOWN_PARAMETER.value)


class OrderingFilter(filters.ChoiceFilter):  # type: ignore[misc]  # the library is untyped
    """Takes one of the names of `orderings`, which holds what `order_by` takes for each."""

    field_class = OrderingField

    def __init__(self, orderings: Orderings, **options: Any) -> None:
        self._orderings = orderings
        super().__init__(choices=[(name, name) for name in orderings], **options)

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return rows.order_by(*self._orderings[value]) if value else rows


class DigitsField(forms.IntegerField):
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
    field_class = DigitsField


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


class WordsField(forms.CharField):
    """Words with one space between; neither more than that nor spaces around them count."""

    def clean(self, value: Any) -> str:
        sent: str = super().clean(value)
        words: str = super().clean(" ".join(sent.split()))
        if sent and not words:
            raise forms.ValidationError("No words: leave it out.", code="invalid")
        return words


class WordsFilter(filters.CharFilter):  # type: ignore[misc]  # the library is untyped
    field_class = WordsField


class GenresField(forms.Field):
    """Slugs or ids with commas between, as the genres that they name."""

    default_error_messages = {"invalid_choice": _NO_SUCH_GENRE}

    def to_python(self, value: Any) -> list[Genre]:
        if value in self.empty_values:
            return []
        ProhibitNullCharactersValidator()(value)
        listed = value.split(",")
        if len(listed) > MOST_GENRES:
            raise forms.ValidationError(f"At most {MOST_GENRES} genres at once.", code="invalid")
        names = set(listed)
        ids = {int(name) for name in names if INTEGER.fullmatch(name)}
        slugs = {name for name in names if not INTEGER.fullmatch(name)}
        genres = list(Genre.objects.filter(Q(pk__in=ids) | Q(slug__in=slugs)))
        if (ids | slugs) - {genre.pk for genre in genres} - {genre.slug for genre in genres}:
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid")
        return genres


@extend_schema_field({**GENRES_SCHEMA, "description": GENRES_DESCRIPTION})
class GenresFilter(filters.Filter):  # type: ignore[misc]  # the library is untyped
    field_class = GenresField


class NoEmptyValuesForm(forms.Form):
    """Refuses `?year=`, which Django's forms take for no filter at all."""

    def clean(self) -> None:
        for name in self.fields.keys() & self.data.keys():
            if not self.data[name] and not self.fields[name].required:
                self.add_error(name, forms.ValidationError("Empty: leave it out.", code="invalid"))


class MovieFilter(filters.FilterSet):  # type: ignore[misc]  # the library is untyped
    genre = GenresFilter(method="of_genres")
    year = YearFilter(min_value=EARLIEST_YEAR, max_value=LATEST_YEAR)
    title = TitleFilter(
        lookup_expr="icontains",
        strip=False,
        min_length=SHORTEST_TITLE_PART,
        max_length=LONGEST_TITLE_PART,
    )
    ordering = OrderingFilter(ORDERINGS, help_text="Default `-popularity`: most popular first.")

    class Meta:
        model = Movie
        form = NoEmptyValuesForm
        fields: list[str] = []

    def of_genres(self, films: MovieQuerySet, _name: str, genres: list[Genre]) -> MovieQuerySet:
        for genre in genres:
            films = films.filter(genres=genre)
        return films


class SearchFilter(filters.FilterSet):  # type: ignore[misc]  # the library is untyped
    """Only says what may be asked; `apps.movies.search` finds it."""

    q = WordsFilter(
        required=True,
        strip=False,
        min_length=SHORTEST_TITLE_PART,
        max_length=LONGEST_TITLE_PART,
    )
    year = YearFilter(min_value=EARLIEST_YEAR, max_value=LATEST_YEAR)
    correct = filters.ChoiceFilter(choices=[(value, value) for value in ("true", "false")])

    class Meta:
        model = Movie
        form = NoEmptyValuesForm
        fields: list[str] = []


class SuggestionFilter(filters.FilterSet):  # type: ignore[misc]  # as above
    q = WordsFilter(required=True, strip=False, max_length=LONGEST_TITLE_PART)

    class Meta:
        model = Movie
        form = NoEmptyValuesForm
        fields: list[str] = []
