"""What filters of films mean, in plain Python: no database, no documents."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

OFFERS = ("flatrate", "free", "ads", "rent", "buy")
# Without paying for a film in particular.
DEFAULT_OFFERS = OFFERS[:3]
DEFAULT_ORDERING = "-popularity"

Parameters = Mapping[str, str]


class Genre(NamedTuple):
    id: int
    slug: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Film:
    """`watch` holds the ids of providers by country and kind of offer."""

    id: int
    title: str
    year: int | None = None
    release_date: date | None = None
    runtime: int | None = None
    vote_average: float | None = None
    vote_count: int = 0
    language: str = ""
    countries: tuple[str, ...] = ()
    genres: frozenset[Genre] = frozenset()
    keywords: frozenset[int] = frozenset()
    cast: tuple[int, ...] = ()
    crew: tuple[int, ...] = ()
    certifications: tuple[tuple[str, str], ...] = ()
    watch: Mapping[str, Mapping[str, tuple[int, ...]]] = field(default_factory=dict)
    adult: bool = False
    is_removed: bool = False

    def is_listed(self, *, include_adult: bool) -> bool:
        return not self.is_removed and (include_adult or not self.adult)

    @property
    def genre_names(self) -> set[str]:
        """By which the film's genres may be named: slugs, and ids in digits."""
        return {name for genre in self.genres for name in (genre.slug, str(genre.id))}

    @property
    def people(self) -> set[int]:
        return {*self.cast, *self.crew}

    @property
    def released_on(self) -> date | None:
        """At the latest."""
        return self.release_date or (date(self.year, 12, 31) if self.year else None)


class Asked(NamedTuple):
    parameters: Parameters
    today: date
    seen: Collection[int]

    def listed(self, name: str) -> list[str]:
        return self.parameters[name].split(",")

    def ids(self, name: str) -> set[int]:
        return {int(value) for value in self.listed(name)}


def matching(
    films: Iterable[Film], parameters: Parameters, today: date, seen: Collection[int] = ()
) -> list[int]:
    """The ids of the films that satisfy every filter, in the order that was asked for."""
    asked = Asked(parameters, today, seen)
    tests = [TESTS[name] for name in parameters if name in TESTS]
    include_adult = parameters.get("include_adult") == "true"
    listed = [film for film in films if film.is_listed(include_adult=include_adult)]
    found = [film for film in listed if all(test(film, asked) for test in tests)]
    ordered = ORDERINGS[parameters.get("ordering", DEFAULT_ORDERING)](found)
    return [film.id for film in ordered]


def _at_least(name: str, fact: str) -> Callable[[Film, Asked], bool]:
    def test(film: Film, asked: Asked) -> bool:
        value: float | None = getattr(film, fact)
        return value is not None and value >= float(asked.parameters[name])

    return test


def _at_most(name: str, fact: str) -> Callable[[Film, Asked], bool]:
    def test(film: Film, asked: Asked) -> bool:
        value: float | None = getattr(film, fact)
        return value is not None and value <= float(asked.parameters[name])

    return test


def _is_certified(film: Film, asked: Asked) -> bool:
    country = asked.parameters["certification_country"]
    return any((country, each) in film.certifications for each in asked.listed("certification"))


def _is_offered(film: Film, asked: Asked) -> bool:
    offers = film.watch.get(asked.parameters["region"], {})
    types = asked.listed("offer") if "offer" in asked.parameters else DEFAULT_OFFERS
    providers = {provider for each in types for provider in offers.get(each, ())}
    if "provider" in asked.parameters:
        providers &= asked.ids("provider")
    return bool(providers)


def _is_released(film: Film, asked: Asked) -> bool:
    released_on = film.released_on
    is_wanted = asked.parameters["released"] == "true"
    return released_on is not None and (released_on <= asked.today) == is_wanted


def _is_unseen(film: Film, asked: Asked) -> bool:
    return asked.parameters["hide_seen"] == "false" or film.id not in asked.seen


# Of those that go together, one is tested for all.
TESTS: Mapping[str, Callable[[Film, Asked], bool]] = {
    "title": lambda film, asked: asked.parameters["title"].lower() in film.title.lower(),
    "genre": lambda film, asked: film.genre_names.issuperset(asked.listed("genre")),
    "genre_any": lambda film, asked: not film.genre_names.isdisjoint(asked.listed("genre_any")),
    "year": lambda film, asked: film.year == int(asked.parameters["year"]),
    **{
        f"{fact}_{end}": bound(f"{fact}_{end}", fact)
        for fact in ("year", "vote_average", "vote_count", "runtime")
        for end, bound in (("min", _at_least), ("max", _at_most))
    },
    "language": lambda film, asked: film.language in asked.listed("language"),
    "country": lambda film, asked: not set(film.countries).isdisjoint(asked.listed("country")),
    "certification": _is_certified,
    "keyword": lambda film, asked: film.keywords >= asked.ids("keyword"),
    "person": lambda film, asked: film.people >= asked.ids("person"),
    "region": _is_offered,
    "released": _is_released,
    "hide_seen": _is_unseen,
}


def _by_popularity(films: Sequence[Film]) -> list[Film]:
    return sorted(films, key=lambda film: (-film.vote_count, film.id))


def _by_year(films: Sequence[Film]) -> list[Film]:
    """The newest first, unknown ones last."""
    return sorted(films, key=lambda film: (film.year is None, -(film.year or 0), film.id))


def _by_year_ascending(films: Sequence[Film]) -> list[Film]:
    return sorted(films, key=lambda film: (film.year is None, film.year or 0, -film.id))


def _by_title(films: Sequence[Film]) -> list[Film]:
    return sorted(films, key=lambda film: (film.title, film.id))


def _by_average(films: Sequence[Film]) -> list[Film]:
    rated = [(film.vote_average, film) for film in films if film.vote_average is not None]
    return [
        film
        for _, film in sorted(rated, key=lambda each: (-each[0], -each[1].vote_count, each[1].id))
    ]


def _by_release(films: Sequence[Film]) -> list[Film]:
    dated = [(film.release_date, film) for film in films if film.release_date is not None]
    return [film for _, film in sorted(dated, key=lambda each: (-each[0].toordinal(), each[1].id))]


ORDERINGS: Mapping[str, Callable[[Sequence[Film]], list[Film]]] = {
    "-popularity": _by_popularity,
    "popularity": lambda films: _by_popularity(films)[::-1],
    "-year": _by_year,
    "year": _by_year_ascending,
    "title": _by_title,
    "-title": lambda films: _by_title(films)[::-1],
    "-vote_average": _by_average,
    "-release_date": _by_release,
    "release_date": lambda films: _by_release(films)[::-1],
}
