"""Small random events, and what stands in the rows of a sparse array."""

import numpy as np
from numpy.random import default_rng

from services.recommender.arrays import SparseArray
from services.recommender.evaluation.events import RatedEvents


def random_likes(seed: int, *, users: int = 60, items: int = 40) -> RatedEvents:
    rows, columns = np.nonzero(default_rng(seed).random((users, items)) < 0.35)
    return RatedEvents.from_arrays(user_ids=rows, item_ids=columns, scores=np.full(rows.size, 8))


def random_ratings(
    seed: int, *, users: int = 60, items: int = 40, timed: bool = False
) -> RatedEvents:
    """Scores of 1-10, two thirds of them likes; ids with gaps."""
    rng = default_rng(seed)
    rows, columns = np.nonzero(rng.random((users, items)) < 0.5)
    scores = np.where(rng.random(rows.size) < 2 / 3, 8, 0) + rng.integers(1, 3, rows.size)
    return RatedEvents.from_arrays(
        user_ids=2 * rows + 100,
        item_ids=3 * columns + 7,
        scores=scores,
        times=rng.permutation(rows.size) * 3_600 if timed else None,
    )


def columns_of(matrix: SparseArray, row: int) -> list[int]:
    return sorted(matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]].tolist())


def cells(matrix: SparseArray) -> set[tuple[int, int]]:
    """Row and column of each entry."""
    return {(row, column) for row in range(matrix.shape[0]) for column in columns_of(matrix, row)}
