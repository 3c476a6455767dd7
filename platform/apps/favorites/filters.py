"""What a viewer narrows lists of own rows by. Every row names a film."""

import re
from contextlib import suppress
from datetime import UTC, date, datetime, time
from typing import Any, ClassVar

from django import forms
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.drainage import set_override

from apps.core.parameters import LARGEST_INTEGER
from apps.movies.filter_fields import (
    LONGEST_TITLE_PART,
    DigitsField,
    RangesForm,
    TruthField,
    WordsField,
)
from apps.movies.filters import GenresFilter, OrderingFilter
from apps.movies.models import EARLIEST_YEAR, LATEST_YEAR, Genre, Movie
from apps.movies.querysets import Orderings

from .models import MAX_SCORE, MIN_SCORE, Favorite, Rating, WatchEntry, WatchlistEntry
from .querysets import (
    WATCHED_PROGRESS,
    OwnedQuerySet,
    WatchEntryQuerySet,
    WatchlistEntryQuerySet,
    is_among,
)

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class DayField(forms.Field):
    """A day as `2026-11-22` and in no other form, of which Django's field takes several."""

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        # Python reads other forms of ISO 8601, too, such as 2026-W47-7.
        with suppress(ValueError):
            if _DAY.fullmatch(value):
                return date.fromisoformat(value)
        raise forms.ValidationError("A day such as 2026-11-22.", code="invalid")


class DescribedFilter(filters.Filter):  # type: ignore[misc]  # the library is untyped
    """Has a schema of its own in the document, with its help text."""

    schema: ClassVar[dict[str, Any]]

    def __init__(self, *, help_text: str, **options: Any) -> None:
        super().__init__(**options)
        bounds = {"minimum": "min_value", "maximum": "max_value", "maxLength": "max_length"}
        bound = {name: options[option] for name, option in bounds.items() if option in options}
        set_override(self, "field", self.schema | bound | {"description": help_text})


class DigitsFilter(DescribedFilter):
    field_class = DigitsField
    schema = {"type": "integer"}


class DayFilter(DescribedFilter):
    field_class = DayField
    schema = {"type": "string", "format": "date"}


class TruthFilter(DescribedFilter):
    field_class = TruthField
    schema = {"type": "boolean"}


class TitleWordsFilter(DescribedFilter):
    field_class = WordsField
    schema = {"type": "string", "minLength": 1}


def _orderings(*known: str, **columns: str) -> Orderings:
    """Both directions of each; what is not known comes last, rows that tie by their age.

    Columns that are always known, and titles, are sorted plainly, as indexes hold them.
    """
    plain = {name: name for name in known} | {"title": "movie__title"}
    falling = {name: F(column).desc(nulls_last=True) for name, column in columns.items()}
    rising = {name: F(column).asc(nulls_last=True) for name, column in columns.items()}
    return {
        **{f"-{name}": (f"-{column}", "-pk") for name, column in plain.items()},
        **{f"-{name}": (order, "-pk") for name, order in falling.items()},
        **{name: (column, "pk") for name, column in plain.items()},
        **{name: (order, "pk") for name, order in rising.items()},
    }


_YEAR = {"year": "movie__year"}
_YEARS = {"field_name": "movie__year", "min_value": EARLIEST_YEAR, "max_value": LATEST_YEAR}
_SCORES = {"field_name": "score", "min_value": MIN_SCORE, "max_value": MAX_SCORE}


class LibraryFilter(filters.FilterSet):  # type: ignore[misc]  # the library is untyped
    # The column of the moment that `since` and `until` are about.
    moment: ClassVar[str]

    genre = GenresFilter(method="of_genres")
    year = DigitsFilter(**_YEARS, help_text="The year of release.")
    year_min = DigitsFilter(**_YEARS, lookup_expr="gte", help_text="Released then or later.")
    year_max = DigitsFilter(**_YEARS, lookup_expr="lte", help_text="Released then or earlier.")
    q = TitleWordsFilter(
        method="with_words",
        strip=False,
        max_length=LONGEST_TITLE_PART,
        help_text="Words; each is somewhere in the title or the original title, in any case.",
    )
    since = DayFilter(method="from_day", help_text="On this day or later, in UTC.")
    until = DayFilter(method="until_day", help_text="On this day or earlier, in UTC.")
    movie_id = DigitsFilter(
        field_name="movie_id",
        min_value=1,
        max_value=LARGEST_INTEGER,
        help_text="Only what is about this film.",
    )

    class Meta:
        form = RangesForm
        fields: list[str] = []

    def of_genres(
        self, rows: OwnedQuerySet[Any], _name: str, genres: list[Genre]
    ) -> OwnedQuerySet[Any]:
        if not genres:
            return rows
        of_any: QuerySet[Any, Any] = Movie.genres.through.objects.filter(
            genre__in=genres, movie__in=self._own_movie_ids()
        )
        of_all = of_any.values("movie_id").annotate(known=Count("pk")).filter(known=len(genres))
        return rows.about(of_all.values("movie_id"))

    def with_words(self, rows: OwnedQuerySet[Any], _name: str, words: str) -> OwnedQuerySet[Any]:
        if not words:
            return rows
        films = Movie.objects.filter(is_among("pk", self._own_movie_ids()))
        for word in words.split():
            films = films.filter(Q(title__icontains=word) | Q(original_title__icontains=word))
        return rows.about(films.values("pk"))

    def _own_movie_ids(self) -> QuerySet[Any, Any]:
        """Of all rows of the viewer, whatever else narrows them."""
        return self.queryset.order_by().values("movie_id")  # type: ignore[no-any-return]  # the library is untyped

    def from_day(self, rows: QuerySet[Any], _name: str, day: date) -> QuerySet[Any]:
        return rows.filter(**{f"{self.moment}__gte": datetime.combine(day, time.min, UTC)})

    def until_day(self, rows: QuerySet[Any], _name: str, day: date) -> QuerySet[Any]:
        return rows.filter(**{f"{self.moment}__lte": datetime.combine(day, time.max, UTC)})


class FavoriteFilter(LibraryFilter):
    moment = "created_at"

    ordering = OrderingFilter(
        _orderings("created_at", **_YEAR),
        help_text="Default `-created_at`: newest first.",
    )

    class Meta(LibraryFilter.Meta):
        model = Favorite


class RatingFilter(LibraryFilter):
    moment = "rated_at"

    score_min = DigitsFilter(**_SCORES, lookup_expr="gte", help_text="This score or better.")
    score_max = DigitsFilter(**_SCORES, lookup_expr="lte", help_text="This score or worse.")
    ordering = OrderingFilter(
        _orderings("score", "updated_at", rated_at="rated_at", **_YEAR),
        help_text="Default `-updated_at`: most recently changed first.",
    )

    class Meta(LibraryFilter.Meta):
        model = Rating


class WatchHistoryFilter(LibraryFilter):
    moment = "watched_at"

    finished = TruthFilter(
        method="by_end", help_text=f"Seen to {WATCHED_PROGRESS} % or more, or not."
    )
    ordering = OrderingFilter(
        _orderings("progress", watched_at="watched_at", **_YEAR),
        help_text="Default `-watched_at`: newest first, those of unknown moment last.",
    )

    class Meta(LibraryFilter.Meta):
        model = WatchEntry

    def by_end(self, rows: WatchEntryQuerySet, _name: str, is_finished: bool) -> WatchEntryQuerySet:  # noqa: FBT001  # the signature is the library's
        return rows.finished() if is_finished else rows.filter(progress__lt=WATCHED_PROGRESS)


class WatchlistFilter(LibraryFilter):
    moment = "created_at"

    watched = TruthFilter(method="by_viewing", help_text="Seen already, or not.")
    ordering = OrderingFilter(
        _orderings("created_at", **_YEAR),
        help_text="Default `-created_at`: newest first.",
    )

    class Meta(LibraryFilter.Meta):
        model = WatchlistEntry

    def by_viewing(
        self,
        rows: WatchlistEntryQuerySet,
        _name: str,
        is_watched: bool,  # noqa: FBT001  # the signature is the library's
    ) -> WatchlistEntryQuerySet:
        viewings = WatchEntry.objects.finished().filter(
            user=OuterRef("user"), movie=OuterRef("movie")
        )
        return rows.filter(Exists(viewings) if is_watched else ~Exists(viewings))
