"""What a viewer narrows the recommendations by, and the films that fit.

There are two ways to ask the same, as the planner cannot know which is the cheaper one. Of films
that are at hand each is probed, by its id. What else there is of a narrow filter is found by its
own indexes, whatever the films' votes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from apps.favorites.hidden import Hidden
from apps.movies.watching import Watchable

_COLUMNS = {
    "year": "film.year = %(year)s",
    "year_min": "film.year >= %(year_min)s",
    "year_max": "film.year <= %(year_max)s",
    "runtime_min": "film.runtime >= %(runtime_min)s",
    "runtime_max": "film.runtime <= %(runtime_max)s",
    "language": "film.original_language = %(language)s",
}


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

    def probed(self) -> str:
        """Whether `film` fits, looked up in an index for each film; empty if every film does."""
        of_rows = (
            f"(SELECT true FROM {rows} AND of_film.movie_id = film.id LIMIT 1)"  # noqa: S608  # texts of ours
            for rows in self._rows()
        )
        return " AND ".join((*self._columns(), *of_rows))

    def found(self) -> str:
        """The same, as the films that have such rows."""
        of_rows = (
            f"film.id IN (SELECT of_film.movie_id FROM {rows})"  # noqa: S608  # as above
            for rows in self._rows()
        )
        return " AND ".join((*self._columns(), *of_rows)) or "true"

    def parameters(self) -> dict[str, Any]:
        """What both name."""
        values: dict[str, Any] = {name: getattr(self, name) for name in _COLUMNS}
        values |= {f"genre_{at}": genre_id for at, genre_id in enumerate(self.genre_ids)}
        if self.watchable is not None:
            values |= self.watchable.parameters()
        return values

    def _columns(self) -> Iterator[str]:
        return (text for name, text in _COLUMNS.items() if getattr(self, name) is not None)

    def _rows(self) -> Iterator[str]:
        """Each tells of films that fit."""
        for at in range(len(self.genre_ids)):
            yield f"movies_movie_genres AS of_film WHERE of_film.genre_id = %(genre_{at})s"
        if self.watchable is not None:
            yield self.watchable.rows()


ANY_FILM = Facts()


@dataclass(frozen=True, kw_only=True, slots=True)
class Filters:
    facts: Facts = ANY_FILM
    excluded: frozenset[int] = frozenset()
    include_seen: bool = False

    def are_refused(self, hidden: Hidden) -> bool:
        """Whether no film can pass them: the viewer does not want any of a genre asked for."""
        return not set(hidden.genre_ids).isdisjoint(self.facts.genre_ids)
