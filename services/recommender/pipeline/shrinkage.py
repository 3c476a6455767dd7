"""How much of a score is the viewer's own taste, and how much what everybody likes."""

import numpy as np

from services.recommender.arrays import FloatArray

# Scores whose deviation is this small a part of their greatest are equal but for rounding.
_ROUNDING = 1e-6


def own_weights(evidence: FloatArray, *, shrinkage: float) -> FloatArray:
    """For histories that count as k likes k / (k + shrinkage), float32[viewers]."""
    known = np.maximum(np.asarray(evidence, np.float64), 0)
    total = known + shrinkage
    shares: FloatArray = known / np.where(total > 0, total, 1)
    return shares.astype(np.float32)


def standardise_rows(scores: FloatArray) -> FloatArray:
    """Standard deviations from the mean of each row, float32; zeros where a row is all equal."""
    if not scores.size:
        return np.zeros(scores.shape, np.float32)
    largest = np.maximum(scores.max(axis=1), -scores.min(axis=1))
    centred: FloatArray = scores - scores.mean(axis=1, dtype=np.float64)[:, None].astype(np.float32)
    deviation = np.sqrt(np.einsum("vi,vi->v", centred, centred) / scores.shape[1])
    varies = deviation > _ROUNDING * largest
    centred *= (varies / np.where(varies, deviation, 1)).astype(np.float32)[:, None]
    return centred


def shrink(scores: FloatArray, popularity_z: FloatArray, own: FloatArray) -> FloatArray:
    """Taste and popularity mixed, own x z + (1 - own) x z, float32[viewers, items]."""
    blended = standardise_rows(scores)
    blended *= own[:, None]
    blended += np.outer(1 - own, popularity_z).astype(np.float32)
    return blended
