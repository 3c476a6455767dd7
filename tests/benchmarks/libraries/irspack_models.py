"""Models of `irspack`, asked for the scores of viewers it has not seen."""

from dataclasses import dataclass
from typing import Any

import irspack

from services.recommender.arrays import FloatArray
from services.recommender.model import TrainingSet
from services.recommender.viewers import Viewers

from .candidates import Candidate, binary, grid


@dataclass(frozen=True)
class ColdUserScorer:
    recommender: Any

    def scores(self, viewers: Viewers) -> FloatArray:
        scores: FloatArray = self.recommender.get_score_cold_user(binary(viewers.grades))
        return scores


def _fit(kind: type[Any], training_set: TrainingSet, **settings: Any) -> ColdUserScorer:
    return ColdUserScorer(kind(binary(training_set.interactions.matrix), **settings).learn())


def fit_ials(training_set: TrainingSet, *, epochs: int, **settings: Any) -> ColdUserScorer:
    """By its single epochs, since `learn` draws a progress bar that nothing turns off."""
    matrix = binary(training_set.interactions.matrix)
    recommender = irspack.IALSRecommender(matrix, random_seed=0, n_threads=1, **settings)
    recommender.start_learning()
    for _ in range(epochs):
        recommender.run_epoch()
    return ColdUserScorer(recommender)


def fit_ease(training_set: TrainingSet, **settings: Any) -> ColdUserScorer:
    return _fit(irspack.DenseSLIMRecommender, training_set, **settings)


def fit_edlae(training_set: TrainingSet, **settings: Any) -> ColdUserScorer:
    return _fit(irspack.EDLAERecommender, training_set, **settings)


def fit_slim(training_set: TrainingSet, **settings: Any) -> ColdUserScorer:
    return _fit(irspack.SLIMRecommender, training_set, n_threads=1, **settings)


def fit_p3alpha(training_set: TrainingSet, **settings: Any) -> ColdUserScorer:
    return _fit(irspack.P3alphaRecommender, training_set, n_threads=1, **settings)


def fit_rp3beta(training_set: TrainingSet, **settings: Any) -> ColdUserScorer:
    return _fit(irspack.RP3betaRecommender, training_set, n_threads=1, **settings)


CANDIDATES = (
    Candidate(
        "irspack iALS",
        fit_ials,
        [
            *grid(
                n_components=[256],
                alpha0=[0.1, 0.2, 0.3],
                reg=[0.006, 0.008, 0.01],
                epochs=[12],
                solver_type=["CG"],
            ),
            *grid(n_components=[128], alpha0=[0.2], reg=[0.008], epochs=[12], solver_type=["CG"]),
        ],
    ),
    Candidate(
        "irspack iALS++",
        fit_ials,
        grid(
            n_components=[256],
            alpha0=[0.2],
            reg=[0.008, 0.01],
            epochs=[8],
            solver_type=["IALSPP"],
        ),
    ),
    Candidate("irspack EASE", fit_ease, grid(reg=[200.0, 300.0, 400.0, 600.0])),
    Candidate(
        "irspack EDLAE", fit_edlae, grid(reg=[100.0, 200.0, 300.0], dropout_p=[0.5, 0.6, 0.7])
    ),
    Candidate("irspack SLIM", fit_slim, grid(alpha=[0.02, 0.05, 0.1], l1_ratio=[0.002, 0.01])),
    # The exponent alpha of both changes nothing where all events weigh the same.
    Candidate("irspack P3alpha", fit_p3alpha, grid(top_k=[100, 200, 500])),
    Candidate(
        "irspack RP3beta", fit_rp3beta, grid(beta=[0.2, 0.3, 0.4, 0.5], top_k=[200, 500, 1000])
    ),
)
