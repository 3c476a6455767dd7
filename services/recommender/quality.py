"""How good films are on average, cautiously where few said so."""

import numpy as np
from numpy.typing import ArrayLike

from services.recommender.arrays import FloatArray
from services.recommender.model import TrainingSet

# The middle of scores of 1-10, for films of which there are no votes at all.
MIDDLE = 5.5


def bayesian_averages(counts: ArrayLike, totals: ArrayLike, usual_votes: float) -> FloatArray:
    """Averages as if `usual_votes` more had given each film the mean of all votes.

    `totals` are the sums of the votes; without any vote each film stands in the middle.
    """
    votes, sums = np.asarray(counts, np.float64), np.asarray(totals, np.float64)
    mean = sums.sum() / votes.sum() if votes.sum() else MIDDLE
    averages: FloatArray = (sums + usual_votes * mean) / (votes + usual_votes)
    return averages


def qualities(training_set: TrainingSet, usual_votes: float) -> FloatArray:
    """Bayesian averages of TMDb's votes and the training set's scores together, float64[items]."""
    matrix, catalogue = training_set.interactions.matrix, training_set.catalogue
    items = matrix.shape[1]
    counts = np.bincount(matrix.indices, minlength=items).astype(np.float64)
    totals = np.bincount(matrix.indices, matrix.data, items)
    if catalogue is None:
        return bayesian_averages(counts, totals, usual_votes)
    voted = catalogue.vote_counts.astype(np.float64)
    return bayesian_averages(counts + voted, totals + voted * catalogue.vote_averages, usual_votes)
