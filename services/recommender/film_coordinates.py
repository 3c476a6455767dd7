"""Films as short dense vectors of what a catalogue knows: their features, votes and years.

The features are tf-idf vectors, brought to their directions of most variance by a randomised
subspace iteration (Halko, Martinsson & Tropp 2011, algorithm 4.4).
"""

import numpy as np
from numpy.random import default_rng

from services.recommender.arrays import BoolArray, FloatArray, SparseArray
from services.recommender.catalogue import Catalogue
from services.recommender.quality import bayesian_averages
from services.recommender.scaling import z_scores

# Directions multiplied at once: 32 x 300,000 features in float32 are 38 MB.
_BLOCK = 32
_SPARE = 16
_CENTRAL_YEAR, _YEARS = 1980, 20
_USUAL_VOTES = 50


def principal_directions(
    vectors: SparseArray, count: int, *, iterations: int, seed: int
) -> FloatArray:
    """The best approximation of V Vᵀ by C Cᵀ with at most `count` columns: C float32[films, ...].

    Features of a single film tie it to no other and are left out.
    """
    shared = _columns_of_many(vectors)
    width = min(count + _SPARE, *shared.shape)
    if width == 0:
        return np.zeros((vectors.shape[0], 0), np.float32)
    transposed = shared.T.tocsr()
    basis = default_rng(seed).standard_normal((shared.shape[0], width), np.float32)
    for _ in range(iterations):
        basis, _ = np.linalg.qr(_twice(shared, transposed, basis))
    covariance = basis.T.astype(np.float64) @ _twice(shared, transposed, basis)
    variances, axes = np.linalg.eigh((covariance + covariance.T) / 2)
    best = np.argsort(-variances)[:count]
    lengths = np.sqrt(np.maximum(variances[best], 0))
    return np.asarray(basis @ (axes[:, best] * lengths).astype(np.float32))


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


def _columns_of_many(vectors: SparseArray) -> SparseArray:
    counts = np.bincount(vectors.indices, minlength=vectors.shape[1])
    return vectors[:, np.flatnonzero(counts > 1)]


def _twice(vectors: SparseArray, transposed: SparseArray, basis: FloatArray) -> FloatArray:
    """The product V Vᵀ basis, a few columns at a time."""
    product = np.empty_like(basis)
    for start in range(0, basis.shape[1], _BLOCK):
        columns = slice(start, start + _BLOCK)
        product[:, columns] = vectors @ (transposed @ basis[:, columns])
    return product
