"""In which orders films may be listed.

Each has an index and ends in the key, so that pages neither repeat nor skip a film.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Ordering:
    """`by` is SQL of the `columns` of `film`. Films of which `known` is not true are left out.
    `bounds` are the fields of a filter that bound what is sorted by first.
    """

    by: str
    columns: tuple[str, ...]
    known: str = "true"
    bounds: tuple[str, ...] = ()


DEFAULT = "-popularity"
_VOTES = ("vote_count_min", "vote_count_max")
_AVERAGES = ("vote_average_min", "vote_average_max")
_DATES = ("released_until", "released_after")
_YEARS = ("year", "year_min", "year_max")
ORDERINGS: Mapping[str, Ordering] = {
    "-popularity": Ordering(
        by="film.vote_count DESC, film.id", columns=("vote_count",), bounds=_VOTES
    ),
    "popularity": Ordering(
        by="film.vote_count, film.id DESC", columns=("vote_count",), bounds=_VOTES
    ),
    "-vote_average": Ordering(
        by="film.vote_average DESC, film.vote_count DESC, film.id",
        columns=("vote_average", "vote_count"),
        known="film.vote_average IS NOT NULL",
        bounds=_AVERAGES,
    ),
    "-release_date": Ordering(
        by="film.release_date DESC, film.id",
        columns=("release_date",),
        known="film.release_date IS NOT NULL",
        bounds=_DATES,
    ),
    "release_date": Ordering(
        by="film.release_date, film.id DESC",
        columns=("release_date",),
        known="film.release_date IS NOT NULL",
        bounds=_DATES,
    ),
    "-year": Ordering(by="film.year DESC NULLS LAST, film.id", columns=("year",), bounds=_YEARS),
    "year": Ordering(by="film.year, film.id DESC", columns=("year",), bounds=_YEARS),
    "title": Ordering(by="film.title, film.id", columns=("title",)),
    "-title": Ordering(by="film.title DESC, film.id DESC", columns=("title",)),
}
