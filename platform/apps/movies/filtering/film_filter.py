"""What films are narrowed to, as conditions on `film`: a row of films, or a document of theirs.

There are two ways to ask the same, as in `apps.recommendations.filters`: of films that are at hand
each is probed; films of a narrow filter are found by its own indexes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from apps.core.database import array_of
from apps.movies.search.queries import all_of
from apps.movies.watching import Watchable

from . import facts

FACTS = "film.facts @@ %(facts)s::tsquery"
# Of what is asked of a number, by the name of the field that holds it.
_NUMBERS = {
    "vote_average_min": "film.vote_average >= %(vote_average_min)s",
    "vote_average_max": "film.vote_average <= %(vote_average_max)s",
    "vote_count_min": "film.vote_count >= %(vote_count_min)s",
    "vote_count_max": "film.vote_count <= %(vote_count_max)s",
    "runtime_min": "film.runtime >= %(runtime_min)s",
    "runtime_max": "film.runtime <= %(runtime_max)s",
}
_YEARS = {
    "year": "film.year = %(year)s",
    "year_min": "film.year >= %(year_min)s",
    "year_max": "film.year <= %(year_max)s",
}
_MOST_YEARS = 20
# Other conditions tell these, too; what is sorted by such a column is bounded by it.
_DATES = {
    "released_until": "film.release_date <= %(today)s",
    "released_after": "film.release_date > %(today)s",
}
_BOUNDS = _NUMBERS | _YEARS | _DATES
_RELEASED = "coalesce(film.release_date, make_date(film.year, 12, 31)) {} %(today)s"
_TITLE = "upper(film.title) LIKE upper(%(title)s)"
# The planner does not look into an array that is unnested, which may have very many ids.
_OTHERS = "film.id NOT IN (SELECT unnest(%(excluded_ids)s::int[]))"
_OF_PERSON = "movies_credit AS of_film WHERE of_film.person_id = %(person_{})s"


@dataclass(frozen=True, kw_only=True, slots=True)
class FilmFilter:
    """None, and what is empty, asks for nothing. Films have all that is asked for.

    Of `any_genre_ids`, `languages`, `countries` and `certifications` one suffices. `today` is the
    day by which a film is released or not. `include_adult` asks for films for adults as well.
    """

    genre_ids: tuple[int, ...] = ()
    any_genre_ids: tuple[int, ...] = ()
    keyword_ids: tuple[int, ...] = ()
    person_ids: tuple[int, ...] = ()
    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    certifications: tuple[str, ...] = ()
    certification_country: str | None = None
    year: int | None = None
    year_min: int | None = None
    year_max: int | None = None
    vote_average_min: float | None = None
    vote_average_max: float | None = None
    vote_count_min: int | None = None
    vote_count_max: int | None = None
    runtime_min: int | None = None
    runtime_max: int | None = None
    watchable: Watchable | None = None
    is_released: bool | None = None
    today: date | None = None
    title: str = ""
    excluded_ids: frozenset[int] = frozenset()
    include_adult: bool = False

    @property
    def is_every_film(self) -> bool:
        """Whether nothing narrows the films that lists may show."""
        return replace(self, include_adult=False) == EVERY_FILM

    @property
    def released_until(self) -> date | None:
        return self.today if self.is_released else None

    @property
    def released_after(self) -> date | None:
        return self.today if self.is_released is False else None

    @property
    def facts(self) -> str:
        """A `tsquery` of the facts asked for, empty if there are none."""
        asked = list(filter(None, self._facts()))
        return all_of((*asked, self._years())) if self._has_years_as_facts else all_of(asked)

    @property
    def _has_years_as_facts(self) -> bool:
        """Beside other facts, if they are few: the index puts the films of all of them together,
        and then sees which have the others. Else the films' own column tells them.
        """
        return bool(self._years()) and any(self._facts())

    def bounds(self, names: Iterable[str]) -> list[str]:
        """Of these fields, the conditions on numbers and days."""
        return [_BOUNDS[name] for name in names if getattr(self, name) is not None]

    def probed(self) -> list[str]:
        """Conditions that look a film up in indexes by its id."""
        return [*self._columns(), *map(_probe, (*self._of_people(), *self._offered()))]

    def narrowed(self) -> list[str]:
        """The same for the films of a search, which may be very many: people have few films."""
        of_people = map(_among, self._of_people())
        return [*self._columns(), *of_people, *map(_probe, self._offered())]

    def found(self) -> list[str]:
        """The same, by the films that have such rows."""
        return [*self._columns(), *map(_among, (*self._of_people(), *self._offered()))]

    def estimated(self) -> list[str]:
        """What the planner has statistics of."""
        offered = [self.watchable.likely_rows()] if self.watchable else []
        return [*self._columns(), *map(_among, (*self._of_people(), *offered))]

    def parameters(self) -> dict[str, Any]:
        """What the conditions name; `facts` is that of the document."""
        named: dict[str, Any] = {name: getattr(self, name) for name in _BOUNDS}
        named |= {f"person_{at}": person_id for at, person_id in enumerate(self.person_ids)}
        named |= self.watchable.parameters() if self.watchable else {}
        return named | {
            "facts": self.facts,
            "today": self.today,
            "title": _contained(self.title),
            "excluded_ids": array_of(self.excluded_ids),
        }

    def _columns(self) -> Iterator[str]:
        yield from self.bounds(_NUMBERS)
        if self.year is not None or not self._has_years_as_facts:
            yield from self.bounds(_YEARS)
        if self.is_released is not None:
            yield _RELEASED.format("<=" if self.is_released else ">")
        if self.title:
            yield _TITLE
        if self.excluded_ids:
            yield _OTHERS

    def _of_people(self) -> Iterator[str]:
        """Rows of each, by which films fit."""
        return (_OF_PERSON.format(at) for at in range(len(self.person_ids)))

    def _offered(self) -> Iterator[str]:
        if self.watchable is not None:
            yield self.watchable.rows()

    def _facts(self) -> Iterator[str]:
        yield from map(facts.of_genre, self.genre_ids)
        yield from map(facts.of_keyword, self.keyword_ids)
        yield facts.of_any_genre(self.any_genre_ids)
        yield facts.of_languages(self.languages)
        yield facts.of_countries(self.countries)
        if self.certification_country is not None:
            yield facts.of_certifications(self.certification_country, self.certifications)

    def _years(self) -> str:
        """As a `tsquery`, if they are few."""
        first = self.year if self.year_min is None else self.year_min
        last = self.year if self.year_max is None else self.year_max
        if first is None or last is None or last - first >= _MOST_YEARS:
            return ""
        return facts.of_years(first, last)


EVERY_FILM = FilmFilter()


def _probe(rows: str) -> str:
    return f"(SELECT true FROM {rows} AND of_film.movie_id = film.id LIMIT 1)"  # noqa: S608  # texts of ours


def _among(rows: str) -> str:
    return f"film.id IN (SELECT of_film.movie_id FROM {rows})"  # noqa: S608  # texts of ours


def _contained(text: str) -> str:
    """As a pattern of `LIKE`."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
