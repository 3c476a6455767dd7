"""Invented viewers with their ratings, copied into an empty database."""

from collections.abc import Iterator

import numpy as np
from django.db import connection, transaction

from apps.movies.models import Movie
from services.recommendations.copying import Records, copy_in, record_type
from services.recommender.arrays import IntArray, SparseArray
from services.recommender.synthetic import HistoryShape, Population
from tests.benchmarks.catalogue import add_films, describe_films

# Those of MovieLens 20M for each of its ratings.
RATINGS_PER_USER = 20_000_000 / 138_000
SEED = 20

_USERS = """
    INSERT INTO users_user (password, is_superuser, email, display_name, origin, is_staff,
        is_active, date_joined)
    SELECT '!', false, 'viewer' || n || '@example.com', '', 'registered', false, true, now()
    FROM generate_series(1, %s) AS n RETURNING id
"""
_COLUMNS = (
    *(("user_id", "i8"), ("movie_id", "i4"), ("score", "i2")),
    *(("created_at", "i8"), ("updated_at", "i8")),
)
_NAMES = [name for name, _ in _COLUMNS]
# 2020 as PostgreSQL counts: microseconds since 2000.
_MOMENT = 20 * 365 * 86_400 * 1_000_000


def fill(*, ratings: int, items: int, users: int | None = None, unrated: int = 0) -> HistoryShape:
    """Viewers, films and ratings; by default as many viewers for them as MovieLens 20M has."""
    users = users or max(round(ratings / RATINGS_PER_USER), 1)
    population = Population.draw(users=users, items=items, ratings=ratings, seed=SEED)
    with connection.cursor() as cursor:
        cursor.execute(_USERS, [users])
        user_ids = np.sort([user_id for (user_id,) in cursor.fetchall()])
    add_films(items)
    _copy_ratings(population, user_ids)
    add_films(unrated)
    describe_films(with_genres=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return HistoryShape.of(population.histories)


def _copy_ratings(population: Population, user_ids: IntArray) -> None:
    movie_ids = np.fromiter(Movie.objects.order_by("pk").values_list("pk", flat=True), np.int32)
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Every id is one of those above; looking each up would take most of the time.
            cursor.execute("SET LOCAL session_replication_role = replica")
        for block in _blocks(population, user_ids, movie_ids):
            copy_in("favorites_rating", _NAMES, [block])


def _blocks(population: Population, user_ids: IntArray, movie_ids: IntArray) -> Iterator[Records]:
    first = 0
    for number in range(population.blocks):
        scores = population.scores(number)
        yield _records(scores, user_ids[first:], movie_ids)
        first += scores.shape[0]


def _records(scores: SparseArray, user_ids: IntArray, movie_ids: IntArray) -> Records:
    values = {
        "user_id": np.repeat(user_ids[: scores.shape[0]], np.diff(scores.indptr)),
        "movie_id": movie_ids[scores.indices],
        "score": scores.data,
        "created_at": _MOMENT,
        "updated_at": _MOMENT,
    }
    records = np.zeros(scores.nnz, record_type(_COLUMNS))
    records["columns"] = len(_COLUMNS)
    for name, kind in _COLUMNS:
        records[f"{name}_bytes"] = np.dtype(kind).itemsize
        records[name] = values[name]
    return records
