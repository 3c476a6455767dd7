"""What is stored for a viewer, read in one query: positions, scores, sources and reasons.

Read with it is what the viewer hid, without which none of the positions may be shown.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest
from typing import Any, NamedTuple

from django.db import connection

from apps.core.errors import APIError, ErrorCode
from apps.favorites.hidden import HIDDEN_COLUMNS, Hidden

from .cursors import Cursor, Origin
from .models import CONTRIBUTORS_PER_ITEM, ActiveGeneration, RecommendationList
from .querysets import trending_movie_ids

Source = RecommendationList.Source
SOURCES = {source.value: source for source in Source}


class StoredItem(NamedTuple):
    """One position; `because` pairs film ids with their shares in thousandths."""

    movie_id: int
    source: RecommendationList.Source
    score: float | None = None
    because: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredList:
    origin: Origin
    row_id: int
    generated_at: datetime | None
    revision: int
    current_revision: int
    hidden: Hidden
    items: list[StoredItem]

    @property
    def source(self) -> RecommendationList.Source:
        """The most personal source among all stored positions."""
        return min((item.source for item in self.items), default=Source.POPULAR)

    def position_of(self, movie_id: int) -> int | None:
        """Of the film, from 0; None for one that is not in the list."""
        positions = (at for at, item in enumerate(self.items) if item.movie_id == movie_id)
        return next(positions, None)


_NEWEST_LIST = """
    SELECT * FROM recommendations_recommendationlist
    WHERE user_id = %(user_id)s AND generation_id = active.generation_id
    ORDER BY id DESC LIMIT 1
"""
_GIVEN_LIST = """
    SELECT * FROM recommendations_recommendationlist
    WHERE user_id = %(user_id)s AND id = %(list_id)s
"""
_STATE = """
    SELECT
        COALESCE(taste.revision, 0),{hidden},
        list.id, list.created_at, list.revision,
        list.movie_ids, list.scores, list.sources, list.because_movie_ids, list.because_shares,
        generation.id, generation.activated_at,
        CASE WHEN list.id IS NULL THEN generation.popular_movie_ids END,
        CASE WHEN list.id IS NULL THEN generation.popular_sources END
    FROM (VALUES (1)) AS one
    LEFT JOIN recommendations_activegeneration AS active ON active.id = %(active_id)s
    LEFT JOIN favorites_taste AS taste ON taste.user_id = %(user_id)s
    LEFT JOIN recommendations_generation AS generation
        ON generation.id = {generation}
    LEFT JOIN LATERAL ({list}) AS list ON true
"""
_CURRENT = _STATE.format(
    hidden=HIDDEN_COLUMNS, generation="active.generation_id", list=_NEWEST_LIST
)
_GIVEN = _STATE.format(hidden=HIDDEN_COLUMNS, generation="%(generation_id)s", list=_GIVEN_LIST)


def current_list(*, user_id: int) -> StoredList:
    """The newest list of the active generation, else its films for all, else what is trending."""
    return _read(_CURRENT, {"user_id": user_id})


def list_of_cursor(cursor: Cursor, *, user_id: int) -> StoredList:
    """The list that a cursor continues, empty if there was none.

    Raises:
        APIError: `cursor_expired` if it is stored no longer.
    """
    stored = _read(
        _GIVEN,
        {
            "user_id": user_id,
            "list_id": cursor.row_id if cursor.origin is Origin.LIST else None,
            "generation_id": cursor.row_id if cursor.origin is Origin.GENERATION else None,
        },
    )
    if (stored.origin, stored.row_id) != (cursor.origin, cursor.row_id):
        raise APIError(ErrorCode.CURSOR_EXPIRED)
    return stored


def beyond(stored: StoredList) -> StoredList:
    """What a page is of that shows nothing of the list."""
    return replace(stored, origin=Origin.POPULAR, row_id=0, generated_at=None, items=[])


def popular_items(movie_ids: list[int]) -> list[StoredItem]:
    return [StoredItem(movie_id=movie_id, source=Source.POPULAR) for movie_id in movie_ids]


def _items_for_all(movie_ids: list[int], sources: list[int]) -> list[StoredItem]:
    """Films of a generation of an older release have no sources: they are popular."""
    pairs = zip_longest(movie_ids, sources[: len(movie_ids)], fillvalue=Source.POPULAR)
    return [StoredItem(movie_id=movie_id, source=Source(source)) for movie_id, source in pairs]


def _read(sql: str, parameters: dict[str, int | None]) -> StoredList:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters | {"active_id": ActiveGeneration.ROW_ID})
        row = cursor.fetchone()
    current_revision, person_ids, genre_ids, list_id, *of_list = row[:11]
    generation_id, activated_at, popular_ids, popular_sources = row[11:]
    state = {
        "current_revision": current_revision,
        "hidden": Hidden(person_ids=tuple(person_ids), genre_ids=tuple(genre_ids)),
    }
    if list_id is not None:
        return _personal(list_id, *of_list, **state)
    if not popular_ids:
        return StoredList(
            origin=Origin.POPULAR,
            row_id=0,
            generated_at=None,
            revision=0,
            items=_trending_items(),
            **state,
        )
    return StoredList(
        origin=Origin.GENERATION,
        row_id=generation_id,
        generated_at=activated_at,
        revision=0,
        items=_items_for_all(popular_ids, popular_sources or []),
        **state,
    )


def _trending_items() -> list[StoredItem]:
    """Until a generation says what all may read."""
    trending = trending_movie_ids()
    return [StoredItem(movie_id=movie_id, source=Source.TRENDING) for movie_id in trending]


def _personal(  # noqa: PLR0917  # the columns of a list, in the order of the query
    list_id: int,
    created_at: datetime,
    revision: int,
    movie_ids: list[int],
    scores: list[float],
    sources: list[int],
    because_movie_ids: list[int],
    because_shares: list[int],
    **state: Any,
) -> StoredList:
    pairs = list(zip(because_movie_ids, because_shares, strict=True))
    items = [
        StoredItem(
            movie_id=movie_id,
            score=score,
            source=SOURCES[source],
            because=tuple(_filled(pairs, position)),
        )
        for position, (movie_id, score, source) in enumerate(
            zip(movie_ids, scores, sources, strict=True)
        )
    ]
    return StoredList(
        origin=Origin.LIST,
        row_id=list_id,
        generated_at=created_at,
        revision=revision,
        items=items,
        **state,
    )


def _filled(pairs: list[tuple[int, int]], position: int) -> list[tuple[int, int]]:
    start = position * CONTRIBUTORS_PER_ITEM
    return [pair for pair in pairs[start : start + CONTRIBUTORS_PER_ITEM] if pair[0]]
