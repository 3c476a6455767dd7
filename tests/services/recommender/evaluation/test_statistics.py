import numpy as np
import pytest

from services.recommender.evaluation.results import Result, SeedResult
from services.recommender.evaluation.statistics import (
    compare,
    compare_by_history,
    learning_curve,
)


def result(
    model: str, *seeds: tuple[list[float], list[int]], users: tuple[list[int], ...] = ()
) -> Result:
    """By default the viewers of all seeds are different users."""
    return Result(
        model,
        [
            SeedResult(
                seed=seed,
                user_ids=np.array(users[seed] if users else 100 * seed + np.arange(len(values))),
                per_user={"ndcg@100": np.array(values)},
                over_users={"coverage@20": 0.5},
                history=np.array(history),
                train_seconds=1.0,
                score_seconds=1.0,
            )
            for seed, (values, history) in enumerate(seeds)
        ],
    )


MODEL = result("model", ([0.5, 0.4], [1, 7]), ([0.9, 0.2], [4, 200]))
BASELINE = result("popularity", ([0.4, 0.4], [1, 7]), ([0.5, 0.3], [4, 200]))


def test_differences_are_taken_viewer_by_viewer_and_pooled_over_seeds() -> None:
    (difference,) = compare(MODEL, BASELINE)

    pairs = [0.1, 0, 0.4, -0.1]
    error = np.std(pairs, ddof=1) / 2
    assert difference.row() == {
        "model": "model",
        "baseline": "popularity",
        "metric": "ndcg@100",
        "history": "",
        "viewers": 4,
        "difference": pytest.approx(0.1),
        "difference_se": pytest.approx(error),
        "low": pytest.approx(0.1 - 1.959964 * error),
        "high": pytest.approx(0.1 + 1.959964 * error),
    }


def test_a_user_of_several_seeds_counts_once_in_the_error() -> None:
    """The deviations of user 7, .0 and .3, are one of .3; 8 and 9 have one each."""
    users = ([7, 8], [7, 9])
    model = result("model", ([0.5, 0.4], [1, 7]), ([0.9, 0.2], [4, 200]), users=users)
    baseline = result("popularity", ([0.4, 0.4], [1, 7]), ([0.5, 0.3], [4, 200]), users=users)

    (difference,) = compare(model, baseline)

    assert difference.viewers == 4
    assert difference.mean == pytest.approx(0.1)
    squares = 0.3**2 + 0.1**2 + 0.2**2
    assert difference.standard_error == pytest.approx(np.sqrt(3 / 2 * squares) / 4)


def test_a_model_does_not_differ_from_itself() -> None:
    (difference,) = compare(MODEL, MODEL)

    assert (difference.mean, difference.standard_error, difference.interval) == (0, 0, (0, 0))


def test_viewers_for_whom_a_metric_has_no_meaning_are_no_pair() -> None:
    partly = result("partly", ([0.5, np.nan], [1, 7]), ([0.9, 0.2], [4, 200]))

    (difference,) = compare(partly, BASELINE)

    assert difference.viewers == 3
    assert difference.mean == pytest.approx((0.1 + 0.4 - 0.1) / 3)


def test_results_on_other_viewers_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="same viewers"):
        compare(MODEL, result("other", ([0.1], [1]), ([0.2, 0.1, 0.1], [1, 1, 1])))


def test_a_learning_curve_goes_by_how_many_films_are_known() -> None:
    points = learning_curve(MODEL, metric="ndcg@100", lengths=(0, 1, 5, 10, 20, 50, 100))

    assert [point.row() for point in points] == [
        {
            "model": "model",
            "history": history,
            "from_length": start,
            "viewers": viewers,
            "ndcg@100": pytest.approx(mean),
            "ndcg@100_se": pytest.approx(error),
        }
        for history, start, viewers, mean, error in (
            ("1-4", 1, 2, 0.7, 0.2),
            ("5-9", 5, 1, 0.4, 0),
            ("100+", 100, 1, 0.2, 0),
        )
    ]


def test_steps_of_one_length_are_called_by_it() -> None:
    points = learning_curve(MODEL, metric="ndcg@100", lengths=(1, 2, 4, 5))

    assert [(point.history, point.viewers) for point in points] == [("1", 1), ("4", 1), ("5+", 2)]


def test_a_loss_to_the_baseline_shows_at_its_length_of_history() -> None:
    differences = compare_by_history(
        MODEL, BASELINE, metric="ndcg@100", lengths=(0, 1, 5, 10, 20, 50, 100)
    )

    assert [(each.history, each.viewers) for each in differences] == [
        ("1-4", 2),
        ("5-9", 1),
        ("100+", 1),
    ]
    assert [each.mean for each in differences] == pytest.approx([0.25, 0, -0.1])
