from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Case, F, Func, Q, Value, When

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .models import Movie  # noqa: F401  # named in the annotations below

# What `order_by` takes, by the name that a client gives it.
Orderings = Mapping[str, tuple[str | models.expressions.OrderBy, ...]]

# Each order has an index and ends in the key, so that pages neither repeat nor skip a film.
ORDERINGS: Orderings = {
    "-popularity": ("-vote_count", "pk"),
    "popularity": ("vote_count", "-pk"),
    "-year": (F("year").desc(nulls_last=True), "pk"),
    "year": ("year", "-pk"),
    "title": ("title", "pk"),
    "-title": ("-title", "-pk"),
}

# As in the index `movie_search_idx`. Signs that would join words part them; apostrophes do so, too,
# for d'Amélie, and vanish, for those who look for Oceans Eleven.
_PARTED = "translate(%(expressions)s, '-./:_<>&@''’', '           ')"  # noqa: RUF001  # in print
_JOINED = "translate(%(expressions)s, '-./:_<>&@''’', '         ')"  # noqa: RUF001  # as above
_DOCUMENT = Func(
    Func("title", "original_title", template=_PARTED, arg_joiner=" || ' ' || "),
    Func("title", template=_JOINED),
    template="to_tsvector('simple', %(expressions)s)",
    arg_joiner=" || ' ' || ",
    output_field=models.TextField(),
)
# Text without a word in it becomes NULL, which matches nothing.
_QUERY = f"(nullif(plainto_tsquery('simple', {_PARTED})::text, '') || ':*')::tsquery"


class MovieQuerySet(models.QuerySet["Movie"]):
    def listed(self) -> MovieQuerySet:
        """What everybody may be shown unasked: neither adult titles nor those TMDb removed."""
        return self.filter(adult=False, tombstoned_at__isnull=True)

    def by_popularity(self) -> MovieQuerySet:
        """Most popular first; films nobody voted for yet keep the order in which they came."""
        return self.sorted_by("-popularity")

    def sorted_by(self, ordering: str) -> MovieQuerySet:
        return self.order_by(*ORDERINGS[ordering])

    def in_order_of(self, field: str, values: Sequence[int]) -> MovieQuerySet:
        """Those whose field is among the values, in the order of these."""
        position = Func(
            Value(list(values)),
            F(field),
            template="array_position(%(expressions)s)",
            output_field=models.IntegerField(),
        )
        return self.filter(**{f"{field}__in": values}).order_by(position)

    def matching(self, text: str) -> MovieQuerySet:
        """Films with all the words in their titles, the last of them perhaps only begun.

        First those that are called so, then those whose title begins so, then the others; each
        of these by votes.
        """
        query = Func(Value(text), template=_QUERY, output_field=models.TextField())
        is_match = Func(
            _DOCUMENT,
            query,
            template="%(expressions)s",
            arg_joiner=" @@ ",
            output_field=models.BooleanField(),
        )
        # Most films of a frequent word do not begin with it, so that is asked first.
        nearness = Case(
            When(~Q(title__istartswith=text) & ~Q(original_title__istartswith=text), then=2),
            When(Q(title__iexact=text) | Q(original_title__iexact=text), then=0),
            default=1,
            output_field=models.IntegerField(),
        )
        return self.filter(is_match).order_by(nearness, "-vote_count", "-popularity", "pk")
