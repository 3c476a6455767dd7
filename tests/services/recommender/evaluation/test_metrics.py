import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from numpy.random import default_rng

from services.recommender.evaluation.metrics import NOTHING, accuracy, hits, ndcg, rank, recall
from tests.services.recommender.matrices import seeds


def test_recall_divides_by_what_could_be_found() -> None:
    found = np.array([[True, False, True, False], [False, True, False, False]])

    assert recall(found, np.array([3, 1]), 2).tolist() == [1 / 2, 1]
    assert recall(found, np.array([3, 1]), 4).tolist() == [2 / 3, 1]


def test_ndcg_discounts_by_position_and_cuts_the_ideal_list() -> None:
    found = np.array([[True, False, True, False]])
    first, second, third = 1, 1 / np.log2(3), 1 / 2

    assert ndcg(found, np.array([2]), 4)[0] == pytest.approx((first + third) / (first + second))
    assert ndcg(found, np.array([9]), 2)[0] == pytest.approx(first / (first + second))
    assert ndcg(found, np.array([2]), 100)[0] == pytest.approx((first + third) / (first + second))


def test_a_metric_is_found_by_its_name() -> None:
    found = np.array([[False, True, False]])

    assert accuracy("hit@2", found, np.array([1])).tolist() == [1]
    assert accuracy("hit@1", found, np.array([1])).tolist() == [0]
    assert accuracy("recall@2", found, np.array([4])).tolist() == [0.5]
    assert accuracy("ndcg@2", found, np.array([1])).tolist() == [1 / np.log2(3)]


def test_equal_scores_rank_in_column_order() -> None:
    assert rank(np.array([[1.0, 3.0, 1.0, 2.0]]), 3).tolist() == [[1, 3, 0]]


def test_films_without_a_finite_score_leave_their_places_empty() -> None:
    ranked = rank(np.array([[-np.inf, 3.0, -np.inf], [1.0, 2.0, 3.0]]), 2)

    assert ranked.tolist() == [[1, NOTHING], [2, 1]]


def test_an_empty_place_is_no_hit() -> None:
    relevant = sp.csr_array(np.array([[1, 0, 1]], np.float32))

    assert hits(np.array([[0, 1, NOTHING]]), relevant).tolist() == [[True, False, False]]


@settings(max_examples=50)
@given(seeds)
def test_a_ranking_is_the_start_of_a_stable_sort(seed: int) -> None:
    rng = default_rng(seed)
    scores = rng.integers(0, rng.integers(1, 12), (4, 9)).astype(np.float32)
    depth = int(rng.integers(1, 12))

    expected = np.argsort(-scores, axis=1, kind="stable")[:, :depth]
    assert rank(scores, depth).tolist() == expected.tolist()
