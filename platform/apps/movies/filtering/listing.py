"""Pages of the films that a filter leaves, in an order.

Either films are walked through in the order until the page is full, or those that fit are found and
sorted. The first takes the longer the fewer fit, the second the more do. How many that are is what
the planner takes for likely; where it is wrong, films are walked through in vain, but never more
than it would have sorted.
"""

import json
from dataclasses import dataclass
from typing import Any

from django.db import connection

from .film_filter import EVERY_FILM, LISTED, FilmFilter
from .orderings import ORDERINGS, Ordering

_COLUMNS = ", ".join(
    f"film.{name}"
    for name in (
        *("id", "title", "year", "release_date", "runtime"),
        *("vote_average", "vote_count"),
    )
)
_DOCUMENT = "movies_searchdocument AS document"
_FITS = "document.facts @@ %(facts)s::tsquery"
# So many times as many films as would do if those that fit lay evenly are walked through, since
# they do not; and at least so large a part of those that would have to be sorted.
_UNEVEN = 10
_LEAST_PART = 0.1
_FILMS = "SELECT reltuples FROM pg_class WHERE oid = 'movies_movie'::regclass"


@dataclass(frozen=True, slots=True)
class FilteredFilms:
    """Ids of films, of which a slice can be read."""

    films: FilmFilter
    ordering: str

    def __getitem__(self, wanted: slice, /) -> list[int]:
        """The slice has a start and an end."""
        if self.films == EVERY_FILM:
            return self.walked(wanted, most=None)
        most = self._worth_walking(wanted.stop)
        if most >= wanted.stop:
            walked = self.walked(wanted, most=most)
            if len(walked) == wanted.stop - wanted.start:
                return walked
        return self.sorted(wanted)

    def walked(self, wanted: slice, *, most: int | None) -> list[int]:
        """Among the first `most` films of the order."""
        # What is kept from being merged into the rest is looked up for one film after the other.
        fits = (
            f"JOIN LATERAL (SELECT true FROM {_DOCUMENT}"  # noqa: S608  # texts of ours
            f" WHERE document.movie_id = film.id AND {_FITS} OFFSET 0) AS fits ON true"
            if self.films.facts
            else ""
        )
        bounds = [LISTED, self._order.known, *self.films.bounds(self._order.bounds)]
        films = (
            f"SELECT {_COLUMNS} FROM movies_movie AS film"  # noqa: S608  # as above
            f" WHERE {_all(bounds)} ORDER BY {self._order.by} LIMIT %(most)s"
        )
        return self._read(
            f"SELECT film.id FROM ({films}) AS film {fits} WHERE {_all(self.films.probed())}",  # noqa: S608  # as above
            wanted,
            most=most,
        )

    def sorted(self, wanted: slice) -> list[int]:
        """Among all."""
        return self._read(
            f"WITH film AS MATERIALIZED (SELECT {_COLUMNS} {self._fitting()})"  # noqa: S608  # as above
            " SELECT film.id FROM film",
            wanted,
        )

    def _worth_walking(self, last: int) -> int:
        fitting = self.estimated()
        evenly = last * max(_films(), fitting) / max(fitting, 1)
        return int(min(max(_UNEVEN * evenly, _LEAST_PART * fitting), fitting))

    def estimated(self) -> int:
        """How many films fit, as far as the planner knows."""
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (FORMAT JSON) SELECT {self._fitting()}", self._parameters())
            (plan,) = cursor.fetchone()
        parsed = plan if isinstance(plan, list) else json.loads(plan)
        rows: int = parsed[0]["Plan"]["Plan Rows"]
        return rows

    def _fitting(self) -> str:
        conditions = [LISTED, self._order.known, *self.films.found()]
        tables = "FROM movies_movie AS film"
        if self.films.facts:
            tables += f" JOIN {_DOCUMENT} ON document.movie_id = film.id"
            conditions.append(_FITS)
        return f"{tables} WHERE {_all(conditions)}"

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


def _films() -> float:
    with connection.cursor() as cursor:
        cursor.execute(_FILMS)
        (films,) = cursor.fetchone()
    return float(films)
