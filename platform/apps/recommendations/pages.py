"""A page of a stored list as the viewer may see it now, and of popular films after its end."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from apps.core.movie_states import MovieState, states_of
from apps.movies.fragments import Fragment, read_fragments
from apps.users.models import User

from .cursors import Cursor, Place
from .filters import Filters
from .stored import Source, StoredItem, StoredList, beyond, popular_items
from .visible_films import PopularFilm, fitting_films, popular_films, visible_movie_ids

# A page looks at five times as many popular films as it may show, at least at the first of these
# numbers, and as long as it is not full at four times as many more, up to the second.
LOOKED_AT_FIRST = 100
LOOKED_AT_IN_ALL = 10_000
# So many tell what share of them fits a filter. Where it is small, the films that do are found by
# the filter's indexes; where it is not, finding all of them would take longer than to look on.
LOOKED_AT_FOR_FILTER = 500
SMALL_SHARE = 0.1
LOOKED_AT_OF_FITTING = 1_000

Films = list[PopularFilm]


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """The items shown and what they are of, the films that they name, and where to go on.

    `source` is the most personal one of the whole list. Of each film that is named the viewer's
    state is known.
    """

    stored: StoredList
    source: Source
    items: list[StoredItem]
    films: Mapping[int, Fragment]
    states: Mapping[int, MovieState]
    next: Cursor | None


def page_of(
    stored: StoredList, *, user: User, cursor: Cursor | None, limit: int, filters: Filters
) -> Page:
    """The first `limit` films that fit, or those from the cursor on.

    Films that the viewer rated, favourited, watched or hid since the list was built are passed
    over, and so are films that are gone or that no list may show any more. Where the list ends, the
    popular films of the whole catalogue that are not in it follow. A page is short only if there
    are no more, or if very many in a row had to be passed over.
    """
    shown = _shown_positions(stored, user, filters, offset=cursor.offset if cursor else 0)
    items = [stored.items[position] for position in shown[:limit]]
    if len(items) == limit:
        # After the last position it is good as well: popular films follow, if there are any.
        offset = shown[limit - 1] + 1
        further = Cursor(origin=stored.origin, row_id=stored.row_id, offset=offset)
        return _page(stored, items, user, following=further)
    after = cursor.after if cursor else None
    films = _popular_films(stored, user, filters, after=after, limit=limit)
    popular = _popular_part(stored, films, after=after, wanted=limit - len(items))
    shown_list = stored if items else beyond(stored)
    items += popular_items(popular.movie_ids)
    return _page(shown_list, items, user, following=_behind(stored, popular))


def _shown_positions(stored: StoredList, user: User, filters: Filters, *, offset: int) -> list[int]:
    if filters.are_refused(stored.hidden):
        return []
    candidates = [item.movie_id for item in stored.items[offset:]]
    visible = visible_movie_ids(user, candidates, hidden=stored.hidden, filters=filters)
    return [
        position
        for position, movie_id in enumerate(candidates, start=offset)
        if movie_id in visible
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class _PopularPart:
    """`last` is the place of the last film that was passed, and None before the first."""

    movie_ids: list[int]
    last: Place | None
    is_end: bool


class _Round(NamedTuple):
    """Films in their order; after the last of `is_end` there are no more."""

    films: Films
    is_end: bool


def _popular_part(
    stored: StoredList, rounds: Iterator[_Round], *, after: Place | None, wanted: int
) -> _PopularPart:
    """Popular films that are visible and not in the list, behind the place."""
    in_list = {item.movie_id for item in stored.items}
    found: list[Place] = []
    is_end = False
    last = after
    for films, is_end in rounds:
        visible = (film.place for film in films if film.is_visible)
        found += (place for place in visible if place.movie_id not in in_list)
        last = films[-1].place if films else last
        if is_end or len(found) > wanted:
            break
    if len(found) > wanted:
        last, is_end = found[wanted - 1], False
    movie_ids = [place.movie_id for place in found[:wanted]]
    return _PopularPart(movie_ids=movie_ids, last=last, is_end=is_end)


def _popular_films(
    stored: StoredList, user: User, filters: Filters, *, after: Place | None, limit: int
) -> Iterator[_Round]:
    """Round after round, while more is asked for: all films, then of a filter those that fit."""
    if filters.are_refused(stored.hidden):
        yield _Round([], is_end=True)
        return
    looked_at = fitting = 0
    for count in _rounds(limit, LOOKED_AT_IN_ALL):
        if looked_at >= LOOKED_AT_FOR_FILTER and fitting <= SMALL_SHARE * looked_at:
            yield from _fitting_films(stored, user, filters, after=after, limit=limit)
            return
        films = popular_films(user, hidden=stored.hidden, filters=filters, after=after, count=count)
        looked_at += len(films)
        fitting += sum(film.fits for film in films)
        after = films[-1].place if films else after
        yield _Round(films, is_end=len(films) < count)


def _fitting_films(
    stored: StoredList, user: User, filters: Filters, *, after: Place | None, limit: int
) -> Iterator[_Round]:
    """In two rounds, as each finds all of them anew."""
    first = _first_round(limit)
    for count in (first, LOOKED_AT_OF_FITTING - first):
        films = fitting_films(user, hidden=stored.hidden, filters=filters, after=after, count=count)
        after = films[-1].place if films else after
        yield _Round(films, is_end=len(films) < count)


def _first_round(limit: int) -> int:
    return max(LOOKED_AT_FIRST, 5 * limit)


def _rounds(limit: int, in_all: int) -> Iterator[int]:
    count, left = _first_round(limit), in_all
    while left > 0:
        yield min(count, left)
        count, left = 4 * count, left - count


def _behind(stored: StoredList, popular: _PopularPart) -> Cursor | None:
    if popular.is_end:
        return None
    return Cursor(
        origin=stored.origin,
        row_id=stored.row_id,
        offset=len(stored.items),
        after=popular.last,
    )


def _page(
    stored: StoredList, items: list[StoredItem], user: User, *, following: Cursor | None
) -> Page:
    named = {movie_id for movie_id, _ in chain.from_iterable(item.because for item in items)}
    named |= {item.movie_id for item in items}
    films = read_fragments(named)
    states = states_of(user.pk, named)
    return Page(
        stored=stored,
        source=stored.source,
        items=items,
        films=films,
        states=states,
        next=following,
    )
