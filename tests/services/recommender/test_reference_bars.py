"""Accuracy on real ratings, against the reference table of docs/ALGORITHM.md."""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from services.imports.movielens_files import read_ratings
from services.recommender.evaluation.events import RatedEvents
from services.recommender.evaluation.running import evaluate
from services.recommender.registry import MODELS

pytestmark = pytest.mark.datasets

Rows = dict[str, dict[str, str | float]]


def evaluated(ratings: Path, seeds: Sequence[int]) -> Rows:
    users, items, scores = np.array([row[:3] for row in read_ratings(ratings)]).T
    events = RatedEvents.from_arrays(user_ids=users, item_ids=items, scores=scores)
    models = {name: MODELS[name] for name in ("popularity", "local_ridge")}
    results = evaluate(events, models, protocol="strong", seeds=seeds, clock=time.perf_counter)
    return {result.model: result.row() for result in results}


def test_ml_latest_small_stands_near_the_reference(datasets: Path) -> None:
    rows = evaluated(datasets / "data" / "ml-latest-small", range(3))

    # The reference is a mean over ten seeds; three are within two standard errors of it.
    assert rows["popularity"]["recall@20"] == pytest.approx(0.172, abs=0.02)
    assert rows["popularity"]["ndcg@100"] == pytest.approx(0.200, abs=0.02)
    assert rows["local_ridge"]["recall@20"] == pytest.approx(0.313, abs=0.03)
    assert rows["local_ridge"]["ndcg@100"] == pytest.approx(0.337, abs=0.03)


def test_ml_1m_passes_the_bars(datasets: Path) -> None:
    rows = evaluated(datasets / "data" / "ml-1m", [0, 1, 2])

    assert rows["popularity"]["recall@20"] == pytest.approx(0.175, abs=0.005)
    assert float(rows["local_ridge"]["ndcg@100"]) >= 0.417
    assert float(rows["local_ridge"]["recall@20"]) >= 0.358
