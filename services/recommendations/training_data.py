"""Whose ratings a model learns from: real viewers, and simulated ones only until those suffice.

PostgreSQL counts; the ratings themselves are read later, in ranges of users that the counts cut.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.conf import settings
from django.db import connection, transaction

from services.recommender.arrays import BoolArray, IntArray

from .copying import copy_out
from .loading import IS_REAL, Watermarks

_CENSUS = """
    SELECT user_id, sum(ratings)::bigint, sum(favorites)::bigint,
        (viewer.origin = 'simulated')::int::smallint
    FROM (
        SELECT user_id, count(*) AS ratings, 0 AS favorites
        FROM favorites_rating GROUP BY user_id
        UNION ALL
        SELECT user_id, 0, count(*) FROM favorites_favorite GROUP BY user_id
    ) AS counted
    JOIN users_user AS viewer ON viewer.id = user_id
    GROUP BY user_id, viewer.origin ORDER BY user_id
"""
_CENSUS_COLUMNS = [("user_id", "i8"), ("ratings", "i8"), ("favorites", "i8"), ("simulated", "i2")]

# A film that a viewer has both rated and favourited counts once.
_MOST_INTERACTED = """
    SELECT movie_id FROM (
        SELECT movie_id, count(*) AS events FROM favorites_rating
        WHERE {viewers} GROUP BY movie_id
        UNION ALL
        SELECT movie_id, count(*) FROM favorites_favorite AS favorite
        WHERE {viewers} AND NOT EXISTS (
            SELECT FROM favorites_rating AS rating
            WHERE rating.user_id = favorite.user_id AND rating.movie_id = favorite.movie_id
        ) GROUP BY movie_id
    ) AS counted
    GROUP BY movie_id ORDER BY sum(events) DESC, movie_id LIMIT %s
"""

_WATERMARKS = """
    SELECT coalesce(max(id), 0), max(updated_at),
        (SELECT coalesce(max(id), 0) FROM favorites_favorite)
    FROM favorites_rating
"""


@dataclass(frozen=True)
class Census:
    """Who ever rated or favourited, ascending by id, and how often: parallel arrays."""

    user_ids: IntArray
    ratings: IntArray
    favorites: IntArray
    simulated: BoolArray

    @property
    def suffices(self) -> bool:
        """Whether enough viewers rated enough films to learn from them."""
        raters = np.count_nonzero(self.ratings >= settings.RECOMMENDER_MIN_RATINGS_PER_USER)
        return bool(raters >= settings.RECOMMENDER_MIN_USERS)

    def real(self) -> "Census":
        kept = ~self.simulated
        return Census(
            self.user_ids[kept], self.ratings[kept], self.favorites[kept], self.simulated[kept]
        )

    def ranges(self, limit: int) -> IntArray:
        """Ranges of at most `limit` events, int64[ranges, 3]: first and last user id, users.

        Only a single user of more events has a longer one.
        """
        ends = np.cumsum(self.ratings + self.favorites)
        rows, start = [], 0
        while start < ends.size:
            before = ends[start - 1] if start else 0
            stop = max(int(np.searchsorted(ends, before + limit, side="right")), start + 1)
            rows.append((self.user_ids[start], self.user_ids[stop - 1], stop - start))
            start = stop
        return np.asarray(rows, np.int64).reshape(-1, 3)


@dataclass(frozen=True)
class Survey:
    """Whom a model learns from, and of which films (ascending ids).

    Rows above the watermarks belong to the next training.
    """

    census: Census
    item_ids: IntArray
    with_simulated: bool
    watermarks: Watermarks
    newest_rating_at: datetime | None


def survey(*, max_items: int) -> Survey:
    """Real viewers alone as soon as they suffice; before that together with the simulated ones."""
    with _one_snapshot():
        everyone = read_census()
        real = everyone.real()
        with_simulated = not real.suffices
        return Survey(
            everyone if with_simulated else real,
            _most_interacted(max_items, with_simulated=with_simulated),
            with_simulated,
            *_read_watermarks(),
        )


def count_ratings(*, with_simulated: bool) -> dict[int, int]:
    """Ratings of each film that has any."""
    viewers = "TRUE" if with_simulated else IS_REAL
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT movie_id, count(*) FROM favorites_rating WHERE {viewers} GROUP BY movie_id"  # noqa: S608  # all are constants
        )
        return dict(cursor.fetchall())


def read_census() -> Census:
    columns = copy_out(_CENSUS, [], _CENSUS_COLUMNS)
    return Census(
        columns["user_id"],
        columns["ratings"],
        columns["favorites"],
        columns["simulated"].astype(bool),
    )


def _most_interacted(limit: int, *, with_simulated: bool) -> IntArray:
    viewers = "TRUE" if with_simulated else IS_REAL
    sql = _MOST_INTERACTED.format(viewers=viewers)
    return np.sort(copy_out(sql, [limit], [("movie_id", "i4")])["movie_id"])


def _read_watermarks() -> tuple[Watermarks, datetime | None]:
    with connection.cursor() as cursor:
        cursor.execute(_WATERMARKS)
        rating_id, newest_at, favorite_id = cursor.fetchone()
    return Watermarks(rating_id, favorite_id), newest_at


@contextmanager
def _one_snapshot() -> Iterator[None]:
    """All queries of the block see the same rows, so what is counted is what is cut into ranges.

    Inside a transaction that has begun already, its isolation level stays.
    """
    begins = not connection.in_atomic_block
    with transaction.atomic():
        if begins:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
