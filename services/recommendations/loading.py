"""What viewers did, read from PostgreSQL as arrays."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

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

    condition: ClassVar[str] = "user_id BETWEEN %s AND %s"

    @property
    def parameters(self) -> list[Any]:
        return [self.first, self.last]


@dataclass(frozen=True)
class ChosenUsers:
    ids: tuple[int, ...]

    condition: ClassVar[str] = "user_id = ANY(%s)"

    @property
    def parameters(self) -> list[Any]:
        return [[*self.ids]]


Users = UserRange | ChosenUsers

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


def read_ratings(
    users: Users = EVERYONE, *, with_simulated: bool = False, newest: Watermarks = NOW
) -> Ratings:
    """Ratings of the real viewers, and of the simulated ones where they are asked for."""
    sql = _select("user_id, movie_id, score", "favorites_rating", users, simulated=with_simulated)
    parameters = [*users.parameters, newest.rating_id]
    columns = copy_out(f"{sql} AND id <= %s", parameters, _RATING_COLUMNS)
    return Ratings(columns["user_id"], columns["movie_id"], columns["score"])


def read_favorites(
    users: Users = EVERYONE, *, with_simulated: bool = False, newest: Watermarks = NOW
) -> Favorites:
    sql = _select("user_id, movie_id", "favorites_favorite", users, simulated=with_simulated)
    parameters = [*users.parameters, newest.favorite_id]
    columns = copy_out(f"{sql} AND id <= %s", parameters, _FAVORITE_COLUMNS)
    return Favorites(columns["user_id"], columns["movie_id"])


def read_revisions(users: Users) -> dict[int, int]:
    """Taste revisions of the real ones of these users, ascending by id.

    Read before the histories, so that no list claims what it did not see.
    """
    sql = _select("user_id, revision", "favorites_taste", users, simulated=False)
    columns = copy_out(
        f"{sql} ORDER BY user_id", users.parameters, [("user_id", "i8"), ("revision", "i8")]
    )
    return dict(zip(columns["user_id"].tolist(), columns["revision"].tolist(), strict=True))


def read_histories(users: Users, *, known: Collection[int] = ()) -> Histories:
    """What the real ones did: of all who ever rated or favourited, and of those known."""
    sql = _events_sql(f"{users.condition} AND {IS_REAL}")
    events = _read_events(sql, users.parameters * len(_EVENTS))
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


def _select(columns: str, table: str, users: Users, *, simulated: bool) -> str:
    conditions = users.condition if simulated else f"{users.condition} AND {IS_REAL}"
    return f"SELECT {columns} FROM {table} WHERE {conditions}"  # noqa: S608  # all are constants
