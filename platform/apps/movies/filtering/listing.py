"""Pages of the films that a filter leaves, in an order.

Either films are walked through in the order until the page is full, or those that fit are found and
sorted. The first takes the longer the fewer fit, the second the more do. How many that are is what
the planner takes for likely. Where it is wrong, or those that fit are not evenly spread, films are
walked through in vain; so they are only as far as that costs no more than sorting may.
"""

import json
from dataclasses import dataclass
from typing import Any

from django.db import connection

from apps.movies.models.search import ADULT_TIER
from apps.movies.shown_films import first_films, is_shown

from .film_filter import FACTS, FilmFilter
from .orderings import ORDERINGS, Ordering

_FILMS = "movies_movie AS film"
# Documents say the same of the films that lists may show, except titles.
_DOCUMENTS = "(SELECT *, movie_id AS id FROM movies_searchdocument) AS film"
_WITH_TITLES = """(
    SELECT document.*, movie.id, movie.title FROM movies_searchdocument AS document
    JOIN movies_movie AS movie ON movie.id = movie_id
) AS film"""
_NOT_FOR_ADULTS = f"film.tier < {ADULT_TIER}"
# What is kept from being merged into the rest is looked up for one film after the other.
_FITS = """
    JOIN LATERAL (
        SELECT true FROM movies_searchdocument AS document
        WHERE document.movie_id = film.id AND document.facts @@ %(facts)s::tsquery OFFSET 0
    ) AS fits ON true
"""
# So many films are walked through whatever fits: most lists begin with well known ones, of which
# more is known than of others. Beyond these, so many times as many as would do if those that fit
# were evenly spread, and at least so large a part of those that would have to be sorted.
_FIRST = 500
_UNEVEN = 10
_LEAST_PART = 0.1
_ALL_FILMS = "SELECT reltuples FROM pg_class WHERE oid = 'movies_movie'::regclass"


@dataclass(frozen=True, slots=True)
class FilteredFilms:
    """Ids of films, of which a slice can be read."""

    films: FilmFilter
    ordering: str

    def __getitem__(self, wanted: slice, /) -> list[int]:
        """The slice has a start and an end."""
        if self.films.is_every_film:
            return self.walked(wanted, most=wanted.stop)
        walked = self.walked(wanted, most=self._worth_walking(wanted.stop))
        if len(walked) == wanted.stop - wanted.start:
            return walked
        return self.sorted(wanted)

    def walked(self, wanted: slice, *, most: int | None) -> list[int]:
        """Among the first `most` films of the order."""
        bounds = [self._order.known, *self.films.bounds(self._order.bounds)]
        first = first_films(
            where=_all(bounds),
            by=self._order.by,
            most="%(most)s",
            include_adult=self.films.include_adult,
        )
        fits = _FITS if self.films.facts else ""
        return self._read(
            f"SELECT film.id FROM ({first}) AS film {fits} WHERE {_all(self.films.probed())}",  # noqa: S608  # texts of ours
            wanted,
            most=most,
        )

    def sorted(self, wanted: slice) -> list[int]:
        """Among all."""
        columns = ", ".join(f"film.{name}" for name in ("id", *self._order.columns))
        return self._read(
            f"WITH film AS MATERIALIZED (SELECT {columns} {self._fitting(self.films.found())})"  # noqa: S608  # as above
            " SELECT film.id FROM film",
            wanted,
        )

    def some(self, count: int) -> list[int]:
        """In no order, whichever are found first; fewer if no more fit."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT film.id {self._fitting(self.films.found())} LIMIT %(count)s",
                self._parameters() | {"count": count},
            )
            return [movie_id for (movie_id,) in cursor.fetchall()]

    def _estimated(self) -> int:
        """How many films fit, as far as the planner knows."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"EXPLAIN (FORMAT JSON) SELECT {self._fitting(self.films.estimated())}",
                self._parameters(),
            )
            (plan,) = cursor.fetchone()
        parsed = plan if isinstance(plan, list) else json.loads(plan)
        rows: int = parsed[0]["Plan"]["Plan Rows"]
        return rows

    def _worth_walking(self, last: int) -> int:
        """How many films."""
        fitting = self._estimated()
        evenly = last * max(_count_films(), fitting) / max(fitting, 1)
        if evenly > fitting:
            return _FIRST
        return int(max(_FIRST, min(max(_UNEVEN * evenly, _LEAST_PART * fitting), fitting)))

    def _fitting(self, asked: list[str]) -> str:
        known = [self._order.known, *asked]
        if not self.films.facts and self.films.is_released is None:
            shown = is_shown(include_adult=self.films.include_adult)
            return f"FROM {_FILMS} WHERE {_all([shown, *known])}"
        has_titles = self.films.title or "title" in self._order.columns
        films = _WITH_TITLES if has_titles else _DOCUMENTS
        facts = [FACTS] if self.films.facts else []
        allowed = [] if self.films.include_adult else [_NOT_FOR_ADULTS]
        return f"FROM {films} WHERE {_all([*facts, *allowed, *known])}"

    def _read(self, films: str, wanted: slice, **parameters: Any) -> list[int]:
        parameters |= {"count": wanted.stop - wanted.start, "start": wanted.start}
        with connection.cursor() as cursor:
            cursor.execute(
                f"{films} ORDER BY {self._order.by} LIMIT %(count)s OFFSET %(start)s",
                self._parameters() | parameters,
            )
            return [movie_id for (movie_id,) in cursor.fetchall()]

    @property
    def _order(self) -> Ordering:
        return ORDERINGS[self.ordering]

    def _parameters(self) -> dict[str, Any]:
        return self.films.parameters()


def _all(conditions: list[str]) -> str:
    return " AND ".join(conditions) or "true"


def _count_films() -> float:
    """As of when statistics were last taken."""
    with connection.cursor() as cursor:
        cursor.execute(_ALL_FILMS)
        (films,) = cursor.fetchone()
    return float(films)
