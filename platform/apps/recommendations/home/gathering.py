"""What could be shown to a viewer, and which of it may be: in a fixed number of queries."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from apps.core.database import array_of
from apps.core.movie_states import LIKED_SCORE, MovieState, states_of
from apps.favorites.hidden import Hidden
from apps.recommendations.models import ActiveGeneration

from . import sql

# Films with the most votes, among which those of a genre are looked for.
LOOKED_AT = 1_000
# And so many of each year, among which are those of the last months.
LOOKED_AT_OF_YEAR = 500
# For each film that a row shows so many are gathered, of which the viewer may know some.
CANDIDATES_PER_ITEM = 3
# The viewer's newest opinions and the most popular films tell the strongest genre.
NEWEST_OPINIONS = 300
USUAL_FILMS = 100
RELATED = 30
# A release is news for so long.
RECENT = timedelta(days=548)


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """Of everything that an answer depends on besides its parameters and the day."""

    revision: int
    generation_id: int | None
    list_id: int | None
    fetched_at: datetime | None

    def __str__(self) -> str:
        fetched = self.fetched_at.timestamp() if self.fetched_at else 0
        return f"{self.revision}:{self.generation_id}:{self.list_id}:{fetched}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Gathered:
    """Ids of films, each in its order, and the genre that the viewer likes most."""

    trending: list[int]
    now_playing: list[int]
    popular: list[int]
    watchlist: list[int]
    strongest_genre: dict[str, Any] | None
    popular_in_genre: list[int]
    related: dict[int, list[int]]

    @property
    def movie_ids(self) -> set[int]:
        related = {pk for ids in self.related.values() for pk in ids}
        return related.union(
            self.trending, self.now_playing, self.popular, self.watchlist, self.popular_in_genre
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """The viewer's states of films, the dates of those that may be shown, and what reasons name."""

    states: Mapping[int, MovieState]
    released: Mapping[int, date | None]
    liked: frozenset[int]

    def is_shown(self, movie_id: int) -> bool:
        return movie_id in self.released


def read_version(user_id: int) -> Version:
    row = _row(sql.VERSION, {"user_id": user_id, "active_id": ActiveGeneration.ROW_ID})
    return Version(revision=row[0], generation_id=row[1], list_id=row[2], fetched_at=row[3])


def gather(
    user_id: int,
    *,
    items: int,
    anchor_ids: Collection[int],
    hidden: Hidden,
    include_adult: bool,
) -> Gathered:
    trending, now_playing, popular, watchlist, strongest_genre, in_genre, related = _row(
        sql.gathered(include_adult=include_adult),
        {
            "user_id": user_id,
            "anchor_ids": array_of(anchor_ids),
            "hidden_genre_ids": array_of(hidden.genre_ids),
            "looked_at": LOOKED_AT,
            "newest": NEWEST_OPINIONS,
            "usual": USUAL_FILMS,
            "candidates": CANDIDATES_PER_ITEM * items,
            "related": RELATED,
            "liked": LIKED_SCORE,
        },
    )
    return Gathered(
        trending=trending,
        now_playing=now_playing,
        popular=popular,
        watchlist=watchlist,
        strongest_genre=strongest_genre,
        popular_in_genre=in_genre,
        related={int(movie_id): ids for movie_id, ids in (related or {}).items()},
    )


def recent_releases(*, items: int, today: date, include_adult: bool) -> list[int]:
    """Those with the most votes."""
    first = today - RECENT
    rows = _rows(
        sql.recent(include_adult=include_adult),
        {
            "years": list(range(first.year, today.year + 1)),
            "first": first,
            "last": today,
            "looked_at": LOOKED_AT_OF_YEAR,
            "candidates": CANDIDATES_PER_ITEM * items,
        },
    )
    return [movie_id for (movie_id,) in rows]


def know(
    user_id: int,
    movie_ids: Collection[int],
    *,
    named_ids: Collection[int],
    hidden: Hidden,
    include_adult: bool,
) -> Known:
    """Shown is what is listed, neither seen nor hidden, and new to the viewer."""
    states = states_of(user_id, movie_ids)
    rows = _rows(
        sql.known(hidden, include_adult=include_adult),
        {
            "movie_ids": array_of(pk for pk, state in states.items() if not _is_touched(state)),
            "hidden_person_ids": array_of(hidden.person_ids),
            "hidden_genre_ids": array_of(hidden.genre_ids),
        },
    )
    return Known(
        states=states,
        released=dict(rows),
        liked=frozenset(pk for pk in named_ids if states[pk].is_liked),
    )


def _is_touched(state: MovieState) -> bool:
    return state.rating is not None or state.favorite or state.watched or state.hidden


def _row(statement: str, parameters: dict[str, Any]) -> tuple[Any, ...]:
    (row,) = _rows(statement, parameters)
    return row


def _rows(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
