"""The order of titles in each list, and what discover and search let through."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from tests.tmdb_server import invented
from tests.tmdb_server.catalogue import Catalogue, Entry

ROWS = 20
MIN_VOTES_OF_TOP_RATED = 300

Sorting = Callable[[Entry], Any]
Passes = Callable[[Entry], bool]

SORTINGS: Mapping[str, Sorting] = {
    "popularity": lambda entry: entry.popularity,
    "primary_release_date": lambda entry: entry.release_date,
    "title": lambda entry: entry.title,
    "vote_average": lambda entry: entry.vote_average,
    "vote_count": lambda entry: entry.vote_count,
}
# Value of a title and how the parameter's value is read, for parameters with .gte and .lte.
BOUNDS: Mapping[str, tuple[Sorting, Callable[[str], Any]]] = {
    "primary_release_date": (lambda entry: entry.release_date, str),
    "release_date": (lambda entry: entry.release_date, str),
    "vote_average": (lambda entry: entry.vote_average, float),
    "vote_count": (lambda entry: entry.vote_count, int),
    "with_runtime": (lambda entry: entry.runtime, int),
}
YEARS = ("year", "primary_release_year")


class Lists:
    """Each is sorted once, and again after the catalogue has changed."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._sorted: dict[str, list[int]] = {}
        self._revision = 0

    def popular(self) -> list[int]:
        return self._once("popular", self._by_popularity)

    def top_rated(self) -> list[int]:
        return self._once("top_rated", self._by_rating)

    def upcoming(self) -> list[int]:
        """The newest titles: the catalogue ends somewhere, and nothing in it is in the future."""
        newest = self._newest()
        return newest[: len(newest) // 50]

    def now_playing(self) -> list[int]:
        newest = self._newest()
        return newest[len(newest) // 50 : len(newest) // 20]

    def trending(self, window: str, today: date) -> list[int]:
        period = today.toordinal() // (7 if window == "week" else 1)

        def heat(entry: Entry) -> float:
            return entry.popularity * (0.3 + invented.share("trend", window, period, entry.id))

        def order() -> list[int]:
            return _ids(sorted(self._catalogue, key=lambda entry: (-heat(entry), entry.id)))

        return self._once(f"trending {window} {period}", order)

    def discover(self, query: Mapping[str, str]) -> list[int]:
        filters = [*_bounds(query), *_choices(query), *_years(query), _adults(query)]
        found = [entry for entry in self._catalogue if all(passes(entry) for passes in filters)]
        name, _, direction = query.get("sort_by", "popularity.desc").partition(".")
        key = SORTINGS.get(name, SORTINGS["popularity"])
        found.sort(key=lambda entry: entry.id)
        found.sort(key=key, reverse=direction != "asc")
        return _ids(found)

    def search(self, query: Mapping[str, str]) -> list[int]:
        words = query["query"].casefold()
        filters = [*_years(query), _adults(query)]
        found = [
            entry
            for entry in self._catalogue
            if words in entry.text and all(passes(entry) for passes in filters)
        ]
        return _ids(sorted(found, key=lambda entry: (-entry.popularity, entry.id)))

    def with_imdb_id(self, imdb_id: str) -> list[int]:
        return [entry.id for entry in self._catalogue if entry.imdb_id == imdb_id]

    def _once(self, name: str, order: Callable[[], list[int]]) -> list[int]:
        if self._revision != self._catalogue.revision:
            self._revision = self._catalogue.revision
            self._sorted.clear()
        if name not in self._sorted:
            self._sorted[name] = order()
        return self._sorted[name]

    def _by_popularity(self) -> list[int]:
        return _ids(sorted(self._catalogue, key=lambda entry: (-entry.popularity, entry.id)))

    def _by_rating(self) -> list[int]:
        rated = [e for e in self._catalogue if e.vote_count >= MIN_VOTES_OF_TOP_RATED]
        return _ids(sorted(rated, key=lambda entry: (-entry.vote_average, entry.id)))

    def _newest(self) -> list[int]:
        def order() -> list[int]:
            dated = [entry for entry in self._catalogue if entry.release_date]
            dated.sort(key=lambda entry: (entry.release_date, entry.id), reverse=True)
            return _ids(dated)

        return self._once("newest", order)


def _ids(entries: Sequence[Entry]) -> list[int]:
    return [entry.id for entry in entries]


def _bounds(query: Mapping[str, str]) -> list[Passes]:
    filters: list[Passes] = []
    for name, (value, read) in BOUNDS.items():
        if lowest := query.get(f"{name}.gte"):
            filters.append(_at_least(value, read(lowest)))
        if highest := query.get(f"{name}.lte"):
            filters.append(_at_most(value, read(highest)))
    return filters


def _at_least(value: Sorting, lowest: Any) -> Passes:
    return lambda entry: bool(value(entry) >= lowest)


def _at_most(value: Sorting, highest: Any) -> Passes:
    return lambda entry: bool(value(entry) <= highest)


def _choices(query: Mapping[str, str]) -> list[Passes]:
    filters: list[Passes] = []
    if chosen := query.get("with_genres"):
        # A comma joins what must all be there, a bar what may stand for each other.
        enough = any if "|" in chosen else all
        genres = [int(text) for text in chosen.replace("|", ",").split(",")]
        filters.append(lambda entry: enough(genre in entry.genre_ids for genre in genres))
    if left_out := query.get("without_genres"):
        unwanted = {int(text) for text in left_out.replace("|", ",").split(",")}
        filters.append(lambda entry: unwanted.isdisjoint(entry.genre_ids))
    if languages := query.get("with_original_language"):
        filters.append(lambda entry: entry.original_language in languages.split("|"))
    return filters


def _years(query: Mapping[str, str]) -> list[Passes]:
    years = [query[name] for name in YEARS if query.get(name)]
    return [_released_in(year) for year in years]


def _released_in(year: str) -> Passes:
    return lambda entry: entry.release_date.startswith(year)


def _adults(query: Mapping[str, str]) -> Passes:
    included = query.get("include_adult") == "true"
    return lambda entry: included or not entry.adult
