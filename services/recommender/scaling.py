"""Bringing scores of different models, and of films of different popularity, to one scale."""

import numpy as np

from services.recommender.arrays import FloatArray, IntArray

# Deviations below this share of the mean are what float32 rounds.
_ROUNDING = 1e-6


def z_scores(scores: FloatArray) -> FloatArray:
    """Standard deviations from the mean, row by row; zeros where all scores are equal."""
    if not scores.size:
        return scores
    mean, inverse = moments(scores)
    scaled: FloatArray = (scores - mean[..., None]) * inverse[..., None]
    return scaled


def moments(scores: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Of each row the mean and one over the standard deviation; 0 where all scores are equal."""
    mean = scores.mean(axis=-1)
    deviation = scores.std(axis=-1)
    varies = deviation > _ROUNDING * np.abs(mean)
    return mean, np.where(varies, 1 / np.where(varies, deviation, 1), 0).astype(mean.dtype)


def popularity_discount(counts: IntArray, exponent: float) -> FloatArray:
    """(events / mean events) ** -exponent of each film, float32; one without any counts as one."""
    seen = np.maximum(counts, 1)
    relative = seen / max(seen.sum() / max(seen.size, 1), 1)
    return np.asarray(relative**-exponent, np.float32)
