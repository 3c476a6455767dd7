"""The models that `evaluate` knows, by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

import numpy as np

from services.recommender.arrays import FloatArray, SparseArray
from services.recommender.evaluation import ScorerFactory
from services.recommender.gram import fit_gram
from services.recommender.interactions import Interactions
from services.recommender.item_model import ItemModel
from services.recommender.local_ridge import LocalRidgeSettings, fit_local_ridge


@dataclass(frozen=True)
class PopularityScorer:
    """The same scores for everybody: how often an item was interacted with."""

    popularity: FloatArray

    @classmethod
    def fit(cls, train: Interactions) -> Self:
        return cls(train.popularity())

    def scores(self, fold_in: SparseArray) -> FloatArray:
        return np.tile(self.popularity, (fold_in.shape[0], 1))


@dataclass(frozen=True)
class ItemModelScorer:
    """Bare scores of an item-item model, without the prior that `recommend` mixes in."""

    model: ItemModel

    @classmethod
    def fit_local_ridge(cls, train: Interactions) -> Self:
        gram = fit_gram(train, max_items=train.item_ids.size)
        return cls(fit_local_ridge(gram, LocalRidgeSettings()))

    def scores(self, fold_in: SparseArray) -> FloatArray:
        return (fold_in @ self.model.matrix).toarray()


MODELS: Mapping[str, ScorerFactory] = MappingProxyType(
    {"popularity": PopularityScorer.fit, "local_ridge": ItemModelScorer.fit_local_ridge}
)
