"""Bringing scores of different models, and of films of different popularity, to one scale."""

import numpy as np

from services.recommender.arrays import FloatArray, IntArray

# Deviations below this share of the mean are what float32 rounds.
_ROUNDING = 1e-6


def z_scores(scores: FloatArray) -> FloatArray:
    """Standard deviations from the mean, row by row; zeros where all scores are equal."""
    if not scores.size:
        return scores
    mean = scores.mean(axis=-1, keepdims=True)
    scaled: FloatArray = scores - mean
    scaled *= _inverse_deviation(scaled, mean)
    return scaled


def moments(scores: FloatArray) -> tuple[float, float]:
    """Of one row the mean and one over the standard deviation; 0 where all scores are equal."""
    if not scores.size:
        return 0.0, 0.0
    mean = scores.mean(keepdims=True)
    return mean.item(), _inverse_deviation(scores - mean, mean).item()


def popularity_discount(counts: IntArray, exponent: float) -> FloatArray:
    """(events / mean events) ** -exponent of each film, float32; one without any counts as one."""
    seen = np.maximum(counts, 1)
    relative = seen / max(seen.sum() / max(seen.size, 1), 1)
    return np.asarray(relative**-exponent, np.float32)


def _inverse_deviation(centred: FloatArray, mean: FloatArray) -> FloatArray:
    # A row's product with itself needs no second array of that size, as its square would.
    squares = np.vecdot(centred, centred)[..., None]
    deviation = np.sqrt(squares / centred.shape[-1])
    varies = deviation > _ROUNDING * np.abs(mean)
    inverse: FloatArray = np.divide(1, deviation, out=np.zeros_like(deviation), where=varies)
    return inverse
