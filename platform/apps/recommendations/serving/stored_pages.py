"""A page of a stored list, made of one row: for the viewer whom a session names."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from operator import methodcaller
from typing import NamedTuple

from apps.core.movie_states import UNTOUCHED, MovieState
from apps.favorites.hidden import Hidden
from apps.movies.fragments import Fragment, fragments, split_versions
from apps.recommendations.cursors import Cursor, Origin
from apps.recommendations.models import CONTRIBUTORS_PER_ITEM
from apps.recommendations.pages import Page
from apps.recommendations.stored import SOURCES, StoredItem, StoredList
from apps.users.tokens import AccessClaims

from .statements import GIVEN_LIST, NEWEST_LIST

# Read beyond those that a page shows, in case that some of these may not be shown any more; and
# where that was not enough, as for viewers who do not want a genre.
SPARE = 5
MORE_SPARE = 60
_LIKED = MovieState(favorite=True)


class Row(NamedTuple):
    """The statement's columns: `film_ids` and `film_versions` are of all films that are named.

    What was rated, favourited and watched is None where no write is newer than the list.
    """

    last_seen_at: datetime
    language: str
    region: str
    current_revision: int
    list_id: int
    created_at: datetime
    revision: int
    source: int
    ids: list[int]
    scores: list[float]
    sources: list[int]
    because_ids: list[int]
    because_shares: list[int]
    genres_version: int | None
    film_ids: list[int] | None
    film_versions: str | None
    rated: list[list[int]] | None
    favorites: list[int] | None
    watched: list[int] | None
    watchlisted: list[int]
    hidden: list[int]
    hidden_person_ids: list[int] | None
    hidden_genre_ids: list[int] | None
    include_adult: bool

    @property
    def is_stale(self) -> bool:
        return self.revision < self.current_revision


# From here on the columns depend on more than the list, which never changes.
_DEPENDING = Row._fields.index("genres_version")


def read_row(
    claims: AccessClaims, *, cursor: Cursor | None, count: int, at: datetime
) -> Row | None:
    """So many places of the list; None where there is no such list, or no such session."""
    offset = cursor.offset if cursor else 0
    asked = (claims.session_id, claims.user_id, at, offset, count)
    if cursor is None:
        row = NEWEST_LIST.first_row(*asked)
    else:
        row = GIVEN_LIST.first_row(*asked, cursor.row_id)
    return None if row is None else Row(*row)


def version_of(row: Row) -> tuple[object, ...]:
    """Of all that a page depends on besides its parameters."""
    return (row.list_id, row.current_revision, *row[_DEPENDING:])


def page_of(row: Row, *, offset: int, limit: int) -> Page | None:
    """The page that begins at the offset, at which the row does.

    None where so many of its films may not be shown any more that others have to follow.
    """
    films = _films(row)
    refused, is_wanted = _refused(row), _wish(row)
    shown = [
        place
        for place, movie_id in enumerate(row.ids)
        if movie_id in films and movie_id not in refused and is_wanted(films[movie_id])
    ][:limit]
    if len(shown) < limit:
        return None
    following = offset + shown[-1] + 1
    return Page(
        stored=stored_of(row),
        source=SOURCES[row.source],
        items=[_item(row, place) for place in shown],
        films=films,
        states=_states(row),
        next=Cursor(origin=Origin.LIST, row_id=row.list_id, offset=following),
    )


def _films(row: Row) -> dict[int, Fragment]:
    versions = dict(zip(row.film_ids or (), split_versions(row.film_versions), strict=True))
    return fragments().of_versions(versions, genres=int(row.genres_version or 0))


def _refused(row: Row) -> set[int]:
    """What lists pass over: what is hidden, and what was rated, favourited or watched since."""
    rated = (movie_id for movie_id, _ in row.rated or ())
    return {*rated, *(row.favorites or ()), *(row.watched or ()), *row.hidden}


def _wish(row: Row) -> Callable[[Fragment], bool]:
    """Whether lists may show a film, also to this viewer."""
    person_ids = frozenset(row.hidden_person_ids or ())
    genre_ids = frozenset(row.hidden_genre_ids or ())
    is_shown = methodcaller("is_shown", include_adult=row.include_adult)
    if not person_ids and not genre_ids:
        return is_shown
    return lambda film: is_shown(film) and not film.is_of(person_ids, genre_ids)


def _states(row: Row) -> dict[int, MovieState]:
    """Of the films that are shown, and whether those that reasons name are liked.

    Where nothing was written since, all of these are, as when the list was built, but hidden ones.
    """
    states = dict.fromkeys(row.because_ids, UNTOUCHED if row.is_stale else _LIKED)
    states |= dict.fromkeys(row.ids, UNTOUCHED)
    states |= {movie_id: MovieState(rating=score) for movie_id, score in row.rated or ()}
    for name, movie_ids in _told(row):
        for movie_id in movie_ids:
            states[movie_id] = replace(states[movie_id], **{name: True})
    return states


def _told(row: Row) -> Iterator[tuple[str, Iterable[int]]]:
    yield "favorite", row.favorites or ()
    yield "watched", row.watched or ()
    yield "watchlisted", row.watchlisted
    yield "hidden", row.hidden


def stored_of(row: Row) -> StoredList:
    return StoredList(
        origin=Origin.LIST,
        row_id=row.list_id,
        generated_at=row.created_at,
        revision=row.revision,
        current_revision=row.current_revision,
        hidden=Hidden(),
        items=[],
    )


def _item(row: Row, place: int) -> StoredItem:
    pairs = slice(place * CONTRIBUTORS_PER_ITEM, (place + 1) * CONTRIBUTORS_PER_ITEM)
    because = zip(row.because_ids[pairs], row.because_shares[pairs], strict=True)
    named = [pair for pair in because if pair[0]]
    source = SOURCES[row.sources[place]]
    return StoredItem(row.ids[place], source, row.scores[place], tuple(named))
