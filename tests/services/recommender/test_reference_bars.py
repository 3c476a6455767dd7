"""Accuracy on real ratings, against the reference table of docs/ALGORITHM.md."""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from services.imports.movielens_files import read_ratings
from services.recommender.evaluation.events import RatedEvents
from services.recommender.evaluation.protocols import HISTORY_LENGTHS
from services.recommender.evaluation.results import Result
from services.recommender.evaluation.running import evaluate
from services.recommender.evaluation.statistics import Difference, compare, compare_by_history
from services.recommender.interactions import Interactions
from services.recommender.model import TrainingSet
from services.recommender.registry import MODELS
from services.recommender.user_kernel import fit_user_kernel
from services.recommender.viewers import Viewers

pytestmark = pytest.mark.datasets


def read(ratings: Path) -> RatedEvents:
    users, items, scores = np.array([row[:3] for row in read_ratings(ratings)]).T
    return RatedEvents.from_arrays(user_ids=users, item_ids=items, scores=scores)


def evaluated(events: RatedEvents, seeds: Sequence[int], *names: str) -> dict[str, Result]:
    models = {name: MODELS[name] for name in names}
    results = evaluate(events, models, protocol="strong", seeds=seeds, clock=time.perf_counter)
    return {result.model: result for result in results}


@pytest.fixture(scope="module")
def ml_1m(datasets: Path) -> RatedEvents:
    return read(datasets / "data" / "ml-1m")


def metric(result: Result, name: str) -> float:
    return float(result.row()[name])


def ndcg_beyond(result: Result, baseline: Result) -> Difference:
    (difference,) = (each for each in compare(result, baseline) if each.metric == "ndcg@100")
    return difference


def test_ml_latest_small_stands_near_the_reference(datasets: Path) -> None:
    events = read(datasets / "data" / "ml-latest-small")

    results = evaluated(events, range(2), "popularity", "local_ridge")

    # The reference is a mean over ten seeds; two are within two standard errors of it.
    assert metric(results["popularity"], "recall@20") == pytest.approx(0.172, abs=0.02)
    assert metric(results["popularity"], "ndcg@100") == pytest.approx(0.200, abs=0.02)
    assert metric(results["local_ridge"], "recall@20") == pytest.approx(0.313, abs=0.03)
    assert metric(results["local_ridge"], "ndcg@100") == pytest.approx(0.337, abs=0.03)


def test_ml_1m_passes_the_bars(ml_1m: RatedEvents) -> None:
    results = evaluated(ml_1m, [0, 1, 2], "popularity", "ease", "local_ridge")

    assert metric(results["popularity"], "recall@20") == pytest.approx(0.1746, abs=0.0001)
    assert metric(results["popularity"], "novelty@20") == pytest.approx(1.62, abs=0.005)
    assert metric(results["popularity"], "gini@20") == pytest.approx(0.991, abs=0.0005)
    assert metric(results["ease"], "recall@20") == pytest.approx(0.3595, abs=0.0005)
    assert metric(results["ease"], "ndcg@100") == pytest.approx(0.4219, abs=0.0005)
    assert metric(results["local_ridge"], "ndcg@100") >= 0.417
    assert metric(results["local_ridge"], "recall@20") >= 0.358
    assert ndcg_beyond(results["local_ridge"], results["ease"]).mean >= -0.005


def test_the_blend_beats_its_bars_on_ml_1m(ml_1m: RatedEvents) -> None:
    """One seed, for the sake of time; `evaluate` shows all three."""
    results = evaluated(ml_1m, [0], "popularity", "ease", "blend")

    assert metric(results["blend"], "ndcg@100") >= 0.434
    assert metric(results["blend"], "recall@20") >= 0.374
    low, _ = ndcg_beyond(results["blend"], results["ease"]).interval
    assert low >= 0.004
    for difference in compare_by_history(
        results["blend"], results["popularity"], metric="ndcg@100", lengths=HISTORY_LENGTHS
    ):
        assert difference.mean > 0, difference.history


def test_training_users_of_ml_1m_are_scored_alike_with_and_without_the_kernel(
    ml_1m: RatedEvents,
) -> None:
    interactions = Interactions(ml_1m.user_ids, ml_1m.item_ids, ml_1m.matrix)
    model = fit_user_kernel(TrainingSet(interactions, graded=True))
    viewers = Viewers(ml_1m.matrix).chosen(np.arange(0, ml_1m.user_ids.size, 8))

    fitted, by_kernel = model.scores(viewers), model.predicted(viewers)

    deviations = by_kernel.std(axis=1, keepdims=True)
    assert np.any(fitted != by_kernel, axis=1).all()
    assert (np.abs(fitted - by_kernel) / deviations).max() < 4e-5
