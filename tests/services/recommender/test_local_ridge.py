import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.recommender import local_ridge
from services.recommender.gram import fit_gram
from services.recommender.interactions import Interactions
from services.recommender.local_ridge import (
    LocalRidgeSettings,
    assemble,
    fit_local_ridge,
    solve_block,
)

from .matrices import (
    dense_weights,
    has_tied_neighbours,
    random_interactions,
    seeds,
    textbook_local_ridge,
)

EXACT = LocalRidgeSettings(neighbours=6, ridge=2.0, weight_floor=0.0)


@given(seeds, st.integers(1, 30), st.sampled_from([0.0, 10.0]))
def test_weights_are_those_of_the_textbook(seed: int, neighbours: int, shrinkage: float) -> None:
    gram = fit_gram(random_interactions(seed))
    settings = LocalRidgeSettings(
        neighbours=neighbours, ridge=3.0, selection_shrinkage=shrinkage, weight_floor=0.0
    )

    assume(not has_tied_neighbours(gram, settings))

    model = fit_local_ridge(gram, settings)

    np.testing.assert_allclose(
        dense_weights(model), textbook_local_ridge(gram, settings), atol=2e-5
    )


@given(seeds, st.sets(st.integers(0, 25)))
def test_any_partition_into_blocks_gives_the_same_model(seed: int, cuts: set[int]) -> None:
    gram = fit_gram(random_interactions(seed))
    items = gram.item_ids.size
    edges = sorted({0, items} | {cut for cut in cuts if cut <= items})
    blocks = [solve_block(gram, EXACT, start, stop) for start, stop in itertools.pairwise(edges)]

    pieced = assemble(gram, blocks[::-1])
    whole = fit_local_ridge(gram, EXACT)

    for name, array in whole.to_arrays().items():
        np.testing.assert_array_equal(pieced.to_arrays()[name], array)


def test_blocks_inside_a_block_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    gram = fit_gram(random_interactions(5))
    whole = solve_block(gram, EXACT, 3, 20)

    monkeypatch.setattr(local_ridge, "_BLOCK", 4)

    np.testing.assert_array_equal(solve_block(gram, EXACT, 3, 20).weights, whole.weights)


def test_missing_and_doubled_targets_are_refused() -> None:
    gram = fit_gram(random_interactions(5))
    first, second = solve_block(gram, EXACT, 0, 10), solve_block(gram, EXACT, 10, 25)

    for blocks in ([first], [second], [first, first, second], []):
        with pytest.raises(ValueError, match="blocks"):
            assemble(gram, blocks)


def test_no_item_recommends_itself() -> None:
    model = fit_local_ridge(fit_gram(random_interactions(8)), EXACT)

    assert not dense_weights(model).diagonal().any()


def test_weights_below_the_floor_are_dropped_and_others_kept() -> None:
    gram = fit_gram(random_interactions(8))
    exact = dense_weights(fit_local_ridge(gram, EXACT))

    floored = fit_local_ridge(gram, LocalRidgeSettings(neighbours=6, ridge=2.0, weight_floor=0.1))

    assert np.count_nonzero(exact) > floored.values.size > 0
    np.testing.assert_array_equal(
        dense_weights(floored), np.where(np.abs(exact) < np.float32(0.1), 0, exact)
    )


def test_an_item_that_everybody_rated_alike_says_nothing_of_taste_but_breaks_nothing() -> None:
    everybody = Interactions.from_events(
        user_ids=[1, 2, 3, 4, 1, 2, 3], item_ids=[1, 1, 1, 1, 2, 2, 3], weights=[1.0] * 7
    )

    model = fit_local_ridge(fit_gram(everybody), LocalRidgeSettings(neighbours=1, ridge=1.0))

    assert np.isfinite(model.values).all()


def test_an_item_without_events_left_gets_no_weight_and_breaks_nothing() -> None:
    gram = fit_gram(random_interactions(8))
    gram.products[4, :] = 0
    gram.products[:, 4] = 0

    weights = dense_weights(
        fit_local_ridge(gram, LocalRidgeSettings(neighbours=24, ridge=2.0, weight_floor=0.0))
    )

    assert np.isfinite(weights).all()
    assert not weights[4].any()
    assert not weights[:, 4].any()
    assert weights[3].any()


@pytest.mark.parametrize("items", [0, 1])
def test_a_catalogue_too_small_for_neighbours_gives_a_model_without_weights(items: int) -> None:
    interactions = Interactions.from_events(
        user_ids=[1] * items, item_ids=[4] * items, weights=[1.0] * items
    )

    model = fit_local_ridge(fit_gram(interactions), LocalRidgeSettings())

    assert model.item_ids.size == items
    assert model.values.size == 0


def test_a_system_that_is_not_positive_definite_is_refused() -> None:
    gram = fit_gram(random_interactions(8))

    with pytest.raises(ValueError, match="target 0 is not positive definite"):
        fit_local_ridge(gram, LocalRidgeSettings(neighbours=6, ridge=-1000.0))
