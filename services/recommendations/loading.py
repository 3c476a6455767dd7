"""What viewers did, read from PostgreSQL as arrays."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from apps.favorites.querysets import WATCHED_PROGRESS
from services.recommender.profiles import (
    Events,
    Profile,
    Profiles,
    build_profile,
    build_profiles,
    favorite_events,
    hidden_events,
    rating_events,
    watched_events,
)

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

# What is in no list of its viewer and tells nothing of taste.
_WATCHED_ROWS = f"favorites_watchentry WHERE progress >= {WATCHED_PROGRESS} AND"
_HIDDEN_ROWS = "favorites_notinterested WHERE movie_id IS NOT NULL AND"

_RATED, _FAVORITE, _WATCHED, _HIDDEN = 1, 2, 3, 4
_PROFILE = f"""
    SELECT {_RATED}, movie_id, score FROM favorites_rating WHERE user_id = %(user)s
    UNION ALL
    SELECT {_FAVORITE}, movie_id, NULL FROM favorites_favorite WHERE user_id = %(user)s
    UNION ALL
    SELECT {_WATCHED}, movie_id, NULL FROM {_WATCHED_ROWS} user_id = %(user)s
    UNION ALL
    SELECT {_HIDDEN}, movie_id, NULL FROM {_HIDDEN_ROWS} user_id = %(user)s
"""  # noqa: S608  # all are constants

_IN_RANGE = "user_id BETWEEN %s AND %s"
IS_REAL = "user_id NOT IN (SELECT id FROM users_user WHERE origin = 'simulated')"


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


def read_profiles(users: UserRange) -> Profiles:
    """The profiles of the range's real users who ever rated, favourited or changed their taste.

    What they watched, or hid as a film, is in their profiles without a weight.
    """
    ratings, favorites = read_ratings(users), read_favorites(users)
    everyone = np.concatenate([_taste_user_ids(users), ratings.user_ids, favorites.user_ids])
    return build_profiles(
        everyone,
        rating_events(ratings.user_ids, ratings.movie_ids, ratings.scores),
        favorite_events(favorites.user_ids, favorites.movie_ids),
        *_read_kept_out(users),
    )


def read_revisions(users: UserRange) -> dict[int, int]:
    """Taste revisions; read before the profiles, so that no list claims what it did not see."""
    columns = copy_out(
        "SELECT user_id, revision FROM favorites_taste WHERE user_id BETWEEN %s AND %s",
        [users.first, users.last],
        [("user_id", "i8"), ("revision", "i8")],
    )
    return dict(zip(columns["user_id"].tolist(), columns["revision"].tolist(), strict=True))


def read_profile(*, user_id: int) -> Profile:
    """One viewer's profile, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(_PROFILE, {"user": user_id})
        rows = cursor.fetchall()
    rated = [(movie_id, score) for kind, movie_id, score in rows if kind == _RATED]
    return build_profile(
        item_ids=[movie_id for movie_id, _ in rated],
        scores=[score for _, score in rated],
        favorite_ids=[movie_id for kind, movie_id, _ in rows if kind == _FAVORITE],
        watched_ids=[movie_id for kind, movie_id, _ in rows if kind == _WATCHED],
        hidden_ids=[movie_id for kind, movie_id, _ in rows if kind == _HIDDEN],
    )


def _read_kept_out(users: UserRange) -> Iterator[Events]:
    for rows, events in ((_WATCHED_ROWS, watched_events), (_HIDDEN_ROWS, hidden_events)):
        sql = f"SELECT user_id, movie_id FROM {rows} {_IN_RANGE} AND {IS_REAL}"  # noqa: S608  # as above
        columns = copy_out(sql, [users.first, users.last], _FAVORITE_COLUMNS)
        yield events(columns["user_id"], columns["movie_id"])


def _taste_user_ids(users: UserRange) -> IntColumn:
    columns = copy_out(
        _select("user_id", "favorites_taste", with_simulated=False),
        [users.first, users.last],
        [("user_id", "i8")],
    )
    return columns["user_id"]


def _select(columns: str, table: str, *, with_simulated: bool) -> str:
    conditions = _IN_RANGE if with_simulated else f"{_IN_RANGE} AND {IS_REAL}"
    return f"SELECT {columns} FROM {table} WHERE {conditions}"  # noqa: S608  # all are constants
