"""Films that a list must not hold, whatever their score."""

from collections.abc import Iterable

import numpy as np

from services.recommender.arrays import BoolArray, FloatArray, SparseArray


def exclude(scores: FloatArray, excludes: Iterable[SparseArray]) -> FloatArray:
    """The same array, with -inf at every entry that any of `excludes` stores, be it a 0."""
    for unwanted in excludes:
        rows = np.repeat(np.arange(unwanted.shape[0]), np.diff(unwanted.indptr))
        scores[rows, unwanted.indices] = -np.inf
    return scores


def is_excluded(unwanted: SparseArray, *, row: int, column: int) -> bool:
    entries: BoolArray = unwanted.indices[unwanted.indptr[row] : unwanted.indptr[row + 1]] == column
    return bool(entries.any())
