"""Inner products of sparse rows with many others, at the speed of BLAS where columns are full."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from services.recommender.arrays import FloatArray, IntArray, SparseArray
from services.recommender.entries import with_data

# From this share of filled entries on a column is faster multiplied dense. All dense columns
# together take at most 1 / share times 4 bytes for each stored entry.
_DENSE_FROM = 0.08


@dataclass(frozen=True, eq=False)
class Overlaps:
    """A matrix prepared to be multiplied with: its full columns dense, the others sparse.

    `dense` float32[full, rows] are the columns at the positions `full`; `rest` float32[columns,
    rows] in CSR form holds all others.
    """

    full: IntArray
    dense: FloatArray
    rest: SparseArray

    @classmethod
    def with_rows_of(cls, matrix: SparseArray) -> Self:
        """Prepare float32[rows, columns]."""
        rows, columns = matrix.shape
        counts = np.bincount(matrix.indices, minlength=columns)
        is_full = counts > _DENSE_FROM * rows
        by_column = matrix.T.tocsr()
        dense = by_column[is_full].toarray()
        by_column.data[np.repeat(is_full, counts)] = 0
        by_column.eliminate_zeros()
        return cls(np.flatnonzero(is_full), dense, by_column)

    def __call__(self, left: SparseArray) -> FloatArray:
        """`left` times the transpose, float32[left's rows, rows]."""
        product: FloatArray = left[:, self.full].toarray() @ self.dense
        product += (self._only_rest(left) @ self.rest).toarray()
        return product

    def _only_rest(self, left: SparseArray) -> SparseArray:
        is_full = np.zeros(left.shape[1], bool)
        is_full[self.full] = True
        others = left.copy()
        others.data[is_full[others.indices]] = 0
        others.eliminate_zeros()
        return others


def shortened(profiles: SparseArray, shrinkage: float) -> SparseArray:
    """Each row p as p / sqrt(|p|² + shrinkage), so that inner products are shrunk cosines."""
    lengths = np.diff(profiles.indptr)
    rows = np.repeat(np.arange(lengths.size), lengths)
    squares = np.bincount(rows, weights=profiles.data**2, minlength=lengths.size)
    totals = squares + shrinkage
    scaled = profiles.data / np.sqrt(np.where(totals > 0, totals, 1))[rows]
    return with_data(profiles, scaled.astype(np.float32))
