"""How much of what stands first in lists is the same in others of the same viewers."""

from collections.abc import Sequence

import numpy as np

from services.recommender.arrays import FloatArray, IntArray

NOTHING = 0


def first_places(lists: Sequence[IntArray], *, places: int) -> IntArray:
    """int32[lists, places] of item ids, NOTHING behind the end of a shorter list."""
    first = np.full((len(lists), places), NOTHING, np.int32)
    for row, items in enumerate(lists):
        head = items[:places]
        first[row, : head.size] = head
    return first


def overlaps(ones: IntArray, others: IntArray) -> FloatArray:
    """float64[lists]: of each pair the share of common items, of as many as the longer one has.

    NaN where both are empty.
    """
    lengths = np.maximum((ones != NOTHING).sum(axis=1), (others != NOTHING).sum(axis=1))
    pairs = (ones[:, :, None] == others[:, None, :]) & (ones != NOTHING)[:, :, None]
    common = pairs.sum(axis=(1, 2))
    return np.where(lengths > 0, common / np.maximum(lengths, 1), np.nan)
