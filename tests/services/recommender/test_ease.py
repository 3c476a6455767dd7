import numpy as np
import pytest
from hypothesis import given, settings

from services.recommender import ease
from services.recommender.ease import BINARY, EASE, GRADED, EASESettings
from services.recommender.interactions import Interactions
from services.recommender.model import TooLargeError, TrainingSet
from services.recommender.viewers import Viewers

from .matrices import random_scores, seeds


def fitted(seed: int) -> tuple[EASE, Viewers]:
    scores = random_scores(seed)
    model = ease.fit(TrainingSet(scores, graded=True))
    grades = scores.matrix[:7]
    return model, Viewers(grades, np.linspace(0.2, 1, grades.nnz).astype(np.float32))


@settings(max_examples=20)
@given(seeds)
def test_weights_are_those_of_the_textbook(seed: int) -> None:
    scores = random_scores(seed)
    weighted = GRADED.training(scores.matrix.toarray()).astype(np.float64)

    model = ease.fit(TrainingSet(scores, graded=True))

    gram = weighted.T @ weighted
    diagonal = np.diag(gram)
    inverse = np.linalg.inv(gram + np.diag(400 * np.sqrt(diagonal / diagonal.mean())))
    expected = np.eye(len(gram)) - inverse / np.diag(inverse)
    np.testing.assert_allclose(model.weights, expected, atol=1e-6)
    assert model.fold_in == GRADED.fold_in


@pytest.mark.parametrize("block", [1, 7, 24, 25, 26])
def test_the_size_of_blocks_does_not_matter(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    whole = fitted(3)[0].weights

    monkeypatch.setattr(ease, "_BLOCK", block)

    np.testing.assert_array_equal(fitted(3)[0].weights, whole)


@settings(max_examples=20)
@given(seeds)
def test_an_explanation_adds_up_to_the_scores(seed: int) -> None:
    model, viewers = fitted(seed)
    items = np.array([4, 0, 24])
    scores = model.scores(viewers)

    for row in range(len(viewers)):
        viewer = viewers.rows(row, row + 1)
        explanation = model.explain(viewer, items)

        np.testing.assert_array_equal(explanation.inputs, viewer.grades.indices)
        np.testing.assert_allclose(explanation.totals(), scores[row, items], rtol=1e-5, atol=1e-7)


def test_a_matrix_above_the_limit_is_refused_with_the_numbers() -> None:
    training_set = TrainingSet(random_scores(3))

    ease.fit(training_set, EASESettings(memory_limit=2_500))
    with pytest.raises(
        TooLargeError, match=r"25 items needs a matrix of 2,500 bytes.* allows 2,499"
    ):
        ease.fit(training_set, EASESettings(memory_limit=2_499))


def test_a_penalty_that_makes_the_system_indefinite_is_refused() -> None:
    with pytest.raises(ValueError, match="not positive definite"):
        ease.fit(TrainingSet(random_scores(3)), EASESettings(ridge=-1000.0))


def test_a_model_comes_back_from_its_arrays_as_it_was() -> None:
    model, viewers = fitted(4)

    read = EASE.from_arrays(model.to_arrays())

    assert read.fold_in == model.fold_in
    np.testing.assert_array_equal(read.scores(viewers), model.scores(viewers))
    np.testing.assert_array_equal(read.item_ids, model.item_ids)
    assert np.shares_memory(read.weights, model.weights)


def test_cold_films_and_viewers_without_films_score_nothing() -> None:
    scores = random_scores(3)
    scores.matrix.data[scores.matrix.indices == 4] = 0
    scores.matrix.eliminate_zeros()
    grades = scores.matrix[:2]
    grades.data[: grades.indptr[1]] = 0

    model = ease.fit(TrainingSet(scores))
    predicted = model.scores(Viewers(grades))

    assert model.fold_in == BINARY.fold_in
    assert not predicted[0].any()
    assert not predicted[:, 4].any()
    assert predicted[1].any()


@pytest.mark.parametrize("events", [0, 1])
def test_hardly_any_events_give_a_model_too(events: int) -> None:
    few = Interactions.from_events(
        user_ids=[1] * events, item_ids=[4] * events, weights=[8.0] * events
    )

    scores = ease.fit(TrainingSet(few)).scores(Viewers(few.matrix))

    assert scores.shape == (events, events)
    assert not scores.any()
