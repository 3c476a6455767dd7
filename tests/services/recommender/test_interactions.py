import numpy as np
import pytest
from hypothesis import given
from numpy.random import default_rng

from services.recommender.interactions import Interactions

from .matrices import random_interactions, seeds


def test_ids_are_sorted_and_weights_stand_where_they_belong() -> None:
    interactions = Interactions.from_events(
        user_ids=[9, 2, 9], item_ids=[50, 50, 10], weights=[0.5, 1.0, 0.2]
    )

    assert interactions.user_ids.tolist() == [2, 9]
    assert interactions.item_ids.tolist() == [10, 50]
    np.testing.assert_array_equal(
        interactions.matrix.toarray(), np.array([[0, 1.0], [0.2, 0.5]], np.float32)
    )


def test_of_equal_pairs_the_greatest_weight_counts() -> None:
    interactions = Interactions.from_events(
        user_ids=[1, 1, 1], item_ids=[5, 5, 5], weights=[0.4, 0.9, 0.1]
    )

    assert interactions.matrix.toarray().tolist() == [[np.float32(0.9)]]


@given(seeds)
def test_the_order_of_events_does_not_matter(seed: int) -> None:
    rng = default_rng(seed)
    users, items = rng.integers(0, 8, (2, 60))
    weights = rng.integers(1, 11, 60) / 10
    shuffled = rng.permutation(60)

    one = Interactions.from_events(user_ids=users, item_ids=items, weights=weights)
    other = Interactions.from_events(
        user_ids=users[shuffled], item_ids=items[shuffled], weights=weights[shuffled]
    )

    np.testing.assert_array_equal(one.user_ids, other.user_ids)
    np.testing.assert_array_equal(one.item_ids, other.item_ids)
    np.testing.assert_array_equal(one.matrix.indices, other.matrix.indices)
    np.testing.assert_array_equal(one.matrix.data, other.matrix.data)


@pytest.mark.parametrize("weights", [[0.0], [-0.1], [float("nan")]])
def test_a_weight_that_is_not_positive_is_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="positive"):
        Interactions.from_events(user_ids=[1], item_ids=[1], weights=weights)


def test_arrays_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="parallel"):
        Interactions.from_events(user_ids=[1, 2], item_ids=[1], weights=[1.0])


def test_the_most_interacted_items_are_kept_and_the_lower_id_wins_a_tie() -> None:
    interactions = Interactions.from_events(
        user_ids=[1, 2, 3, 1, 2, 1, 2], item_ids=[30, 30, 30, 20, 20, 10, 10], weights=[1.0] * 7
    )

    kept = interactions.most_interacted(2)

    assert kept.item_ids.tolist() == [10, 30]
    assert kept.user_ids.tolist() == [1, 2, 3]
    assert kept.matrix.toarray().tolist() == [[1, 1], [1, 1], [0, 1]]


def test_popularity_sums_the_weights_of_each_item() -> None:
    interactions = random_interactions(4)

    np.testing.assert_allclose(
        interactions.popularity(), interactions.matrix.toarray().sum(axis=0), rtol=1e-6
    )
