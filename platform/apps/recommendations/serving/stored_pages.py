"""A page of a stored list, made of one row: for the viewer whom a session names."""

from dataclasses import replace
from datetime import datetime
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

# Read beyond those that a page shows, in case that some of these may not be shown any more.
SPARE = 5
_LIKED = MovieState(favorite=True)
# What PostgreSQL writes in the place of a film that is there no longer.
_GONE = "NULL"


class Row(NamedTuple):
    """The statement's columns. Of what the viewer wrote since, None where there is no write.

    `film_versions` is of all films of `ids` and `because_ids`.
    """

    last_seen_at: datetime
    current_revision: int
    list_id: int
    created_at: datetime
    revision: int
    length: int
    source: int
    ids: list[int]
    scores: list[float]
    sources: list[int]
    because_ids: list[int]
    because_shares: list[int]
    genres_version: int
    film_versions: str
    watchlisted: list[int]
    hidden: list[int]
    of_hidden_subjects: list[int] | None
    rated: list[list[int]] | None
    favorites: list[int] | None
    watched: list[int] | None


_WRITTEN_SINCE = Row._fields.index("film_versions")


def read_row(
    claims: AccessClaims, *, cursor: Cursor | None, limit: int, at: datetime
) -> Row | None:
    """None where there is no such list, or no such session."""
    offset = cursor.offset if cursor else 0
    asked = (claims.session_id, claims.user_id, at, offset, limit + SPARE)
    if cursor is None:
        row = NEWEST_LIST.first_row(*asked)
    else:
        row = GIVEN_LIST.first_row(*asked, cursor.row_id)
    return None if row is None else Row(*row)


def version_of(row: Row) -> tuple[object, ...]:
    """Of all that a page depends on besides its parameters; the list itself never changes."""
    return (row.list_id, row.current_revision, row.genres_version, *row[_WRITTEN_SINCE:])


def page_of(row: Row, *, offset: int, limit: int) -> Page | None:
    """The page that begins at the offset, at which the row does.

    None where so many of its films may not be shown any more that others have to follow.
    """
    films = _films(row)
    refused = _refused(row)
    shown = [
        place
        for place, movie_id in enumerate(row.ids)
        if movie_id in films and films[movie_id].is_listed and movie_id not in refused
    ][:limit]
    if len(shown) < limit:
        return None
    following = offset + shown[-1] + 1
    return Page(
        stored=_stored(row),
        source=SOURCES[row.source],
        items=[_item(row, place) for place in shown],
        films=films,
        states=_states(row),
        next=Cursor(origin=Origin.LIST, row_id=row.list_id, offset=following),
    )


def _films(row: Row) -> dict[int, Fragment]:
    named = zip(row.ids + row.because_ids, split_versions(row.film_versions), strict=True)
    versions = {movie_id: version for movie_id, version in named if version != _GONE}
    return fragments().of_versions(versions, genres=int(row.genres_version or 0))


def _refused(row: Row) -> set[int]:
    """What lists pass over: what the viewer hid, and what was rated, favourited or watched since."""
    refused = {*row.hidden, *(row.of_hidden_subjects or ())}
    if row.rated is not None:
        refused.update(movie_id for movie_id, _ in row.rated)
        refused.update(row.favorites or (), row.watched or ())
    return refused


def _states(row: Row) -> dict[int, MovieState]:
    """Of the films that are shown, and whether those that reasons name are liked.

    Where nothing was written since, all of these are, as when the list was built, but hidden ones.
    """
    states = dict.fromkeys(row.because_ids, _LIKED if row.rated is None else UNTOUCHED)
    states |= dict.fromkeys(row.ids, UNTOUCHED)
    for movie_id, score in row.rated or ():
        states[movie_id] = replace(states[movie_id], rating=score)
    for movie_id in row.favorites or ():
        states[movie_id] = replace(states[movie_id], favorite=True)
    for movie_id in row.watchlisted:
        states[movie_id] = replace(states[movie_id], watchlisted=True)
    for movie_id in row.hidden:
        states[movie_id] = replace(states[movie_id], hidden=True)
    return states


def _stored(row: Row) -> StoredList:
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
    return StoredItem(
        movie_id=row.ids[place],
        source=SOURCES[row.sources[place]],
        score=row.scores[place],
        because=tuple(pair for pair in because if pair[0]),
    )
