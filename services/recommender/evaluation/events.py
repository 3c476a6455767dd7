"""Ratings to evaluate on: each pair of a user and an item once, with its score and moment."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike

from services.recommender.arrays import BoolArray, FloatArray, IntArray, SparseArray
from services.recommender.weights import HIGHEST_SCORE

LIKED_FROM = 8
DISLIKED_TO = 4
_SECONDS_A_DAY = 86_400


@dataclass(frozen=True)
class RatedEvents:
    """Scores of users (rows) on items (columns); both id arrays are sorted and unique.

    `matrix` holds scores of 1-10, ascending by column in each row. `times` int64[entries], in the
    order of `matrix.data`, are seconds since 1970; None where nobody knows them.
    """

    user_ids: IntArray
    item_ids: IntArray
    matrix: SparseArray
    times: IntArray | None = None

    @classmethod
    def from_arrays(
        cls,
        *,
        user_ids: ArrayLike,
        item_ids: ArrayLike,
        scores: ArrayLike,
        times: ArrayLike | None = None,
    ) -> Self:
        """Build from parallel arrays in any order.

        Of equal pairs the last one counts, or where there are no times the one of greatest score.
        Raises ValueError where the arrays differ in length or a score is not from 1 to 10.
        """
        users, items = np.asarray(user_ids), np.asarray(item_ids)
        values = np.asarray(scores, np.float32)
        moments = None if times is None else np.asarray(times, np.int64)
        if not users.shape == items.shape == values.shape == _shape(moments, values):
            raise ValueError("user_ids, item_ids, scores and times must be parallel arrays")
        if values.size and not (values.min() >= 1 and values.max() <= HIGHEST_SCORE):
            raise ValueError("every score must be from 1 to 10")
        rows, row_of = np.unique(users, return_inverse=True)
        columns, column_of = np.unique(items, return_inverse=True)
        pairs = row_of * np.int64(columns.size) + column_of
        kept = _last_of_each_pair(pairs, values if moments is None else moments)
        matrix: SparseArray = sp.csr_array(
            (values[kept], column_of[kept].astype(np.int32), _pointers(row_of[kept], rows.size)),
            shape=(rows.size, columns.size),
        )
        return cls(
            rows.astype(np.int64),
            columns.astype(np.int64),
            matrix,
            None if moments is None else moments[kept],
        )

    def rows_of_entries(self) -> IntArray:
        """The row of each entry, int32[entries]."""
        counts = np.diff(self.matrix.indptr)
        return np.repeat(np.arange(self.user_ids.size, dtype=np.int32), counts)

    def likes(self) -> SparseArray:
        """Only the scores of at least LIKED_FROM, on the same axes."""
        return entries(self.matrix, self.matrix.data >= LIKED_FROM)


def entries(matrix: SparseArray, chosen: BoolArray) -> SparseArray:
    """The chosen entries of the matrix, on the same axes."""
    passed = np.concatenate([[0], np.cumsum(chosen)])
    kept: SparseArray = sp.csr_array(
        (matrix.data[chosen], matrix.indices[chosen], passed[matrix.indptr].astype(np.int32)),
        shape=matrix.shape,
    )
    return kept


def with_data(matrix: SparseArray, data: FloatArray) -> SparseArray:
    """The same entries holding other numbers."""
    filled: SparseArray = sp.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)
    return filled


def days(seconds: IntArray) -> FloatArray:
    return np.asarray(seconds, np.float64) / _SECONDS_A_DAY


def _shape(times: IntArray | None, values: FloatArray) -> tuple[int, ...]:
    return values.shape if times is None else times.shape


def _pointers(row_of: IntArray, rows: int) -> IntArray:
    counts = np.bincount(row_of, minlength=rows)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)


def _last_of_each_pair(pairs: IntArray, ranks: IntArray | FloatArray) -> IntArray:
    """Positions of the entry of greatest rank of each pair, later ones first; pairs ascending."""
    order = np.argsort(pairs, kind="stable")
    ordered = pairs[order]
    if np.any(ordered[1:] == ordered[:-1]):
        order = np.lexsort((ranks, pairs))
        ordered = pairs[order]
    is_last = np.ones(order.size, bool)
    is_last[:-1] = ordered[1:] != ordered[:-1]
    kept: IntArray = order[is_last]
    return kept
