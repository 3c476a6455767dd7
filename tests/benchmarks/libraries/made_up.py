"""Viewers and trained models of a given size, drawn so that few films have most of the events."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.random import Generator, default_rng

from services.recommender.arrays import FloatArray, IntArray

FACTORS = 128
NEIGHBOURS = 200
EVENTS = 130
# The exponent of the frequencies of films by their rank; MovieLens is near it.
_SKEW = 0.7


@dataclass(frozen=True)
class MadeUp:
    """`fold_in` [viewers, items] of ones, `weights` [items, items] of an item-item model with
    NEIGHBOURS inputs for each target, and `users` and `items` float32[., FACTORS].
    """

    fold_in: sp.csr_matrix
    weights: sp.csr_matrix
    users: FloatArray
    items: FloatArray

    @classmethod
    def draw(cls, *, viewers: int, items: int, seed: int) -> Self:
        rng = default_rng(seed)
        frequencies = np.arange(1, items + 1) ** -_SKEW
        shares = rng.permutation(frequencies / frequencies.sum())
        events = _rows(rng, shares, rows=viewers, width=EVENTS)
        events.data[:] = 1
        return cls(
            fold_in=events,
            weights=sp.csr_matrix(_rows(rng, shares, rows=items, width=NEIGHBOURS).T),
            users=rng.standard_normal((viewers, FACTORS), np.float32),
            items=rng.standard_normal((items, FACTORS), np.float32),
        )

    def describe(self) -> dict[str, int]:
        viewers, items = self.fold_in.shape
        return {
            "viewers": viewers,
            "items": items,
            "events": self.fold_in.nnz,
            "weights": self.weights.nnz,
            "factors": FACTORS,
        }


def _rows(rng: Generator, shares: FloatArray, *, rows: int, width: int) -> sp.csr_matrix:
    """`width` different columns in each row, or all where there are no more; values in (0, 1]."""
    width = min(width, shares.size)
    columns = np.concatenate([_drawn(rng, shares, width) for _ in range(rows)])
    values = 1 - rng.random(columns.size, np.float32)
    pointers = np.arange(rows + 1) * width
    return sp.csr_matrix((values, columns, pointers), shape=(rows, shares.size))


def _drawn(rng: Generator, shares: FloatArray, width: int) -> IntArray:
    """By Gumbel's trick: as many draws without replacement, each in proportion to the shares."""
    keys: Any = np.log(shares) + rng.gumbel(size=shares.size)
    return np.sort(np.argpartition(-keys, width - 1)[:width]).astype(np.int32)
