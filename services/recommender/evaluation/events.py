"""Ratings to evaluate on: each pair of a user and an item once, with its score and moment."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike

from services.recommender.arrays import FloatArray, IntArray, SparseArray
from services.recommender.entries import entries
from services.recommender.weights import HIGHEST_SCORE

LIKED_FROM = 8
DISLIKED_TO = 4
_SECONDS_A_DAY = 86_400
# A table of int32 places takes 200 MB then.
_MOST_IDS_IN_A_TABLE = 50_000_000


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
        rows, row_of = _numbered(users)
        columns, column_of = _numbered(items)
        pairs = row_of * np.int64(columns.size) + column_of
        kept = _last_of_each_pair(pairs, values if moments is None else moments)
        matrix: SparseArray = sp.csr_array(
            (values[kept], column_of[kept].astype(np.int32), _pointers(row_of[kept], rows.size)),
            shape=(rows.size, columns.size),
        )
        return cls(rows, columns, matrix, None if moments is None else moments[kept])

    def rows_of_entries(self) -> IntArray:
        """The row of each entry, int32[entries]."""
        counts = np.diff(self.matrix.indptr)
        return np.repeat(np.arange(self.user_ids.size, dtype=np.int32), counts)

    def likes(self) -> SparseArray:
        """Only the scores of at least LIKED_FROM, on the same axes."""
        return entries(self.matrix, self.matrix.data >= LIKED_FROM)


def days(seconds: IntArray) -> FloatArray:
    return np.asarray(seconds, np.float64) / _SECONDS_A_DAY


def _shape(times: IntArray | None, values: FloatArray) -> tuple[int, ...]:
    return values.shape if times is None else times.shape


def _pointers(row_of: IntArray, rows: int) -> IntArray:
    counts = np.bincount(row_of, minlength=rows)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)


def _numbered(ids: IntArray) -> tuple[IntArray, IntArray]:
    """The different ids, ascending, and the place of each id among them.

    Where ids lie close together, a table of all there could be does it without sorting them.
    """
    if not ids.size or int(ids.max()) - int(ids.min()) > _MOST_IDS_IN_A_TABLE:
        different, places = np.unique(ids.astype(np.int64), return_inverse=True)
        return different, places.astype(np.int32)
    lowest = int(ids.min())
    is_there = np.zeros(int(ids.max()) - lowest + 1, bool)
    is_there[ids - lowest] = True
    place = np.cumsum(is_there, dtype=np.int32) - np.int32(1)
    return np.flatnonzero(is_there) + lowest, place[ids - lowest]


def _last_of_each_pair(pairs: IntArray, ranks: IntArray | FloatArray) -> IntArray:
    """Positions of the entry of greatest rank of each pair, later ones first; pairs ascending."""
    order = _ascending(pairs)
    ordered = pairs[order]
    is_first = np.ones(order.size, bool)
    is_first[1:] = ordered[1:] != ordered[:-1]
    if is_first.all():
        return order
    starts = np.flatnonzero(is_first)
    ranked = ranks[order]
    greatest = np.repeat(np.maximum.reduceat(ranked, starts), np.diff(starts, append=order.size))
    places = np.where(ranked == greatest, np.arange(order.size), -1)
    kept: IntArray = order[np.maximum.reduceat(places, starts)]
    return kept


def _ascending(keys: IntArray) -> IntArray:
    """`argsort` of keys from 0 on, equal ones in their order.

    By 16 bits at a time, for which alone NumPy sorts in linear time.
    """
    order = np.arange(keys.size)
    for shift in range(0, int(keys.max(initial=0)).bit_length(), 16):
        digits = ((keys[order] >> shift) & 0xFFFF).astype(np.uint16)
        order = order[np.argsort(digits, kind="stable")]
    return order
