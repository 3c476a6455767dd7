import numpy as np
import pytest
from numpy.random import default_rng

from services.recommender.evaluation import bootstrap
from services.recommender.evaluation.bootstrap import paired_interval


def test_the_interval_is_that_of_the_normal_theory_where_it_holds() -> None:
    rng = default_rng(1)
    values, others = rng.normal(0.3, 0.1, 400), rng.normal(0.2, 0.1, 400)

    interval = paired_interval(values, others, seed=0)

    differences = values - others
    error = differences.std() / 20
    assert interval.mean == pytest.approx(differences.mean())
    assert interval.low == pytest.approx(differences.mean() - 1.96 * error, abs=0.1 * error)
    assert interval.high == pytest.approx(differences.mean() + 1.96 * error, abs=0.1 * error)


def test_it_covers_the_truth_as_often_as_it_says() -> None:
    rng = default_rng(2)
    samples = (rng.exponential(1, 200) for _ in range(300))

    intervals = [paired_interval(each, np.zeros(200), seed=0, resamples=1_000) for each in samples]

    covering = sum(each.low <= 1 <= each.high for each in intervals)
    assert 0.90 <= covering / 300 <= 0.98


def test_the_same_seed_gives_the_same_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    values, others = default_rng(3).random((2, 50))
    interval = paired_interval(values, others, seed=7)

    assert paired_interval(values, others, seed=7) == interval
    assert paired_interval(values, others, seed=8) != interval
    monkeypatch.setattr(bootstrap, "_DRAWS", 170)
    assert paired_interval(values, others, seed=7) == interval


def test_nobody_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="nobody"):
        paired_interval(np.empty(0), np.empty(0), seed=0)
