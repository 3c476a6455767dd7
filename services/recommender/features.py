"""Features of films as a sparse matrix."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from services.recommender.arrays import SparseArray
from services.recommender.catalogue import Features


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


def per_row(matrix: SparseArray) -> SparseArray:
    """Each row divided by its sum; a row without entries stays empty."""
    sums = np.asarray(matrix.sum(axis=1), np.float32).ravel()
    data = matrix.data / np.repeat(sums, np.diff(matrix.indptr))
    return sp.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)
