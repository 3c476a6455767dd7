"""EASE (Steck 2019, arXiv 1905.03375): every item is regressed on all others, by one inverse.

The yardstick that local ridge is measured with: dense, so that a catalogue has to be small.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from services.recommender import curves
from services.recommender.arrays import FloatArray, IntArray
from services.recommender.gram import fit_gram
from services.recommender.local_ridge import scaled_penalty
from services.recommender.model import Explanation, TooLargeError, TrainingSet
from services.recommender.viewers import Viewers
from services.recommender.weights import FOLD_IN, TRAINING, UNARY, GradeCurve

# Rows mirrored at once: 80 MB at 20,000 items.
_BLOCK = 1_000
_BYTES_PER_WEIGHT = 4


@dataclass(frozen=True)
class EASESettings:
    """Penalty of item i = ridge * (d_i / mean d) ** popularity_exponent, d its events' weight.

    `training` turns scores into the weights of the Gram matrix, `fold_in` into a profile's. A
    matrix of more than `memory_limit` bytes is refused: 20,000 items take 1.6 GB.
    """

    ridge: float = 400.0
    popularity_exponent: float = 0.5
    training: GradeCurve = UNARY
    fold_in: GradeCurve = UNARY
    memory_limit: int = 2 << 30


BINARY = EASESettings()
GRADED = EASESettings(training=TRAINING, fold_in=FOLD_IN)


@dataclass(frozen=True, eq=False)
class EASE:
    """`weights` float32[items, items] of input item (row) on target item (column)."""

    item_ids: IntArray
    weights: FloatArray
    fold_in: GradeCurve

    def scores(self, viewers: Viewers) -> FloatArray:
        """Sum of w_i x B_ij over each viewer's films i, float32[viewers, items]."""
        scores: FloatArray = viewers.weighted(self.fold_in) @ self.weights
        return scores

    def explain(self, viewer: Viewers, items: IntArray) -> Explanation:
        """Each film of the profile adds w_i x B_ij, and nothing else does."""
        profile = viewer.weighted(self.fold_in)
        added = self.weights[np.ix_(profile.indices, items)].astype(np.float64)
        return Explanation(items, profile.indices, added.T * profile.data, {})

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays to store with `numpy.save`."""
        return {
            "item_ids": self.item_ids,
            "weights": self.weights,
            "fold_in": curves.to_array(self.fold_in),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The inverse of `to_arrays`; arrays may be read-only memory maps and are not copied."""
        return cls(
            item_ids=np.asarray(arrays["item_ids"]),
            weights=np.asarray(arrays["weights"]),
            fold_in=curves.from_array(arrays["fold_in"]),
        )


def fit(training_set: TrainingSet, settings: EASESettings | None = None) -> EASE:
    """Raises TooLargeError where the matrix would be larger than the settings allow."""
    chosen = settings or (GRADED if training_set.graded else BINARY)
    item_ids = training_set.interactions.item_ids
    _check_memory(item_ids.size, chosen.memory_limit)
    gram = fit_gram(training_set.interactions.weighted(chosen.training), max_items=item_ids.size)
    weights = gram.products
    weights.flat[:: item_ids.size + 1] += scaled_penalty(
        gram.popularity, ridge=chosen.ridge, exponent=chosen.popularity_exponent
    )
    _invert(weights)
    weights /= -weights.diagonal()
    np.fill_diagonal(weights, 0)
    return EASE(item_ids, weights, chosen.fold_in)


def _check_memory(items: int, limit: int) -> None:
    size = items**2 * _BYTES_PER_WEIGHT
    if size > limit:
        raise TooLargeError(
            f"EASE of {items:,} items needs a matrix of {size:,} bytes;"
            f" memory_limit allows {limit:,}"
        )


def _invert(matrix: FloatArray) -> None:
    """The inverse of a symmetric positive definite matrix, in its own memory.

    LAPACK works by columns: what it calls the lower triangle is the upper one here.
    """
    if not matrix.size:
        return
    factor, failure = lapack.spotrf(matrix.T, lower=True, overwrite_a=True)
    if not failure:
        _, failure = lapack.spotri(factor, lower=True, overwrite_c=True)
    if failure:
        raise ValueError("the Gram matrix with its penalties is not positive definite")
    _mirror(matrix)


def _mirror(matrix: FloatArray) -> None:
    """Copy the upper triangle into the lower one, block of rows by block of rows."""
    for start in range(0, len(matrix), _BLOCK):
        rows = matrix[start : start + _BLOCK]
        own = rows[:, start : start + _BLOCK]
        own[:] = np.triu(own) + np.triu(own, 1).T
        matrix[start + _BLOCK :, start : start + _BLOCK] = rows[:, start + _BLOCK :].T
