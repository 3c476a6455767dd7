"""How much of a score is the viewer's own taste, and how much what everybody likes."""

import numpy as np

from services.recommender.arrays import FloatArray
from services.recommender.scaling import z_scores


def own_weights(evidence: FloatArray, *, shrinkage: float) -> FloatArray:
    """For histories that count as k likes k / (k + shrinkage), float32[viewers]."""
    known = np.maximum(np.asarray(evidence, np.float64), 0)
    total = known + shrinkage
    shares: FloatArray = known / np.where(total > 0, total, 1)
    return shares.astype(np.float32)


def shrink(scores: FloatArray, popularity_z: FloatArray, own: FloatArray) -> FloatArray:
    """Taste and popularity mixed, own x z + (1 - own) x z, float32[viewers, items]."""
    blended = z_scores(np.ascontiguousarray(scores, np.float32))
    blended *= own[:, None]
    blended += np.outer(1 - own, popularity_z).astype(np.float32)
    return blended
