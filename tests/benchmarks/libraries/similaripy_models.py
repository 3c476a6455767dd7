"""Models of `similaripy`: nearest neighbours and random walks over items.

Each target keeps its k nearest inputs, as the library's own examples score viewers.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp
import similaripy

from services.recommender.model import TrainingSet

from .candidates import Candidate, ItemWeights, binary, grid

WEIGHTINGS: dict[str, Callable[[Any], Any]] = {
    "plain": lambda by_item: by_item,
    "bm25": similaripy.bm25,
    "tfidf": similaripy.tfidf,
}


def _fit(
    similarity: Callable[..., Any], training_set: TrainingSet, *, weighting: str, **settings: Any
) -> ItemWeights:
    matrix = binary(training_set.interactions.matrix)
    by_item = sp.csr_array(matrix.T, dtype=np.float32)
    by_target = similarity(
        WEIGHTINGS[weighting](by_item),
        verbose=False,
        num_threads=1,
        format_output="csr",
        **settings,
    )
    return ItemWeights(sp.csr_array(by_target.T))


def fit_cosine(training_set: TrainingSet, **settings: Any) -> ItemWeights:
    return _fit(similaripy.cosine, training_set, **settings)


def fit_rp3beta(training_set: TrainingSet, **settings: Any) -> ItemWeights:
    return _fit(similaripy.rp3beta, training_set, weighting="plain", **settings)


def fit_s_plus(training_set: TrainingSet, **settings: Any) -> ItemWeights:
    return _fit(similaripy.s_plus, training_set, **settings)


CANDIDATES = (
    Candidate(
        "similaripy cosine",
        fit_cosine,
        grid(weighting=["plain", "tfidf", "bm25"], k=[50, 100], shrink=[0.0, 10.0]),
    ),
    Candidate(
        "similaripy RP3beta",
        fit_rp3beta,
        grid(alpha=[0.6, 0.7, 0.8], beta=[0.4, 0.5, 0.6], k=[200]),
    ),
    Candidate(
        "similaripy S-Plus",
        fit_s_plus,
        grid(
            weighting=["bm25"],
            l1=[0.0, 0.3],
            l2=[1.0],
            alpha=[1.5, 2.0],
            k=[50, 100],
            shrink=[10.0],
        ),
    ),
)
