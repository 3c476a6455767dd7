import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from services.recommender.pipeline.candidates import NOTHING, TieOrder, select_candidates
from tests.services.recommender.matrices import seeds


@settings(max_examples=50)
@given(seeds, st.integers(0, 60), st.integers(0, 12), st.integers(0, 4))
def test_candidates_are_the_rows_sorted_by_score_popularity_and_id(
    seed: int, items: int, limit: int, viewers: int
) -> None:
    rng = default_rng(seed)
    scores = rng.choice([-np.inf, -1.5, -0.0, 0.0, 0.25, 3e9], (viewers, items)).astype(np.float32)
    item_ids, popularity = rng.permutation(items), rng.integers(0, 3, items).astype(np.float32)
    ties = TieOrder.of(item_ids=item_ids, popularity=popularity)

    selected = select_candidates(scores, ties, limit)

    assert selected.shape == (viewers, min(limit, items))
    for row, columns in zip(scores, selected, strict=True):
        order = np.lexsort((item_ids, -popularity, -row))
        expected = [column for column in order.tolist() if row[column] > -np.inf][:limit]
        assert columns.tolist() == expected + [NOTHING] * (columns.size - len(expected))


@pytest.mark.parametrize("items", [1_000, 1_999, 20_000])
def test_large_catalogues_are_searched_by_groups_and_give_the_same(items: int) -> None:
    rng = default_rng(items)
    scores = np.round(rng.standard_normal((3, items)), 2).astype(np.float32)
    scores[0, rng.random(items) < 0.97] = -np.inf
    scores[1] = 0.5
    ties = TieOrder.of(item_ids=np.arange(items), popularity=np.zeros(items, np.float32))

    selected = select_candidates(scores, ties, 50)

    expected = [np.argsort(-row, kind="stable")[:50] for row in scores]
    expected[0][np.isneginf(scores[0, expected[0]])] = NOTHING
    np.testing.assert_array_equal(selected, expected)
