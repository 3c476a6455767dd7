"""A model's explanation carried on through shrinkage: the score that re-ranking starts from."""

import numpy as np

from services.recommender.model import Explanation
from services.recommender.scaling import moments

from .ranking import Pipeline, ScoredViewers

PRIOR = "prior"
NORMALISATION = "normalisation"


def explain_blended(
    pipeline: Pipeline, scored: ScoredViewers, explanation: Explanation
) -> Explanation:
    """What makes up `RankedBlock.scores` of the films that the model explained, for one viewer.

    To the constants of the model come PRIOR, the part of popularity, and NORMALISATION, what the
    mean of the viewer's scores takes away.
    """
    items = explanation.items
    own = pipeline.own_weights(scored)
    mean, inverse = moments(np.asarray(scored.scores[0], np.float32))
    scale = float(own[0]) * inverse
    constants = {name: values * scale for name, values in explanation.constants.items()}
    constants[NORMALISATION] = np.full(items.size, -scale * mean)
    constants[PRIOR] = (1 - float(own[0])) * pipeline.popularity_z[items].astype(np.float64)
    contributions = explanation.contributions * scale
    return Explanation(items, explanation.inputs, contributions, constants)
