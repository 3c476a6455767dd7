"""Who rated what, as one sparse matrix of weights."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike

from services.recommender.arrays import FloatArray, IntArray, SparseArray
from services.recommender.entries import with_data
from services.recommender.weights import GradeCurve


@dataclass(frozen=True)
class Interactions:
    """Weights of users (rows) on items (columns); both id arrays are sorted and unique."""

    user_ids: IntArray
    item_ids: IntArray
    matrix: SparseArray

    @classmethod
    def from_events(cls, *, user_ids: ArrayLike, item_ids: ArrayLike, weights: ArrayLike) -> Self:
        """Build from parallel arrays in any order; of equal pairs the greatest weight counts.

        Raises ValueError where the arrays differ in length or a weight is not positive.
        """
        users, items = np.asarray(user_ids, np.int64), np.asarray(item_ids, np.int64)
        values = np.asarray(weights, np.float32)
        if not users.shape == items.shape == values.shape:
            raise ValueError("user_ids, item_ids and weights must be parallel arrays")
        if not np.all(values > 0):
            raise ValueError("every weight must be positive")
        kept = _greatest_of_each_pair(users, items, values)
        rows, row_of = np.unique(users[kept], return_inverse=True)
        columns, column_of = np.unique(items[kept], return_inverse=True)
        shape = (rows.size, columns.size)
        return cls(rows, columns, sp.csr_array((values[kept], (row_of, column_of)), shape=shape))

    def most_interacted(self, limit: int) -> Self:
        """The same users with only the `limit` items of most events; the lower id wins a tie."""
        if self.item_ids.size <= limit:
            return self
        counts = np.bincount(self.matrix.indices, minlength=self.item_ids.size)
        kept = np.sort(np.lexsort((self.item_ids, -counts))[:limit])
        matrix = sp.csr_array(self.matrix[:, kept])
        return type(self)(self.user_ids, self.item_ids[kept], matrix)

    def weighted(self, curve: GradeCurve) -> Self:
        """The same events, whose scores become weights."""
        weights = with_data(self.matrix, curve(self.matrix.data))
        return type(self)(self.user_ids, self.item_ids, weights)

    def popularity(self) -> FloatArray:
        """Sum of weights per item, float32[items]."""
        return np.asarray(self.matrix.sum(axis=0, dtype=np.float64), np.float32).ravel()


def _greatest_of_each_pair(users: IntArray, items: IntArray, weights: FloatArray) -> IntArray:
    """Positions of one event for each user and item, in that order."""
    order = np.lexsort((-weights, items, users))
    users, items = users[order], items[order]
    is_first = np.ones(order.size, bool)
    is_first[1:] = (np.diff(users) != 0) | (np.diff(items) != 0)
    return order[is_first]
