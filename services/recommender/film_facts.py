"""What a catalogue's few numbers tell of films: their votes and years."""

import numpy as np

from services.recommender.arrays import BoolArray, FloatArray
from services.recommender.catalogue import Catalogue
from services.recommender.quality import bayesian_averages
from services.recommender.scaling import z_scores

_CENTRAL_YEAR, _YEARS = 1980, 20
_USUAL_VOTES = 50


def plain_facts(catalogue: Catalogue) -> FloatArray:
    """What few numbers tell of films, float32[films, 9]; zeros where nothing is known."""
    voted = catalogue.vote_counts > 0
    votes = _standardised(np.log1p(catalogue.vote_counts), voted)
    totals = catalogue.vote_counts * catalogue.vote_averages
    averages = bayesian_averages(catalogue.vote_counts, totals, _USUAL_VOTES)
    quality = _standardised(averages, voted)
    dated = catalogue.years > 0
    age = np.where(dated, (catalogue.years - _CENTRAL_YEAR) / _YEARS, 0)
    columns = (
        np.ones(voted.size),
        voted,
        votes,
        votes**2,
        np.maximum(votes - 1, 0),
        quality,
        quality * votes,
        age,
        age**2,
    )
    return np.stack([np.asarray(column, np.float32) for column in columns], axis=1)


def _standardised(values: FloatArray, known: BoolArray) -> FloatArray:
    """Standard deviations from the mean of the known films; 0 for the others."""
    scaled = np.zeros(values.size)
    scaled[known] = z_scores(values[known].astype(np.float64))
    return scaled
