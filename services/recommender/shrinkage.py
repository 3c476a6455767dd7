"""How much of a score is the viewer's own taste, and how much what everybody likes."""

from dataclasses import replace

import numpy as np

from services.recommender.arrays import FloatArray, SparseArray
from services.recommender.features import sums_of_rows
from services.recommender.model import Explanation
from services.recommender.popularity import POPULARITY
from services.recommender.scaling import moments, z_scores

NORMALISATION = "normalisation"


def likes_known(weights: SparseArray) -> FloatArray:
    """How many likes each history counts as, float64[viewers]; dislikes take nothing away."""
    return sums_of_rows(weights.maximum(0))


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
    blended += np.outer(1 - own, popularity_z).astype(np.float32, copy=False)
    return blended


def explain_shrunk(
    told: Explanation, scores: FloatArray, popularity_z: FloatArray, own: float
) -> Explanation:
    """What `shrink` makes of a model's explanation, `scores` being the viewer's of all films.

    Two constants come to those of the model, or are added to its own of that name: POPULARITY, the
    part of what everybody likes, and NORMALISATION, what the mean of the scores takes away.
    """
    mean, inverse = moments(np.asarray(scores, np.float32))
    scale = own * inverse
    constants = {name: values * scale for name, values in told.constants.items()}
    popular = (1 - own) * popularity_z[told.items].astype(np.float64)
    taken = np.full(told.items.size, -scale * mean)
    for name, constant in ((NORMALISATION, taken), (POPULARITY, popular)):
        constants[name] = constants.get(name, 0) + constant
    return replace(told, contributions=told.contributions * scale, constants=constants)
