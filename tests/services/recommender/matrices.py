"""Small random inputs and textbook implementations that the tests compare with."""

import numpy as np
from hypothesis import strategies as st
from numpy.random import default_rng
from numpy.typing import NDArray

from services.recommender.gram import Gram, fit_gram
from services.recommender.interactions import Interactions
from services.recommender.item_model import ItemModel
from services.recommender.local_ridge import LocalRidgeSettings, fit_local_ridge

seeds = st.integers(0, 2**32 - 1)


# Correlations closer than this are told apart by rounding alone.
_TIE = 1e-6


def random_interactions(seed: int, *, users: int = 40, items: int = 25) -> Interactions:
    rng = default_rng(seed)
    rows, columns = np.nonzero(rng.random((users, items)) < 0.3)
    weights = rng.integers(1, 11, rows.size) / 10
    return Interactions.from_events(user_ids=rows + 100, item_ids=3 * columns + 7, weights=weights)


def random_scores(seed: int, *, users: int = 40, items: int = 25) -> Interactions:
    """Scores of 1-10, as models are trained with them."""
    interactions = random_interactions(seed, users=users, items=items)
    interactions.matrix.data *= 10
    return interactions


def random_model(seed: int, *, neighbours: int = 6, items: int = 25) -> ItemModel:
    gram = fit_gram(random_interactions(seed, items=items))
    return fit_local_ridge(gram, LocalRidgeSettings(neighbours=neighbours, ridge=2.0))


def has_tied_neighbours(gram: Gram, settings: LocalRidgeSettings) -> bool:
    """Whether rounding decides which of two items is the last neighbour of a target."""
    ranked = -np.sort(-_shrunk_correlation(gram, settings), axis=0)
    last = min(settings.neighbours, len(ranked) - 1) - 1
    return bool(np.any(ranked[last] - ranked[last + 1] < _TIE))


def _shrunk_correlation(gram: Gram, settings: LocalRidgeSettings) -> NDArray[np.float64]:
    products = gram.products.astype(np.float64)
    diagonal = np.diag(products)
    covariance = products - np.outer(diagonal, diagonal) / gram.users
    deviation = np.sqrt(np.diag(covariance) + settings.selection_shrinkage)
    correlation: NDArray[np.float64] = covariance / np.outer(deviation, deviation)
    np.fill_diagonal(correlation, -np.inf)
    return correlation


def textbook_local_ridge(gram: Gram, settings: LocalRidgeSettings) -> NDArray[np.float64]:
    """B[N_j, j] = (G[N_j, N_j] + diag(penalty))⁻¹ G[N_j, j], one loop, dense, in float64."""
    products = gram.products.astype(np.float64)
    diagonal = np.diag(products)
    correlation = _shrunk_correlation(gram, settings)
    penalty = settings.ridge * (diagonal / diagonal.mean()) ** settings.popularity_exponent
    weights = np.zeros_like(products)
    for target in range(len(products)):
        chosen = np.argsort(-correlation[:, target])[: min(settings.neighbours, len(products) - 1)]
        system = products[np.ix_(chosen, chosen)] + np.diag(penalty[chosen])
        weights[chosen, target] = np.linalg.inv(system) @ products[chosen, target]
    return weights


def dense_weights(model: ItemModel) -> NDArray[np.float64]:
    return model.matrix.toarray().astype(np.float64)
