from dataclasses import dataclass
from itertools import count

import numpy as np
import pytest
import scipy.sparse as sp

from services.recommender.arrays import FloatArray
from services.recommender.evaluation.events import RatedEvents
from services.recommender.evaluation.protocols import PROTOCOLS
from services.recommender.evaluation.results import Result, SeedResult
from services.recommender.evaluation.running import Progress, evaluate, measure, rankings
from services.recommender.evaluation.splits import HeldOut, TooFewUsersError
from services.recommender.evaluation.strong import split_strong
from services.recommender.evaluation.time_order import split_time
from services.recommender.model import TrainingSet
from services.recommender.popularity import fit_popularity
from services.recommender.recency import RecencySettings
from services.recommender.registry import MODELS
from services.recommender.viewers import Viewers
from tests.services.recommender.evaluation.drawing import columns_of, random_likes, random_ratings


@dataclass
class ProfileLover:
    """Likes best what each viewer knows already."""

    fill: float = 0.0

    def scores(self, viewers: Viewers) -> FloatArray:
        return np.asarray(viewers.grades.toarray() + self.fill, np.float32)


def held_out(fold_in: list[list[int]], targets: list[list[int]]) -> HeldOut:
    return HeldOut(
        user_ids=np.arange(len(targets)),
        viewers=Viewers(sp.csr_array(np.array(fold_in, np.float32))),
        targets=sp.csr_array(np.array(targets, np.float32)),
    )


def test_folded_in_items_are_never_ranked() -> None:
    metrics = measure(ProfileLover(), held_out([[8, 8, 0, 0]], [[0, 0, 1, 0]]))

    assert metrics["recall@20"].tolist() == [1]
    assert metrics["ndcg@10"].tolist() == [1]


@pytest.mark.parametrize("fill", [np.nan, np.inf])
def test_a_score_that_is_no_number_is_refused(fill: float) -> None:
    with pytest.raises(ValueError, match="ProfileLover"):
        measure(ProfileLover(fill), held_out([[8, 0]], [[0, 1]]))


def test_evaluation_is_the_mean_of_a_loop_over_users() -> None:
    events = random_likes(3)
    ticks = count()

    (result,) = evaluate(
        events,
        {"popularity": fit_popularity},
        protocol="strong",
        seeds=[5],
        clock=lambda: float(next(ticks)),
    )

    split = split_strong(events, 5)
    popularity: FloatArray = split.training.interactions.matrix.sum(axis=0)
    recalls = []
    for row in range(len(split.test)):
        folded = columns_of(split.test.viewers.grades, row)
        targets = columns_of(split.test.targets, row)
        ranked = [
            item for item in np.argsort(-popularity, kind="stable").tolist() if item not in folded
        ]
        recalls.append(len(set(ranked[:20]) & set(targets)) / min(20, len(targets)))
    summary = result.row()
    assert summary["recall@20"] == pytest.approx(np.mean(recalls))
    assert summary["recall@20_se"] == pytest.approx(np.std(recalls, ddof=1) / np.sqrt(len(recalls)))
    assert summary["train_seconds"] == 1
    assert summary["score_seconds"] == 1


def test_settings_can_be_chosen_without_a_look_at_the_test_users() -> None:
    events = random_likes(3)
    asked: list[int] = []

    @dataclass
    class Listener:
        items: int

        def scores(self, viewers: Viewers) -> FloatArray:
            asked.append(viewers.grades.nnz)
            return np.zeros((len(viewers), self.items), np.float32)

    def fit(training: TrainingSet) -> Listener:
        return Listener(training.interactions.item_ids.size)

    evaluate(
        events,
        {"listener": fit},
        protocol="strong",
        seeds=[1],
        clock=lambda: 0.0,
        choose_on="validation",
    )

    split = split_strong(events, 1)
    assert asked == [split.validation.viewers.grades.nnz]
    assert asked != [split.test.viewers.grades.nnz]


def test_progress_is_reported_phase_by_phase() -> None:
    told: list[Progress] = []

    evaluate(
        random_likes(2),
        {"popularity": fit_popularity},
        protocol="strong",
        seeds=[4],
        clock=lambda: 0.0,
        report=told.append,
    )

    assert told == [
        Progress("", 4, "split", 0, 1),
        Progress("", 4, "split", 1, 1),
        Progress("popularity", 4, "train", 0, 1),
        Progress("popularity", 4, "train", 1, 1),
        Progress("popularity", 4, "score", 10, 10),
    ]


def test_a_split_without_test_users_is_refused() -> None:
    # Each user likes one film of their own, and without it keeps too little to be tested with.
    rows = [(user, item) for user in range(12) for item in (1, 2, 3, 4, 100 + user)]
    users, items = zip(*rows, strict=True)
    events = RatedEvents.from_arrays(user_ids=users, item_ids=items, scores=[10] * len(rows))

    with pytest.raises(TooFewUsersError, match="seed 0 leaves no test viewer"):
        evaluate(
            events,
            {"popularity": fit_popularity},
            protocol="strong",
            seeds=[0],
            clock=lambda: 0.0,
        )


def test_a_row_holds_means_over_seeds_and_their_standard_errors() -> None:
    seeds = [
        SeedResult(
            seed=seed,
            user_ids=np.array([1, 2]),
            per_user={"ndcg@100": np.array(values)},
            over_users={"coverage@20": coverage},
            history=np.array([5, 6]),
            train_seconds=seconds,
            score_seconds=2.0,
        )
        for seed, values, coverage, seconds in (
            (0, [0.1, 0.3], 0.5, 1.0),
            (1, [0.4, 0.4], 0.7, 3.0),
        )
    ]

    result = Result("some", seeds)

    assert result.user_counts == [2, 2]
    assert result.row() == {
        "model": "some",
        "ndcg@100": pytest.approx(0.3),
        "ndcg@100_se": pytest.approx(0.1),
        "coverage@20": pytest.approx(0.6),
        "coverage@20_se": pytest.approx(0.1),
        "train_seconds": 2,
        "score_seconds": 2,
    }


def test_a_metric_without_meaning_for_a_viewer_is_left_out_of_the_mean() -> None:
    seed = SeedResult(
        seed=0,
        user_ids=np.array([1, 2, 3]),
        per_user={"calibration@20": np.array([0.2, np.nan, 0.4]), "empty": np.array([np.nan] * 3)},
        over_users={},
        history=np.array([1, 2, 3]),
        train_seconds=1.0,
        score_seconds=1.0,
    )

    row = Result("some", [seed]).row()

    assert row["calibration@20"] == pytest.approx(0.3)
    assert row["calibration@20_se"] == pytest.approx(0.1)
    assert row["empty"] == pytest.approx(np.nan, nan_ok=True)


def test_a_user_who_is_several_viewers_makes_the_mean_no_surer() -> None:
    def error(times: int) -> object:
        values = np.tile([0.1, 0.3, 0.8], times)
        seed = SeedResult(
            seed=0,
            user_ids=np.tile([4, 5, 6], times),
            per_user={"ndcg@100": values},
            over_users={},
            history=np.ones(values.size, np.int64),
            train_seconds=1.0,
            score_seconds=1.0,
        )
        return Result("some", [seed]).row()["ndcg@100_se"]

    assert error(1) == pytest.approx(np.std([0.1, 0.3, 0.8], ddof=1) / np.sqrt(3))
    assert error(6) == pytest.approx(error(1))


def test_older_events_count_less_for_the_models_that_decay_is_asked_for() -> None:
    events = random_ratings(1, users=25, items=70, timed=True)
    given: list[FloatArray | None] = []

    class Listener:
        def scores(self, viewers: Viewers) -> FloatArray:
            given.append(viewers.decay)
            return np.zeros(viewers.grades.shape, np.float32)

    evaluate(
        events,
        {"decayed": lambda _: Listener(), "plain": lambda _: Listener()},
        protocol="time",
        seeds=[0, 1],
        clock=lambda: 0.0,
        recency={"decayed": RecencySettings(half_life=2.0, floor=0.1)},
    )

    part = split_time(events, 0).test
    assert part.ages is not None
    assert len(given) == 2
    assert given[0] is not None
    assert given[0].tolist() == pytest.approx(np.maximum(0.5 ** (part.ages / 2), 0.1).tolist())
    assert given[1] is None


def test_viewers_of_unknown_ages_are_not_decayed() -> None:
    part = held_out([[8, 0]], [[0, 1]])

    assert part.faded(RecencySettings(half_life=1.0)) is part


@pytest.mark.parametrize("viewers", [0, 1, 600])
def test_lists_are_the_same_whatever_the_number_of_viewers(viewers: int) -> None:
    fold_in = np.zeros((viewers, 3), np.float32)
    fold_in[:, 0] = np.arange(viewers) % 2
    part = HeldOut(
        user_ids=np.arange(viewers),
        viewers=Viewers(sp.csr_array(fold_in)),
        targets=sp.csr_array(np.tile(np.array([[0, 1, 0]], np.float32), (viewers, 1))),
    )

    assert rankings(ProfileLover(), part)[:, 0].tolist() == [
        0 if row % 2 == 0 else 1 for row in range(viewers)
    ]
    assert measure(ProfileLover(), part)["recall@20"].tolist() == [1] * viewers


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_registered_model_can_be_evaluated(protocol: str) -> None:
    results = evaluate(
        random_ratings(4, items=80, timed=True),
        MODELS,
        protocol=protocol,
        seeds=[0, 1],
        clock=lambda: 0.0,
    )

    assert [result.model for result in results] == list(MODELS)
    for result in results:
        row = result.row()
        assert all(0 <= float(row[name]) <= 1 for name in PROTOCOLS[protocol].metrics)
        assert PROTOCOLS[protocol].definition
