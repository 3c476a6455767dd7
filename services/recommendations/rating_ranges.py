"""What a range of users adds to a training: their weights on its films, as one sparse block."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from services.recommender.arrays import FloatArray, IntArray, SparseArray
from services.recommender.weights import HIGHEST_SCORE, train_weights

from .loading import UserRange, Watermarks, read_favorites, read_ratings


@dataclass(frozen=True)
class Selection:
    """Which rows of a range are learned from; `item_ids` are ascending."""

    item_ids: IntArray
    with_simulated: bool
    newest: Watermarks


def read_block(users: UserRange, selection: Selection) -> SparseArray:
    """float32[users with any row, items]; a favourite counts as a score of 10."""
    simulated, newest = selection.with_simulated, selection.newest
    ratings = read_ratings(users, with_simulated=simulated, newest=newest)
    favorites = read_favorites(users, with_simulated=simulated, newest=newest)
    everyone = np.union1d(ratings.user_ids, favorites.user_ids)
    given = train_weights(ratings.scores)
    rated = _matrix(everyone, selection.item_ids, ratings.user_ids, ratings.movie_ids, given)
    if not favorites.user_ids.size:
        return rated
    best = train_weights(np.full(favorites.user_ids.size, HIGHEST_SCORE))
    liked = _matrix(everyone, selection.item_ids, favorites.user_ids, favorites.movie_ids, best)
    return sp.csr_array(rated.maximum(liked))


def _matrix(
    users: IntArray, items: IntArray, user_ids: IntArray, movie_ids: IntArray, weights: FloatArray
) -> SparseArray:
    """Without the films that are not among the items."""
    columns = np.minimum(np.searchsorted(items, movie_ids), items.size - 1)
    kept = np.flatnonzero(items[columns] == movie_ids)
    rows = np.searchsorted(users, user_ids[kept])
    shape = (users.size, items.size)
    matrix: SparseArray = sp.csr_array((weights[kept], (rows, columns[kept])), shape=shape)
    return matrix
