"""Whose ratings a model learns from: real viewers, and simulated ones only until those suffice."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection, transaction
from numpy.typing import NDArray

from apps.users.models import User
from services.recommender.interactions import Interactions

from .loading import Favorites, Ratings, read_favorites, read_ratings, to_interactions


@dataclass(frozen=True)
class TrainingData:
    """What a model learns from, and how many of its users and ratings are simulated."""

    ratings: Ratings
    favorites: Favorites
    simulated_users: int = 0
    simulated_ratings: int = 0

    @property
    def suffices(self) -> bool:
        """Whether enough viewers rated enough films to learn from them."""
        _, counts = np.unique(self.ratings.user_ids, return_counts=True)
        raters = np.count_nonzero(counts >= settings.RECOMMENDER_MIN_RATINGS_PER_USER)
        return bool(raters >= settings.RECOMMENDER_MIN_USERS)

    def count_users(self) -> int:
        return int(np.union1d(self.ratings.user_ids, self.favorites.user_ids).size)

    def to_interactions(self) -> Interactions:
        return to_interactions(self.ratings, self.favorites)


def choose_training_data() -> TrainingData:
    """Real viewers alone as soon as they suffice; before that together with the simulated ones."""
    with _one_snapshot():
        real = read_training_data(with_simulated=False)
        return real if real.suffices else read_training_data(with_simulated=True)


def read_training_data(*, with_simulated: bool) -> TrainingData:
    with _one_snapshot():
        return _read(with_simulated=with_simulated)


def _read(*, with_simulated: bool) -> TrainingData:
    ratings = read_ratings(with_simulated=with_simulated)
    favorites = read_favorites(with_simulated=with_simulated)
    if not with_simulated:
        return TrainingData(ratings, favorites)
    simulated = _simulated_user_ids()
    users = np.union1d(ratings.user_ids, favorites.user_ids)
    return TrainingData(
        ratings,
        favorites,
        simulated_users=int(np.isin(users, simulated).sum()),
        simulated_ratings=int(np.isin(ratings.user_ids, simulated).sum()),
    )


def _simulated_user_ids() -> NDArray[np.integer[Any]]:
    users = User.objects.filter(origin=User.Origin.SIMULATED)
    return np.fromiter(users.values_list("pk", flat=True), np.int64)


@contextmanager
def _one_snapshot() -> Iterator[None]:
    """All queries of the block see the same rows, so what is counted is what is learned from.

    Inside a transaction that has begun already, its isolation level stays.
    """
    begins = not connection.in_atomic_block
    with transaction.atomic():
        if begins:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
