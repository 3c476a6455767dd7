"""Rows of films, and which film goes to which of the rows that could show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import islice
from typing import Any, NamedTuple

# A row of fewer films is left out.
FEWEST_FILMS = 5
# The first row shows these first, however scarce they are elsewhere.
FIRST_FILMS = 5


class Source(StrEnum):
    """Where an item comes from, the most personal first: those of lists, and two of home alone."""

    PERSONAL = "personal"
    SIMILAR = "similar"
    WATCHLIST = "watchlist"
    TRENDING = "trending"
    POPULAR = "popular"
    EXPLORED = "explored"
    NEW = "new"


class Kind(StrEnum):
    FOR_YOU = "for_you"
    BECAUSE_YOU_LIKED = "because_you_liked"
    POPULAR_IN_GENRE = "popular_in_genre"
    TRENDING = "trending"
    NEW_FOR_YOU = "new_for_you"
    NEW_RELEASES = "new_releases"
    WATCHLIST = "from_your_watchlist"
    POPULAR = "popular"


class Item(NamedTuple):
    """A film that may be shown; `score` is null for what is in no list of the viewer's."""

    movie_id: int
    source: Source
    score: float | None = None
    because: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """`params` are what a client needs to write the title in another language."""

    kind: Kind
    items: Sequence[Item]
    params: Mapping[str, Any] = field(default_factory=dict)
    # Where there are more rows than wanted, these are left out before any other.
    gives_way: bool = False


def share_out(rows: Sequence[Row], *, count: int, items: int) -> list[Row]:
    """The first `count` rows that can be filled, in their order, each film in one of them.

    A film goes to the row that has the fewest to choose from, except for the first films of the
    first row. A row that is too short then makes room for the next one.
    """
    waiting = [place for place, row in enumerate(rows) if len(row.items) >= FEWEST_FILMS]
    waiting.sort(key=lambda place: rows[place].gives_way)
    while waiting:
        shown = _fill({place: rows[place] for place in sorted(waiting[:count])}, items=items)
        shortest = min(shown, key=lambda place: len(shown[place].items))
        if len(shown[shortest].items) >= FEWEST_FILMS:
            return list(shown.values())
        waiting.remove(shortest)
    return []


def _fill(rows: Mapping[int, Row], *, items: int) -> dict[int, Row]:
    top = min(rows)
    first = {item.movie_id for item in rows[top].items[: min(FIRST_FILMS, items)]}
    taken = set(first)
    shown: dict[int, Row] = {}
    for place, row in sorted(rows.items(), key=lambda pair: len(pair[1].items)):
        barred = taken - first if place == top else taken
        free = (item for item in row.items if item.movie_id not in barred)
        shown[place] = replace(row, items=list(islice(free, items)))
        taken |= {item.movie_id for item in shown[place].items}
    return {place: shown[place] for place in rows}
