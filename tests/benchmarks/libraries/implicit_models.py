"""Models of `implicit`: alternating least squares, and nearest neighbours as it scores them."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import (
    BM25Recommender,
    CosineRecommender,
    ItemItemRecommender,
    TFIDFRecommender,
)
from implicit.utils import ParameterWarning

from services.recommender.arrays import FloatArray
from services.recommender.model import TrainingSet
from services.recommender.viewers import Viewers

from .candidates import Candidate, ItemWeights, binary, grid


@dataclass(frozen=True)
class FactorScorer:
    """Factors of unseen viewers are solved for, those of films stay as they were trained."""

    model: Any

    def scores(self, viewers: Viewers) -> FloatArray:
        rows = np.arange(len(viewers))
        factors = self.model.recalculate_user(rows, binary(viewers.grades))
        scores: FloatArray = factors @ self.model.item_factors.T
        return scores


def fit_als(training_set: TrainingSet, **settings: Any) -> FactorScorer:
    model = AlternatingLeastSquares(num_threads=1, random_state=0, **settings)
    model.fit(binary(training_set.interactions.matrix), show_progress=False)
    return FactorScorer(model)


def _fit_neighbours(model: ItemItemRecommender, training_set: TrainingSet) -> ItemWeights:
    with warnings.catch_warnings():
        # Its own weighting hands it a matrix of another kind than it asks for.
        warnings.simplefilter("ignore", ParameterWarning)
        model.fit(binary(training_set.interactions.matrix), show_progress=False)
    return ItemWeights(model.similarity)


def fit_bm25(training_set: TrainingSet, **settings: Any) -> ItemWeights:
    return _fit_neighbours(BM25Recommender(num_threads=1, **settings), training_set)


def fit_tfidf(training_set: TrainingSet, **settings: Any) -> ItemWeights:
    return _fit_neighbours(TFIDFRecommender(num_threads=1, **settings), training_set)


def fit_cosine(training_set: TrainingSet, **settings: Any) -> ItemWeights:
    return _fit_neighbours(CosineRecommender(num_threads=1, **settings), training_set)


CANDIDATES = (
    Candidate(
        "implicit ALS",
        fit_als,
        [
            *grid(factors=[256], alpha=[3.0, 5.0, 7.0], regularization=[35.0, 50.0, 65.0]),
            *grid(factors=[128], alpha=[5.0, 10.0], regularization=[50.0]),
        ],
    ),
    Candidate(
        "implicit BM25", fit_bm25, grid(K=[20, 50, 100, 200], K1=[1.2, 10.0, 50.0], B=[0.25, 0.75])
    ),
    Candidate("implicit TF-IDF", fit_tfidf, grid(K=[10, 20, 50, 100])),
    Candidate("implicit cosine", fit_cosine, grid(K=[5, 10, 20, 50, 100])),
)
