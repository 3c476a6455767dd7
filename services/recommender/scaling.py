"""Bringing scores of different models to one scale."""

from services.recommender.arrays import FloatArray


def z_scores(scores: FloatArray) -> FloatArray:
    """Standard deviations from the mean; zeros where all scores are equal."""
    if not scores.size:
        return scores
    centred = scores - scores.mean()
    deviation = centred.std()
    scaled: FloatArray = centred / (deviation or 1)
    return scaled
