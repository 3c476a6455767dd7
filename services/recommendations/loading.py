"""What viewers did, read from PostgreSQL as arrays."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from services.recommender.interactions import Interactions
from services.recommender.profiles import (
    Profile,
    Profiles,
    build_profile,
    build_profiles,
    favorite_events,
    rating_events,
)
from services.recommender.weights import HIGHEST_SCORE, train_weights

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

_IN_RANGE = "user_id BETWEEN %s AND %s"
_IS_REAL = "user_id NOT IN (SELECT id FROM users_user WHERE origin = 'simulated')"


def read_ratings(users: UserRange = EVERYONE, *, with_simulated: bool = False) -> Ratings:
    """Ratings of the range's real viewers, and of the simulated ones where they are asked for."""
    columns = copy_out(
        _select("user_id, movie_id, score", "favorites_rating", with_simulated=with_simulated),
        [users.first, users.last],
        _RATING_COLUMNS,
    )
    return Ratings(columns["user_id"], columns["movie_id"], columns["score"])


def read_favorites(users: UserRange = EVERYONE, *, with_simulated: bool = False) -> Favorites:
    columns = copy_out(
        _select("user_id, movie_id", "favorites_favorite", with_simulated=with_simulated),
        [users.first, users.last],
        _FAVORITE_COLUMNS,
    )
    return Favorites(columns["user_id"], columns["movie_id"])


def to_interactions(ratings: Ratings, favorites: Favorites) -> Interactions:
    """Training weights; a favourite counts as a score of 10."""
    best = np.full(favorites.user_ids.size, HIGHEST_SCORE)
    return Interactions.from_events(
        user_ids=np.concatenate([ratings.user_ids, favorites.user_ids]),
        item_ids=np.concatenate([ratings.movie_ids, favorites.movie_ids]),
        weights=train_weights(np.concatenate([ratings.scores, best])),
    )


def read_profiles(users: UserRange) -> Profiles:
    """The profiles of the range's real users who ever rated, favourited or changed their taste."""
    ratings, favorites = read_ratings(users), read_favorites(users)
    everyone = np.concatenate([_taste_user_ids(users), ratings.user_ids, favorites.user_ids])
    return build_profiles(
        everyone,
        rating_events(ratings.user_ids, ratings.movie_ids, ratings.scores),
        favorite_events(favorites.user_ids, favorites.movie_ids),
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
        cursor.execute(
            "SELECT movie_id, score FROM favorites_rating WHERE user_id = %(user)s"
            " UNION ALL SELECT movie_id, NULL FROM favorites_favorite WHERE user_id = %(user)s",
            {"user": user_id},
        )
        rows = cursor.fetchall()
    rated = [row for row in rows if row[1] is not None]
    return build_profile(
        item_ids=[movie_id for movie_id, _ in rated],
        scores=[score for _, score in rated],
        favorite_ids=[movie_id for movie_id, score in rows if score is None],
    )


def _taste_user_ids(users: UserRange) -> IntColumn:
    columns = copy_out(
        _select("user_id", "favorites_taste", with_simulated=False),
        [users.first, users.last],
        [("user_id", "i8")],
    )
    return columns["user_id"]


def _select(columns: str, table: str, *, with_simulated: bool) -> str:
    conditions = _IN_RANGE if with_simulated else f"{_IN_RANGE} AND {_IS_REAL}"
    return f"SELECT {columns} FROM {table} WHERE {conditions}"  # noqa: S608  # all are constants
