from itertools import count

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.random import default_rng

from services.recommender.arrays import FloatArray, SparseArray
from services.recommender.evaluation import (
    HeldOut,
    Result,
    TooFewUsersError,
    evaluate,
    liked_events,
    score_held_out,
    split_strong,
)
from services.recommender.interactions import Interactions
from services.recommender.metrics import METRICS, ndcg, rank, recall, score_ranking
from services.recommender.scorers import MODELS, PopularityScorer


def random_likes(seed: int, *, users: int = 60, items: int = 40) -> Interactions:
    rows, columns = np.nonzero(default_rng(seed).random((users, items)) < 0.35)
    return liked_events(user_ids=rows, item_ids=columns, scores=np.full(rows.size, 8))


def ids_of_row(matrix: SparseArray, row: int) -> list[int]:
    return sorted(matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]].tolist())


def test_recall_divides_by_what_could_be_found() -> None:
    hits = np.array([[True, False, True, False], [False, True, False, False]])

    assert recall(hits, np.array([3, 1]), 2).tolist() == [1 / 2, 1]
    assert recall(hits, np.array([3, 1]), 4).tolist() == [2 / 3, 1]


def test_ndcg_discounts_by_position_and_cuts_the_ideal_list() -> None:
    hits = np.array([[True, False, True, False]])
    first, second, third = 1, 1 / np.log2(3), 1 / 2

    assert ndcg(hits, np.array([2]), 4)[0] == pytest.approx((first + third) / (first + second))
    assert ndcg(hits, np.array([9]), 2)[0] == pytest.approx(first / (first + second))
    assert ndcg(hits, np.array([2]), 100)[0] == pytest.approx((first + third) / (first + second))


def test_equal_scores_rank_in_column_order() -> None:
    assert rank(np.array([[1.0, 3.0, 1.0, 2.0]]), 3).tolist() == [[1, 3, 0]]


def test_a_perfect_ranking_scores_one_on_every_metric() -> None:
    targets = sp.csr_array(np.array([[1, 0, 0, 1, 0]], np.float32))

    metrics = score_ranking(np.array([[3, 0, 1, 2, 4]]), targets)

    assert {name: values.tolist() for name, values in metrics.items()} == {
        name: [1.0] for name in METRICS
    }


def test_likes_start_at_eight_points_and_users_need_five_of_them() -> None:
    users = [1] * 5 + [2] * 5
    items = [1, 2, 3, 4, 5] * 2
    scores = [8, 9, 10, 8, 8, 8, 8, 8, 8, 7]

    likes = liked_events(user_ids=users, item_ids=items, scores=scores)

    assert likes.user_ids.tolist() == [1]
    assert likes.matrix.toarray().tolist() == [[1, 1, 1, 1, 1]]


def test_a_split_draws_its_random_numbers_in_the_order_of_the_protocol() -> None:
    likes = random_likes(1)
    users = likes.user_ids
    rng = default_rng(7)
    permuted = rng.permutation(users)
    size = len(users) // 6
    parts = {"test": sorted(permuted[:size]), "validation": sorted(permuted[size : 2 * size])}
    train_users = sorted(permuted[2 * size :])
    events = {int(user): ids_of_row(likes.matrix, row) for row, user in enumerate(users)}
    train_items = sorted({item for user in train_users for item in events[int(user)]})
    expected: dict[str, list[tuple[list[int], list[int]]]] = {}
    for part in ("validation", "test"):
        expected[part] = []
        for user in parts[part]:
            kept = [item for item in events[int(user)] if item in train_items]
            drawn = set(rng.choice(len(kept), len(kept) // 5, replace=False).tolist())
            targets = [kept[place] for place in sorted(drawn)]
            expected[part].append((sorted(set(kept) - set(targets)), targets))

    split = split_strong(likes, seed=7)

    assert split.train.user_ids.tolist() == train_users
    columns = split.train.item_ids.tolist()
    assert [int(likes.item_ids[item]) for item in train_items] == columns
    for part, held_out in (("validation", split.validation), ("test", split.test)):
        drawn_rows = [
            (
                [train_items[place] for place in ids_of_row(held_out.fold_in, row)],
                [train_items[place] for place in ids_of_row(held_out.targets, row)],
            )
            for row in range(held_out.targets.shape[0])
        ]
        assert drawn_rows == expected[part]


def test_events_on_items_unknown_to_training_are_dropped_and_short_users_left_out() -> None:
    everyone = {user: [1, 2, 3, 4, 5] for user in range(12)}
    # Whoever is held out of these likes one film of their own, and keeps too little without it.
    rows = [(user, item) for user, items in everyone.items() for item in items[:4]]
    rows += [(user, 100 + user) for user in everyone]
    users, items = zip(*rows, strict=True)
    likes = liked_events(user_ids=users, item_ids=items, scores=[10] * len(rows))

    split = split_strong(likes, seed=0)

    assert split.train.user_ids.size == 8
    assert split.test.targets.shape[0] == 0
    assert split.validation.targets.shape[0] == 0
    with pytest.raises(TooFewUsersError, match="seed 0"):
        evaluate(likes, seeds=[0], models=MODELS, clock=lambda: 0.0)


def test_too_few_users_are_refused() -> None:
    likes = liked_events(user_ids=[1] * 5, item_ids=range(5), scores=[10] * 5)

    with pytest.raises(TooFewUsersError, match="1 user"):
        split_strong(likes, seed=0)


def test_folded_in_items_are_never_ranked() -> None:
    class FoldInLover:
        def scores(self, fold_in: SparseArray) -> FloatArray:
            return np.asarray(fold_in.toarray(), np.float64)

    fold_in = sp.csr_array(np.array([[1, 1, 0, 0]], np.float32))
    targets = sp.csr_array(np.array([[0, 0, 1, 0]], np.float32))

    metrics = score_held_out(FoldInLover(), HeldOut(fold_in, targets))

    assert metrics["recall@20"].tolist() == [1]
    assert metrics["ndcg@10"].tolist() == [1]


def test_evaluation_is_the_mean_of_a_loop_over_users() -> None:
    likes = random_likes(3)
    ticks = count()

    (result,) = evaluate(
        likes,
        seeds=[5],
        models={"popularity": PopularityScorer.fit},
        clock=lambda: float(next(ticks)),
    )

    split = split_strong(likes, seed=5)
    popularity: FloatArray = split.train.matrix.sum(axis=0)
    recalls = []
    for row in range(split.test.targets.shape[0]):
        folded, targets = (
            ids_of_row(split.test.fold_in, row),
            ids_of_row(split.test.targets, row),
        )
        ranked = [
            item for item in np.argsort(-popularity, kind="stable").tolist() if item not in folded
        ]
        recalls.append(len(set(ranked[:20]) & set(targets)) / min(20, len(targets)))
    summary = result.row()
    assert summary["recall@20"] == pytest.approx(np.mean(recalls))
    assert summary["recall@20_se"] == pytest.approx(np.std(recalls, ddof=1) / np.sqrt(len(recalls)))
    assert summary["train_seconds"] == 1


def test_a_row_holds_means_over_seeds_and_their_standard_errors() -> None:
    seeds = [
        dict.fromkeys(METRICS, np.array([0.1, 0.3])),
        dict.fromkeys(METRICS, np.array([0.4, 0.4])),
    ]

    result = Result("some", seeds, [1.0, 3.0])
    row = result.row()

    assert result.user_counts == [2, 2]
    assert row["model"] == "some"
    assert row["ndcg@100"] == pytest.approx(0.3)
    assert row["ndcg@100_se"] == pytest.approx(0.1)
    assert row["train_seconds"] == 2
    assert set(row) == {"model", "train_seconds", *METRICS, *(f"{name}_se" for name in METRICS)}


def test_every_registered_model_can_be_evaluated() -> None:
    results = evaluate(random_likes(4), seeds=[0, 1], models=MODELS, clock=lambda: 0.0)

    assert [result.model for result in results] == ["popularity", "local_ridge"]
    for result in results:
        assert all(0 <= float(result.row()[name]) <= 1 for name in METRICS)
