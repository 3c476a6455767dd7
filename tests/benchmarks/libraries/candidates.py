"""A model of a library, with the settings among which the validation viewers choose."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import scipy.sparse as sp

from services.recommender.arrays import FloatArray, SparseArray
from services.recommender.evaluation.running import FitScorer
from services.recommender.viewers import Viewers

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Candidate:
    """`fit(training_set, **settings)` makes a scorer; `grid` holds the settings to try."""

    name: str
    fit: Callable[..., Any]
    grid: Sequence[Settings]

    def with_settings(self, settings: Settings) -> FitScorer:
        return partial(self.fit, **settings)


def grid(**values: Sequence[Any]) -> list[Settings]:
    """Every combination, the last name varying fastest."""
    return [dict(zip(values, chosen, strict=True)) for chosen in product(*values.values())]


def binary(matrix: SparseArray) -> sp.csr_matrix:
    """Ones where a score is known; of the older kind of SciPy's classes, which libraries expect."""
    ones = sp.csr_matrix(matrix > 0, dtype=np.float32)
    ones.sort_indices()
    return ones


@dataclass(frozen=True)
class ItemWeights:
    """Weights of input item (row) on target item (column), dense or sparse."""

    weights: Any

    def scores(self, viewers: Viewers) -> FloatArray:
        scores = binary(viewers.grades) @ self.weights
        return np.asarray(scores.toarray() if sp.issparse(scores) else scores, np.float32)
