"""What a viewer narrows the recommendations by, and the films that fit.

There are two ways to ask the same, as the planner cannot know which is the cheaper one. Of films
that are at hand each is probed, by its id. What else there is of a narrow filter is found by its
own indexes, whatever the films' votes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields.array import (  # type: ignore[attr-defined]  # the stubs lack it
    ArrayOverlap,
)
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import IsNull

from apps.movies.models import Movie, WatchAvailability
from apps.movies.watching import COUNTRY, OFFERS, offered_by

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, kw_only=True, slots=True)
class Watchable:
    """By one of the providers, with one of the offers, in the country."""

    country: str
    provider_ids: tuple[int, ...]
    offers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """Of the film itself; None asks for nothing, and a film must be of all of the genres."""

    genre_ids: tuple[int, ...] = ()
    year: int | None = None
    year_min: int | None = None
    year_max: int | None = None
    runtime_min: int | None = None
    runtime_max: int | None = None
    language: str | None = None
    watchable: Watchable | None = None

    @property
    def is_any(self) -> bool:
        return self == ANY_FILM

    def probed(self) -> Q:
        """Whether a film fits, looked up in an index for each film."""
        of_rows = (_has_some(rows) for rows in self._rows())
        return Q(self._columns(), *of_rows)

    def found(self) -> Q:
        """The same, as the films that have such rows."""
        return Q(self._columns(), *(Q(pk__in=rows.values("movie_id")) for rows in self._rows()))

    def _columns(self) -> Q:
        wanted = {
            "year": self.year,
            "year__gte": self.year_min,
            "year__lte": self.year_max,
            "runtime__gte": self.runtime_min,
            "runtime__lte": self.runtime_max,
            "original_language": self.language,
        }
        return Q(**{lookup: value for lookup, value in wanted.items() if value is not None})

    def _rows(self) -> Iterator[QuerySet[Any]]:
        """Each tells of films that fit."""
        for genre_id in self.genre_ids:
            yield Movie.genres.through.objects.filter(genre=genre_id)
        if self.watchable is not None:
            yield _offers(self.watchable)


ANY_FILM = Facts()


@dataclass(frozen=True, kw_only=True, slots=True)
class Filters:
    facts: Facts = ANY_FILM
    excluded: frozenset[int] = frozenset()
    include_seen: bool = False


def _offers(watchable: Watchable) -> QuerySet[WatchAvailability]:
    provider_ids = list(watchable.provider_ids)
    return WatchAvailability.objects.filter(
        # The first two are what the index knows, the others what was asked for.
        ArrayOverlap(COUNTRY, [watchable.country]),
        ArrayOverlap(offered_by(OFFERS), provider_ids),
        ArrayOverlap(offered_by(watchable.offers), provider_ids),
        country=watchable.country,
    )


def _has_some(rows: QuerySet[Any]) -> IsNull:
    of_film = rows.filter(movie=OuterRef("pk")).order_by()
    return IsNull(Subquery(of_film.values("movie")[:1]), False)
