"""Local ridge as a `Model`: what it learns from scores, and what its scores are made of."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from services.recommender import local_ridge
from services.recommender.gram import fit_gram
from services.recommender.interactions import Interactions
from services.recommender.item_model import ItemModel
from services.recommender.local_ridge import (
    BINARY,
    GRADED,
    GradedRidgeSettings,
    LocalRidgeSettings,
    fit_local_ridge,
)
from services.recommender.model import TrainingSet
from services.recommender.viewers import Viewers
from services.recommender.weights import FOLD_IN, TRAINING, UNARY, GradeCurve

from .matrices import random_scores, seeds

SMALL = LocalRidgeSettings(neighbours=6, ridge=2.0, weight_floor=0.0)


def fitted(seed: int) -> tuple[ItemModel, Viewers]:
    interactions = random_scores(seed)
    settings = replace(GRADED, solving=SMALL)
    model = local_ridge.fit(TrainingSet(interactions, graded=True), settings)
    return model, Viewers(interactions.matrix[:7], np.full(interactions.matrix[:7].nnz, 0.5))


@pytest.mark.parametrize(("settings", "curve"), [(BINARY, UNARY), (GRADED, TRAINING)])
def test_scores_are_weighed_before_training(
    settings: GradedRidgeSettings, curve: GradeCurve
) -> None:
    interactions = random_scores(3)
    graded = settings is GRADED

    model = local_ridge.fit(TrainingSet(interactions, graded=graded))

    assert settings.training == curve
    expected = fit_local_ridge(fit_gram(interactions.weighted(settings.training)), settings.solving)
    np.testing.assert_array_equal(model.values, expected.values)
    assert model.fold_in == settings.fold_in


@given(seeds)
def test_scores_are_what_weights_of_the_profile_add_up_to(seed: int) -> None:
    model, viewers = fitted(seed)

    expected = (FOLD_IN(viewers.grades.toarray()) * 0.5) @ model.matrix.toarray()

    np.testing.assert_allclose(model.scores(viewers), expected, atol=1e-5)


@given(seeds)
def test_an_explanation_adds_up_to_the_scores(seed: int) -> None:
    model, viewers = fitted(seed)
    items = np.array([4, 0, 24])

    for row in range(len(viewers)):
        viewer = viewers.rows(row, row + 1)
        explanation = model.explain(viewer, items)

        np.testing.assert_array_equal(explanation.inputs, viewer.grades.indices)
        assert explanation.contributions.shape == (3, explanation.inputs.size)
        np.testing.assert_allclose(
            explanation.totals(), model.scores(viewer)[0, items], rtol=1e-5, atol=1e-6
        )


def test_a_cold_film_and_a_viewer_without_films_score_nothing() -> None:
    interactions = random_scores(3)
    cold = Interactions(interactions.user_ids, interactions.item_ids, interactions.matrix.copy())
    cold.matrix.data[cold.matrix.indices == 4] = 0
    cold.matrix.eliminate_zeros()

    model = local_ridge.fit(TrainingSet(cold))
    scores = model.scores(Viewers(cold.matrix[[0, 0]].multiply([[0], [1]]).tocsr()))

    np.testing.assert_array_equal(model.item_ids, interactions.item_ids)
    assert not scores[0].any()
    assert scores[1].any()
    assert scores[1, 4] == 0
    assert model.scores(Viewers(cold.matrix[:0])).shape == (0, 25)


@pytest.mark.parametrize("fold_in", [UNARY, FOLD_IN])
def test_the_curve_of_profiles_is_stored_with_the_model(fold_in: GradeCurve) -> None:
    model = replace(fitted(1)[0], fold_in=fold_in)

    read = ItemModel.from_arrays(model.to_arrays())

    assert read.fold_in == fold_in
    assert ("fold_in" in model.to_arrays()) == (fold_in == UNARY)


def test_above_the_most_films_those_of_fewest_events_get_no_weights() -> None:
    scores = random_scores(3)
    kept = scores.most_interacted(10)
    settings = replace(GRADED, solving=SMALL, max_items=10)

    model = local_ridge.fit(TrainingSet(scores, graded=True), settings)

    small = local_ridge.fit(TrainingSet(kept, graded=True), settings)
    places = np.searchsorted(scores.item_ids, kept.item_ids)
    expected = np.zeros((25, 25), np.float32)
    expected[np.ix_(places, places)] = small.matrix.toarray()
    np.testing.assert_array_equal(model.matrix.toarray(), expected)
    np.testing.assert_array_equal(model.item_ids, scores.item_ids)
    np.testing.assert_array_equal(model.popularity[places], small.popularity)
    assert model.popularity.sum() == small.popularity.sum() > 0


def test_nobody_at_all_gives_films_without_weights() -> None:
    nobody = replace(random_scores(3), user_ids=np.arange(0), matrix=random_scores(3).matrix[:0])

    assert local_ridge.fit(TrainingSet(nobody)).values.size == 0
