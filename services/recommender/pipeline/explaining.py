"""A model's explanation carried on through shrinkage: the score that re-ranking starts from."""

from services.recommender.model import Explanation
from services.recommender.shrinkage import explain_shrunk

from .ranking import Pipeline, ScoredViewers


def explain_blended(
    pipeline: Pipeline, scored: ScoredViewers, explanation: Explanation
) -> Explanation:
    """What makes up `RankedBlock.scores` of the films that the model explained, for one viewer."""
    own = float(pipeline.own_weights(scored)[0])
    return explain_shrunk(explanation, scored.scores[0], pipeline.popularity_z, own)
