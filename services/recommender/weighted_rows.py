"""Weighted sums of a sparse matrix's rows, as many for each viewer as films are in a profile."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import scipy.sparse as sp

from services.recommender.arrays import FloatArray, SparseArray

# Entries gathered at once: 1 MB, which stays in a core's cache until it is added up.
_GATHERED = 1 << 17
# Sums are numbered by 32 bits: so many rows of 20,000 columns are far from all of them.
_MOST_ROWS = 64


def weighted_rows(weights: SparseArray, matrix: SparseArray) -> FloatArray:
    """`weights` times `matrix`, dense; both in CSR form of float32.

    The same numbers as SciPy's sparse product has, to the bit. That keeps a list of what is not 0,
    which costs more than the sums where a row is to be dense anyway.
    """
    sums = np.empty((weights.shape[0], matrix.shape[1]), np.float32)
    for rows in _groups(weights, matrix):
        some = weights[rows]
        gathered = matrix[some.indices]
        # Row r's sums follow those of the rows before it, as if all were one long row.
        ends = gathered.indptr[some.indptr].tolist()
        for row, (start, stop) in enumerate(pairwise(ends)):
            gathered.indices[start:stop] += np.int32(row * matrix.shape[1])
        by_entry = (gathered.data, gathered.indices, gathered.indptr)
        to_sums = sp.csc_array(by_entry, shape=(sums[rows].size, some.nnz))
        sums[rows] = (to_sums @ some.data).reshape(some.shape[0], matrix.shape[1])
    return sums


def _groups(weights: SparseArray, matrix: SparseArray) -> Iterator[slice]:
    """As many rows at once as gather about _GATHERED entries."""
    rows = weights.shape[0]
    gathered = int(np.diff(matrix.indptr)[weights.indices].sum())
    size = max(min(_GATHERED * rows // max(gathered, 1), _MOST_ROWS), 1)
    return (slice(start, min(start + size, rows)) for start in range(0, rows, size))
