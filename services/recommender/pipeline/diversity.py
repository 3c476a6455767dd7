"""Less of the same: maximal marginal relevance (Carbonell & Goldstein 1998) by co-rating cosine."""

import numpy as np
import scipy.sparse as sp

from services.recommender.arrays import FloatArray, IntArray, SparseArray
from services.recommender.principal_directions import principal_directions

DIMENSIONS = 32
# Beyond this many events a sample of the users tells the same.
_MOST_EVENTS = 5_000_000
_ITERATIONS = 3


def co_rating_vectors(
    events: SparseArray, *, dimensions: int = DIMENSIONS, seed: int = 0
) -> FloatArray:
    """float32[items, at most dimensions] of about the cosines of events' columns as inner products.

    They are not of unit length: a film of few events is close to none.
    """
    by_item = _unit_columns(_sampled(events)).T.tocsr()
    return principal_directions(by_item, dimensions, iterations=_ITERATIONS, seed=seed)


class Diversity:
    """What each candidate loses for its likeness to the films above it, for a block of viewers.

    `columns` int32[viewers, candidates] are films; `strengths` float32[viewers] is what a likeness
    of 1 costs.
    """

    def __init__(self, vectors: FloatArray, columns: IntArray, *, strengths: FloatArray) -> None:
        self._vectors = vectors[columns]
        self._likeness = np.zeros(columns.shape, np.float32)
        self._costs = -strengths[:, None]

    def values(self) -> FloatArray:
        """float32[viewers, candidates], at most 0."""
        return self._likeness * self._costs

    def add(self, picked: IntArray) -> None:
        """The candidate at position `picked` of each viewer now stands in the list."""
        above = self._vectors[np.arange(len(picked)), picked]
        cosines = np.matmul(self._vectors, above[:, :, None])[:, :, 0]
        np.maximum(self._likeness, cosines, out=self._likeness)


def _sampled(events: SparseArray) -> SparseArray:
    step = -(-events.nnz // _MOST_EVENTS)
    return events[::step] if step > 1 else events


def _unit_columns(events: SparseArray) -> SparseArray:
    counts = np.bincount(events.indices, minlength=events.shape[1])
    data = 1 / np.sqrt(counts[events.indices], dtype=np.float32)
    return sp.csr_array((data, events.indices, events.indptr), shape=events.shape)
