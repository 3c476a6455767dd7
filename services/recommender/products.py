"""XᵀX of more users than memory holds at once: they come in ranges and only sums stay.

A user of n items adds n² products. Those of items that many users share are cheapest dense, by
BLAS, the rare rest sparse; how many items count as shared is chosen by what it would cost, for
users of long histories apart from the others.
"""

from collections.abc import Iterator, Sequence
from typing import BinaryIO, Self

import numpy as np
import scipy.sparse as sp
from scipy.linalg import blas

from services.recommender.arrays import BoolArray, FloatArray, IntArray, SparseArray

# Events kept until they are worth a pass over the sums: 64 MB as sparse rows.
_BUFFERED = 8_000_000
# Lengths at which a history counts as longer; each class of users has its own number of shared
# items, because what is left over of a history is squared.
_LONGER = (100, 300, 1_000, 3_000)
# Shared items at most, of which the dense sums take 268 MB.
_MOST_SHARED = 8_192
# Floats of dense users and of dense sums at once, 64 MB.
_DENSE = 1 << 24
# Rows of sums treated at once: 80 MB at 20,000 items.
_BLOCK = 1_000
# Seconds of one product in dense, half dense and sparse form, and of adding to one sum.
_BLAS_SECONDS = 1 / 40e9
_HALF_DENSE_SECONDS = 1 / 1e9
_SPARSE_SECONDS = 1 / 50e6
_ADD_SECONDS = 1 / 600e6


class ProductSums:
    """Sums of products over the users that were added; the sums of other users add to them.

    Until `finish`, items stand in order of their popularity among the first users, which makes
    shared ones neighbours in memory, and only the lower triangle counts.
    """

    def __init__(self, items: int) -> None:
        self._items = items
        self._waiting: list[SparseArray] = []
        self._rank: IntArray | None = None
        self._sums = np.zeros((items, items), np.float32)

    def add(self, block: SparseArray) -> None:
        """Weights of some more users, float32[users, items]."""
        if block.shape[1] != self._items:
            raise ValueError(f"a block of {block.shape[1]} items does not fit {self._items}")
        self._waiting.append(block)
        if sum(each.nnz for each in self._waiting) >= _BUFFERED:
            self._flush()

    def save(self, file: BinaryIO) -> None:
        """Write what was added so far; sums that are loaded from it go on as these do."""
        self._flush()
        np.save(file, np.empty(0, np.int32) if self._rank is None else self._rank)
        for start in range(0, self._items, _BLOCK):
            np.save(file, self._sums[start : start + _BLOCK, : start + _BLOCK])

    @classmethod
    def load(cls, file: BinaryIO, items: int) -> Self:
        """What `save` wrote. Raises ValueError or EOFError where that is of other items or cut."""
        loaded = cls(items)
        rank = np.load(file, allow_pickle=False)
        loaded._rank = rank if rank.size else None
        for start in range(0, items, _BLOCK):
            rows = loaded._sums[start : start + _BLOCK, : start + _BLOCK]
            saved = np.load(file, allow_pickle=False)
            if saved.shape != rows.shape:
                raise ValueError(f"rows of {saved.shape} are saved where {rows.shape} belong")
            rows[:] = saved
        return loaded

    def finish(self) -> FloatArray:
        """The products float32[items, items], in the memory of the sums: nothing can be added."""
        self._flush()
        _mirror(self._sums)
        if self._rank is not None:
            _reorder(self._sums, self._rank)
        return self._sums

    def _flush(self) -> None:
        if not self._waiting:
            return
        block = _stacked(self._waiting)
        self._waiting.clear()
        if self._rank is None:
            self._rank = _popularity_ranks(block)
        ranks = self._rank[block.indices]
        ranked: SparseArray = sp.csr_array((block.data, ranks, block.indptr), shape=block.shape)
        _add_products(self._sums, ranked)


def _stacked(blocks: Sequence[SparseArray]) -> SparseArray:
    """One block over another, or the only one itself."""
    return blocks[0] if len(blocks) == 1 else sp.csr_array(sp.vstack(blocks, format="csr"))


def _popularity_ranks(block: SparseArray) -> IntArray:
    """Position of each item from the most frequent one on, int32[items]."""
    counts = np.bincount(block.indices, minlength=block.shape[1])
    ranks = np.empty(counts.size, np.int32)
    ranks[np.argsort(-counts, kind="stable")] = np.arange(counts.size, dtype=np.int32)
    return ranks


def _add_products(sums: FloatArray, ranked: SparseArray) -> None:
    classes = np.digitize(np.diff(ranked.indptr), _LONGER)
    leftovers: list[SparseArray] = [ranked[:0]]
    for number in np.unique(classes):
        users = ranked[np.flatnonzero(classes == number)]
        shared = choose_shared(users)
        for some in _ranges_of(users, max(_DENSE // max(shared, 1), 1)):
            _add_shared(sums, some, shared)
        leftovers.append(_from_column(users, shared))
    _add_leftovers(sums, _stacked(leftovers))


def choose_shared(users: SparseArray) -> int:
    """The number of first items that costs least when their products are dense."""
    items = users.shape[1]
    most = min(items, _MOST_SHARED)
    candidates = sorted({0, most, *(most >> shift for shift in range(1, 7))})
    return min(candidates, key=lambda shared: _estimate_seconds(users, shared))


def _estimate_seconds(users: SparseArray, shared: int) -> float:
    is_left = np.concatenate([[0], np.cumsum(users.indices >= shared)])
    left = np.diff(is_left[users.indptr]).astype(np.float64)
    items = users.shape[1]
    return float(
        users.shape[0] * shared**2 / 2 * _BLAS_SECONDS
        + left.sum() * shared * _HALF_DENSE_SECONDS
        + (left @ left) / 2 * _SPARSE_SECONDS
        + shared * items * _ADD_SECONDS
    )


def _add_shared(sums: FloatArray, users: SparseArray, shared: int) -> None:
    """Products of the shared items with each other, and of all others with them."""
    if not shared:
        return
    dense = users[:, :shared].toarray()
    # BLAS works by columns: what it calls the upper triangle is the lower one here.
    sums[:shared, :shared] += blas.ssyrk(1.0, dense.T).T
    others = users[:, shared:].T.tocsr()
    height = max(_DENSE // shared, 1)
    for start in range(0, others.shape[0], height):
        rows = others[start : start + height]
        if rows.nnz:
            sums[shared + start : shared + start + height, :shared] += rows @ dense


def _add_leftovers(sums: FloatArray, users: SparseArray) -> None:
    columns = users.tocsc()
    first = int(users.indices.min()) if users.nnz else users.shape[1]
    for start in range(first, users.shape[1], _BLOCK):
        stop = min(start + _BLOCK, users.shape[1])
        sums[start:stop, first:stop] += (columns[:, start:stop].T @ users[:, first:stop]).toarray()


def _from_column(users: SparseArray, first: int) -> SparseArray:
    """Only the entries of the columns from `first` on, where they were."""
    kept = users.indices >= first
    ends = np.concatenate([[0], np.cumsum(kept)])[users.indptr]
    rest: SparseArray = sp.csr_array(
        (users.data[kept], users.indices[kept], ends), shape=users.shape
    )
    return rest


def _ranges_of(users: SparseArray, size: int) -> Iterator[SparseArray]:
    return (users[start : start + size] for start in range(0, users.shape[0], size))


def _mirror(matrix: FloatArray) -> None:
    """Copy the lower triangle into the upper one, block of rows by block of rows."""
    for start in range(0, len(matrix), _BLOCK):
        stop = start + _BLOCK
        own = matrix[start:stop, start:stop]
        own[:] = np.tril(own) + np.tril(own, -1).T
        matrix[start:stop, stop:] = matrix[stop:, start:stop].T


def _reorder(matrix: FloatArray, sources: IntArray) -> None:
    """Make row and column i what was row and column sources[i], in the same memory."""
    for start in range(0, len(matrix), _BLOCK):
        rows = matrix[start : start + _BLOCK]
        rows[:] = rows[:, sources]
    moved = np.zeros(len(matrix), bool)
    for first in range(len(matrix)):
        if not moved[first]:
            _move_cycle(matrix, sources, moved, first)


def _move_cycle(matrix: FloatArray, sources: IntArray, moved: BoolArray, first: int) -> None:
    saved = matrix[first].copy()
    row = first
    while sources[row] != first:
        matrix[row] = matrix[sources[row]]
        moved[row] = True
        row = sources[row]
    matrix[row] = saved
    moved[row] = True
