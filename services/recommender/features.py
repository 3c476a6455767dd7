"""Features of films as a sparse matrix."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from services.recommender.arrays import FloatArray, SparseArray
from services.recommender.catalogue import Features
from services.recommender.entries import with_data


def incidence(features: Sequence[Features]) -> tuple[list[str], SparseArray]:
    """The names, ascending, and float32[items, names] of 1 where a film has that feature."""
    names = sorted(frozenset().union(*features))
    columns = {name: column for column, name in enumerate(names)}
    counts = [len(each) for each in features]
    indices = [columns[name] for each in features for name in sorted(each)]
    indptr = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    shape = (len(counts), len(names))
    values = np.ones(len(indices), np.float32)
    return names, sp.csr_array((values, np.asarray(indices, np.int64), indptr), shape=shape)


def of_several(matrix: SparseArray) -> SparseArray:
    """Without the columns that only one row has, which tie it to no other."""
    counts = np.bincount(matrix.indices, minlength=matrix.shape[1])
    return matrix[:, np.flatnonzero(counts > 1)]


def per_row(matrix: SparseArray) -> SparseArray:
    """Each row divided by its sum; a row without entries stays empty."""
    sums = np.repeat(sums_of_rows(matrix), np.diff(matrix.indptr))
    return with_data(matrix, (matrix.data / sums).astype(np.float32))


def evidence(weights: SparseArray, prior: float) -> FloatArray:
    """`prior` and the size of all weights of each row, float64[rows]; 1 where neither is any."""
    known = sums_of_rows(abs(weights)) + prior
    return np.where(known > 0, known, 1)


def sums_of_rows(matrix: SparseArray) -> FloatArray:
    """float64[rows]."""
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    sums: FloatArray = np.bincount(rows, matrix.data, matrix.shape[0]).astype(np.float64)
    return sums
