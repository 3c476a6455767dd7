"""The best films of each viewer, with every tie decided: the more popular, then the lower id.

A score and its film's place among ties are packed into one integer, so that sorting plain values,
which NumPy does with vector instructions, sorts films.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from services.recommender.arrays import BoolArray, FloatArray, IntArray

NOTHING = -1

_LEAST = np.iinfo(np.int64).min
_SIGN = np.int32(0x7FFFFFFF)
# Groups per candidate. More cost time of their own, fewer let more films survive the threshold.
_GROUPS = 3


@dataclass(frozen=True)
class TieOrder:
    """`ranks` int64[items] is greater the sooner a film wins a tie; `columns` its inverse."""

    ranks: IntArray
    columns: IntArray

    @classmethod
    def of(cls, *, item_ids: IntArray, popularity: FloatArray) -> Self:
        columns = np.lexsort((item_ids, -popularity))[::-1].astype(np.int32)
        ranks = np.empty(columns.size, np.int64)
        ranks[columns] = np.arange(columns.size)
        return cls(ranks, columns)


def select_candidates(scores: FloatArray, ties: TieOrder, limit: int) -> IntArray:
    """int32[viewers, min(limit, items)] columns by descending score; -inf is no candidate.

    `scores` is float32[viewers, items]; where a viewer has fewer candidates, NOTHING follows.
    """
    limit = min(limit, scores.shape[1])
    survivors = scores >= _lower_bounds(scores, limit)[:, None]
    keys = _sorted_keys(scores, survivors, ties, limit)
    columns = np.full((len(scores), limit), NOTHING, np.int32)
    found = keys[:, :limit]
    place = found & 0xFFFFFFFF
    chosen = ties.columns.take(np.where(found == _LEAST, 0, place)) if limit else place
    columns[:, : found.shape[1]] = np.where(found == _LEAST, NOTHING, chosen)
    return columns


def _lower_bounds(scores: FloatArray, limit: int) -> FloatArray:
    """A finite score for each viewer that at least `limit` films reach, where so many are finite.

    The `limit` greatest of the maxima of disjoint groups belong to as many different films.
    """
    viewers, items = scores.shape
    least = np.full(viewers, np.finfo(np.float32).min, np.float32)
    if items <= limit or not limit:
        return least
    size = max(items // (_GROUPS * limit), 1)
    groups = items // size
    maxima = scores[:, : groups * size].reshape(viewers, size, groups).max(axis=1)
    maxima.partition(groups - limit, axis=1)
    bounds: FloatArray = np.maximum(maxima[:, groups - limit], least)
    return bounds


def _sorted_keys(scores: FloatArray, survivors: BoolArray, ties: TieOrder, limit: int) -> IntArray:
    """Keys of survivors in descending order, int64[viewers, most of any], filled with _LEAST."""
    viewers, items = scores.shape
    flat = np.flatnonzero(survivors) if limit else np.empty(0, np.intp)
    rows, columns = np.divmod(flat, max(items, 1))
    counts = np.bincount(rows, minlength=viewers)
    keys = np.full((viewers, counts.max(initial=0)), _LEAST)
    places = np.arange(flat.size) - np.repeat(np.cumsum(counts) - counts, counts)
    keys[rows, places] = _pack(scores.ravel()[flat], ties.ranks[columns])
    keys.sort(axis=1)
    return keys[:, ::-1]


def _pack(scores: FloatArray, ranks: IntArray) -> IntArray:
    """Integers in the order of scores, then of ranks. Adding 0 turns -0.0 into 0.0."""
    bits = (scores.astype(np.float32) + np.float32(0)).view(np.int32)
    ordered = (bits ^ ((bits >> 31) & _SIGN)).astype(np.int64)
    packed: IntArray = (ordered << 32) | ranks
    return packed
