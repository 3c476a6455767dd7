"""Sparse matrices made of others, of some of their entries or of the same, and as plain arrays."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from services.recommender.arrays import BoolArray, SparseArray


def entries(matrix: SparseArray, chosen: BoolArray) -> SparseArray:
    """The chosen entries of the matrix, on the same axes."""
    passed = np.concatenate([[0], np.cumsum(chosen)])
    kept: SparseArray = sp.csr_array(
        (matrix.data[chosen], matrix.indices[chosen], passed[matrix.indptr].astype(np.int32)),
        shape=matrix.shape,
    )
    return kept


def with_data(matrix: SparseArray, data: NDArray[np.number[Any]]) -> SparseArray:
    """The same entries holding other numbers; what says where they are is shared."""
    filled: SparseArray = sp.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)
    return filled


def stored(matrix: SparseArray) -> dict[str, NDArray[Any]]:
    """The arrays of which `read_stored` makes the matrix again."""
    return {"indptr": matrix.indptr, "indices": matrix.indices, "values": matrix.data}


def read_stored(arrays: Mapping[str, NDArray[Any]], shape: tuple[int, int]) -> SparseArray:
    """The matrix over the same memory, which may be a read-only map."""
    parts = tuple(np.asarray(arrays[name]) for name in ("values", "indices", "indptr"))
    matrix: SparseArray = sp.csr_array(parts, shape=shape, copy=False)
    return matrix
