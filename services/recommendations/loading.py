"""What viewers did, read from PostgreSQL as arrays."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.favorites.querysets import WATCHED_PROGRESS
from services.recommender.histories import HIDDEN, ONLY_WATCHED, Events, Histories
from services.recommender.weights import HIGHEST_SCORE

from .copying import copy_out

IntColumn = NDArray[np.integer[Any]]

_RATING_COLUMNS = [("user_id", "i8"), ("movie_id", "i4"), ("score", "i2")]
_FAVORITE_COLUMNS = [("user_id", "i8"), ("movie_id", "i4")]


@dataclass(frozen=True)
class Ratings:
    """Parallel arrays: bigint users, integer films, smallint scores of 1-10."""

    user_ids: IntColumn
    movie_ids: IntColumn
    scores: IntColumn


@dataclass(frozen=True)
class Favorites:
    user_ids: IntColumn
    movie_ids: IntColumn


@dataclass(frozen=True)
class UserRange:
    """Users with first <= id <= last."""

    first: int
    last: int


EVERYONE = UserRange(0, 2**63 - 1)


@dataclass(frozen=True)
class Watermarks:
    """The highest ids of rows that are read; later rows are as if they were not there."""

    rating_id: int
    favorite_id: int


NOW = Watermarks(2**63 - 1, 2**63 - 1)

_EVENT_COLUMNS = [("user_id", "i8"), ("movie_id", "i4"), ("score", "i2"), ("time", "i8")]
# PostgreSQL counts a moment so; taken apart by SQL, events cost it twice the time to send.
_MICROSECONDS = 1e6
_IN_RANGE = "user_id BETWEEN %s AND %s"
IS_REAL = "user_id NOT IN (SELECT id FROM users_user WHERE origin = 'simulated')"

# What a rating, a favourite, a whole viewing and a hidden film tell, and when.
_EVENTS = (
    ("score", "coalesce(rated_at, updated_at)", "favorites_rating", ""),
    (f"{HIGHEST_SCORE}::smallint", "created_at", "favorites_favorite", ""),
    (
        f"{ONLY_WATCHED}::smallint",
        "coalesce(watched_at, created_at)",
        "favorites_watchentry",
        f" AND progress >= {WATCHED_PROGRESS}",
    ),
    (
        f"({HIDDEN})::smallint",
        "created_at",
        "favorites_notinterested",
        " AND movie_id IS NOT NULL",
    ),
)


def _events_sql(viewers: str) -> str:
    return " UNION ALL ".join(
        f"SELECT user_id, movie_id, {score}, {time} FROM {table} WHERE {viewers}{more}"  # noqa: S608  # all are constants
        for score, time, table, more in _EVENTS
    )


_EVENTS_OF_ONE = _events_sql("user_id = %s")
_EVENTS_OF_RANGE = _events_sql(f"{_IN_RANGE} AND {IS_REAL}")


def read_ratings(
    users: UserRange = EVERYONE, *, with_simulated: bool = False, newest: Watermarks = NOW
) -> Ratings:
    """Ratings of the range's real viewers, and of the simulated ones where they are asked for."""
    columns = copy_out(
        _select("user_id, movie_id, score", "favorites_rating", with_simulated=with_simulated)
        + " AND id <= %s",
        [users.first, users.last, newest.rating_id],
        _RATING_COLUMNS,
    )
    return Ratings(columns["user_id"], columns["movie_id"], columns["score"])


def read_favorites(
    users: UserRange = EVERYONE, *, with_simulated: bool = False, newest: Watermarks = NOW
) -> Favorites:
    columns = copy_out(
        _select("user_id, movie_id", "favorites_favorite", with_simulated=with_simulated)
        + " AND id <= %s",
        [users.first, users.last, newest.favorite_id],
        _FAVORITE_COLUMNS,
    )
    return Favorites(columns["user_id"], columns["movie_id"])


def read_revisions(users: UserRange) -> dict[int, int]:
    """Taste revisions of the range's real users, ascending by id.

    Read before the histories, so that no list claims what it did not see.
    """
    columns = copy_out(
        _select("user_id, revision", "favorites_taste", with_simulated=False) + " ORDER BY user_id",
        [users.first, users.last],
        [("user_id", "i8"), ("revision", "i8")],
    )
    return dict(zip(columns["user_id"].tolist(), columns["revision"].tolist(), strict=True))


def read_histories(users: UserRange, *, known: Collection[int] = ()) -> Histories:
    """What the range's real users did: of all who ever rated or favourited, and of those known."""
    events = _read_events(_EVENTS_OF_RANGE, [users.first, users.last] * len(_EVENTS))
    who_told = events.user_ids[events.scores > ONLY_WATCHED]
    return Histories.of(np.union1d(who_told, np.array([*known], np.int64)), events)


def read_history(user_id: int) -> Histories:
    """What one viewer did, in one query."""
    events = _read_events(_EVENTS_OF_ONE, [user_id] * len(_EVENTS))
    return Histories.of(np.array([user_id]), events)


def _read_events(sql: str, parameters: Sequence[int]) -> Events:
    columns = copy_out(sql, parameters, _EVENT_COLUMNS)
    seconds = columns["time"] / _MICROSECONDS
    return Events(columns["user_id"], columns["movie_id"], columns["score"], seconds)


def _select(columns: str, table: str, *, with_simulated: bool) -> str:
    conditions = _IN_RANGE if with_simulated else f"{_IN_RANGE} AND {IS_REAL}"
    return f"SELECT {columns} FROM {table} WHERE {conditions}"  # noqa: S608  # all are constants
