"""Intervals of a mean that ask nothing of how the values are spread (Efron 1979)."""

from dataclasses import dataclass

import numpy as np
from numpy.random import default_rng

from services.recommender.arrays import FloatArray

RESAMPLES = 2_000
_PERCENTILES = (2.5, 97.5)
# Draws held at once: 8 MB.
_DRAWS = 1_000_000


@dataclass(frozen=True)
class Interval:
    """A mean with the bounds of 95 %."""

    mean: float
    low: float
    high: float


def paired_interval(
    values: FloatArray, others: FloatArray, *, seed: int, resamples: int = RESAMPLES
) -> Interval:
    """Of the mean of values - others, one pair for each viewer: viewers are drawn anew each time.

    The same seed draws the same viewers, whatever the values. Raises ValueError without a pair.
    """
    differences = values - others
    if not differences.size:
        raise ValueError("nobody can be compared")
    rng = default_rng(seed)
    step = max(_DRAWS // differences.size, 1)
    means = [
        differences[rng.integers(differences.size, size=(count, differences.size))].mean(axis=1)
        for count in _portions(resamples, step)
    ]
    low, high = np.percentile(np.concatenate(means), _PERCENTILES)
    return Interval(float(differences.mean()), float(low), float(high))


def _portions(total: int, step: int) -> list[int]:
    return [min(step, total - start) for start in range(0, total, step)]
