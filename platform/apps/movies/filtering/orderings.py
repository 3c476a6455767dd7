"""In which orders films may be listed.

Each has an index and ends in the key, so that pages neither repeat nor skip a film.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ordering:
    """`by` is SQL of `film`. Films of which `known` is not true are left out. `bounds` are the
    fields of a filter that bound what is sorted by first.
    """

    by: str
    known: str = "true"
    bounds: tuple[str, ...] = ()


DEFAULT = "-popularity"
_VOTES = ("vote_count_min", "vote_count_max")
_AVERAGES = ("vote_average_min", "vote_average_max")
_DATES = ("released_until", "released_after")
_YEARS = ("year", "year_min", "year_max")
ORDERINGS: Mapping[str, Ordering] = {
    "-popularity": Ordering("film.vote_count DESC, film.id", bounds=_VOTES),
    "popularity": Ordering("film.vote_count, film.id DESC", bounds=_VOTES),
    "-vote_average": Ordering(
        "film.vote_average DESC, film.vote_count DESC, film.id",
        known="film.vote_average IS NOT NULL",
        bounds=_AVERAGES,
    ),
    "-release_date": Ordering(
        "film.release_date DESC, film.id", "film.release_date IS NOT NULL", _DATES
    ),
    "release_date": Ordering(
        "film.release_date, film.id DESC", "film.release_date IS NOT NULL", _DATES
    ),
    "-year": Ordering("film.year DESC NULLS LAST, film.id", bounds=_YEARS),
    "year": Ordering("film.year, film.id DESC", bounds=_YEARS),
    "title": Ordering("film.title, film.id"),
    "-title": Ordering("film.title DESC, film.id DESC"),
}
