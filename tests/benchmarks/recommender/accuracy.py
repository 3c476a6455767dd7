"""Settings of local ridge compared on validation viewers, never on those of the test."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Self

import numpy as np

from services.recommender.arrays import FloatArray
from services.recommender.entries import with_data
from services.recommender.evaluation.events import RatedEvents
from services.recommender.evaluation.results import Result, SeedResult
from services.recommender.evaluation.running import Scorer, measure
from services.recommender.evaluation.strong import split_strong
from services.recommender.gram import Gram, fit_gram
from services.recommender.interactions import Interactions
from services.recommender.local_ridge import LocalRidgeSettings, fit_local_ridge
from services.recommender.viewers import Viewers
from services.recommender.weights import UNARY

VARIANTS: Mapping[str, LocalRidgeSettings] = MappingProxyType(
    {
        "as shipped": LocalRidgeSettings(),
        "no weight floor": LocalRidgeSettings(weight_floor=0.0),
        "100 neighbours": LocalRidgeSettings(neighbours=100),
        "ridge 100": LocalRidgeSettings(ridge=100.0),
        "ridge 400": LocalRidgeSettings(ridge=400.0),
        # Another kind of penalty, or another model, deserves a ridge that suits it.
        "constant 200": LocalRidgeSettings(ridge=200.0, popularity_exponent=0.0),
        "constant 300": LocalRidgeSettings(ridge=300.0, popularity_exponent=0.0),
        "constant 500": LocalRidgeSettings(ridge=500.0, popularity_exponent=0.0),
    }
)
EASE_RIDGES: Mapping[str, float] = MappingProxyType(
    {"dense EASE 200": 200.0, "dense EASE 400": 400.0, "dense EASE 800": 800.0}
)


@dataclass(frozen=True)
class DenseEASE:
    """Steck 2019: all items are each other's neighbours, by one inverse. The yardstick."""

    weights: FloatArray

    @classmethod
    def fit(cls, gram: Gram, *, ridge: float) -> Self:
        diagonal = gram.products.diagonal().astype(np.float64)
        penalty = ridge * np.sqrt(diagonal / diagonal.mean())
        inverse = np.linalg.inv(gram.products + np.diag(penalty))
        weights = inverse / -inverse.diagonal()
        np.fill_diagonal(weights, 0)
        return cls(weights.astype(np.float32))

    @property
    def size(self) -> int:
        return self.weights.size - len(self.weights)

    def scores(self, viewers: Viewers) -> FloatArray:
        scores: FloatArray = viewers.weighted(UNARY) @ self.weights
        return scores


@dataclass
class _Measured:
    seeds: list[SeedResult] = field(default_factory=list)
    weights: list[int] = field(default_factory=list)

    def row(self, name: str) -> dict[str, str | float]:
        """Means over seeds; `weights` is how many the model stores."""
        return {**Result(name, self.seeds).row(), "weights": round(float(np.mean(self.weights)))}


def compare_settings(events: RatedEvents, *, seeds: Sequence[int]) -> list[dict[str, str | float]]:
    """A row for each variant and for dense EASE, as means over seeds."""
    measured = {name: _Measured() for name in (*VARIANTS, *EASE_RIDGES)}
    for seed in seeds:
        split = split_strong(events, seed)
        gram = _gram(split.training.interactions)
        for name, into in measured.items():
            started = time.perf_counter()
            scorer, weights = _fit(name, gram)
            trained = time.perf_counter()
            into.weights.append(weights)
            into.seeds.append(
                SeedResult(
                    seed=seed,
                    user_ids=split.validation.user_ids,
                    per_user=measure(scorer, split.validation),
                    over_users={},
                    history=split.validation.history(),
                    train_seconds=trained - started,
                    score_seconds=time.perf_counter() - trained,
                )
            )
    return [each.row(name) for name, each in measured.items()]


def _gram(likes: Interactions) -> Gram:
    ones = with_data(likes.matrix, np.ones(likes.matrix.nnz, np.float32))
    items = likes.item_ids.size
    return fit_gram(Interactions(likes.user_ids, likes.item_ids, ones), max_items=items)


def _fit(name: str, gram: Gram) -> tuple[Scorer, int]:
    if name in EASE_RIDGES:
        ease = DenseEASE.fit(gram, ridge=EASE_RIDGES[name])
        return ease, ease.size
    model = fit_local_ridge(gram, VARIANTS[name])
    return model, model.values.size
