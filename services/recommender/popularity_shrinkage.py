"""Any model, trusted the more the longer a viewer's history is, and popularity in its place.

A model that knows one or two likes of somebody ranks worse than popularity does; mixed by the
length of the history, the two never do (docs/ALGORITHM.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from services.recommender import curves
from services.recommender.arrays import FloatArray, IntArray
from services.recommender.blend import blocks
from services.recommender.cold_items import BASES, ColdItems
from services.recommender.kinds import kind_of
from services.recommender.model import Explanation, Fit, Model, TrainingSet
from services.recommender.nested_arrays import under, within
from services.recommender.popularity import POPULARITY, Popularity, fit_popularity
from services.recommender.scaling import z_scores
from services.recommender.shrinkage import explain_shrunk, likes_known, own_weights, shrink
from services.recommender.viewers import Viewers
from services.recommender.weights import FOLD_IN, UNARY, GradeCurve

_KINDS: Mapping[str, type[Model]] = MappingProxyType({**BASES, "cold_items": ColdItems})


@dataclass(frozen=True)
class ShrinkageSettings:
    """A history counts as k likes, the sum of `evidence` of its scores, and the model k / (k + c).

    c is `prior`: the number of likes at which model and popularity weigh the same.
    """

    prior: float = 4.0
    evidence: GradeCurve = UNARY


BINARY = ShrinkageSettings()
GRADED = replace(BINARY, evidence=FOLD_IN)


@dataclass(frozen=True, eq=False)
class PopularityShrinkage:
    """w z(model) + (1 - w) z(popularity), w = k / (k + c)."""

    model: Model
    popularity: Popularity
    settings: ShrinkageSettings

    @property
    def item_ids(self) -> IntArray:
        return self.model.item_ids

    def scores(self, viewers: Viewers) -> FloatArray:
        """float32[viewers, items]."""
        scores = np.empty((len(viewers), self.item_ids.size), np.float32)
        for rows, block in blocks(viewers):
            scores[rows] = shrink(self.model.scores(block), self._popularity_z, self._own(block))
        return scores

    def explain(self, viewer: Viewers, items: IntArray) -> Explanation:
        return explain_shrunk(
            self.model.explain(viewer, items),
            self.model.scores(viewer)[0],
            self._popularity_z,
            float(self._own(viewer)[0]),
        )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays of the two models under `model.` and `popularity.`."""
        return {
            "kind": np.asarray(kind_of(self.model, _KINDS)),
            "prior": np.asarray(self.settings.prior),
            "evidence": curves.to_array(self.settings.evidence),
            **under("model", self.model.to_arrays()),
            **under(POPULARITY, self.popularity.to_arrays()),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The inverse of `to_arrays`; arrays may be read-only memory maps and are not copied."""
        return cls(
            model=_KINDS[str(arrays["kind"])].from_arrays(within("model", arrays)),
            popularity=Popularity.from_arrays(within(POPULARITY, arrays)),
            settings=ShrinkageSettings(
                float(arrays["prior"]), curves.from_array(arrays["evidence"])
            ),
        )

    @cached_property
    def _popularity_z(self) -> FloatArray:
        return z_scores(self.popularity.popularity)

    def _own(self, viewers: Viewers) -> FloatArray:
        """The weight of the model, float32[viewers]; none for a viewer of whom nothing is known."""
        known = likes_known(viewers.weighted(self.settings.evidence))
        return own_weights(known, shrinkage=self.settings.prior)


def fit_shrunk(
    training_set: TrainingSet, fit: Fit, settings: ShrinkageSettings | None = None
) -> PopularityShrinkage:
    """Any model that `fit` makes of the training set, mixed with the popularity of its events."""
    return PopularityShrinkage(
        model=fit(training_set),
        popularity=fit_popularity(training_set),
        settings=settings or (GRADED if training_set.graded else BINARY),
    )
