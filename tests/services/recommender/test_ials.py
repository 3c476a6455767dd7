from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from numpy.random import default_rng

from services.recommender import ials
from services.recommender.ials import BINARY, GRADED, IALS, Factorisation, IALSSettings
from services.recommender.interactions import Interactions
from services.recommender.model import TrainingSet
from services.recommender.viewers import Viewers

from .matrices import random_scores, seeds

SMALL = replace(GRADED, factors=5, epochs=3)


def fitted(seed: int, settings: IALSSettings = SMALL) -> tuple[IALS, Viewers]:
    scores = random_scores(seed)
    grades = scores.matrix[:7]
    decay = default_rng(seed).uniform(0.2, 1, grades.nnz).astype(np.float32)
    return ials.fit(TrainingSet(scores, graded=True), settings), Viewers(grades, decay)


def loss(scores: Interactions, settings: IALSSettings, epochs: int) -> float:
    """The sum that training makes small, of the users folded in anew."""
    model = ials.fit(TrainingSet(scores), replace(settings, epochs=epochs))
    users = model.fold_in(Viewers(scores.matrix)).astype(np.float64)
    items = model.factors.astype(np.float64)
    grades = scores.matrix.toarray()
    confidence, target = settings.confidence(grades), settings.target(grades)
    predicted = users @ items.T
    fit = (confidence * (target - predicted) ** 2 + settings.unobserved * predicted**2).sum()
    user_penalty = settings.penalties(np.count_nonzero(grades, axis=1), len(items)).rows
    item_penalty = settings.penalties(np.count_nonzero(grades, axis=0), len(users)).rows
    return float(
        fit + user_penalty @ (users**2).sum(axis=1) + item_penalty @ (items**2).sum(axis=1)
    )


def test_training_makes_the_loss_smaller() -> None:
    scores = random_scores(5)

    losses = [loss(scores, SMALL, epochs) for epochs in (0, 1, 2, 8, 40, 41)]

    assert losses[0] > losses[1] > losses[2] > losses[3] > losses[4]
    assert losses[5] == pytest.approx(losses[4], rel=1e-4)


def test_penalties_grow_with_the_events_of_a_row_and_with_all_pairs() -> None:
    settings = IALSSettings(unobserved=0.5, regularisation=0.1, frequency_exponent=2.0)

    penalties = settings.penalties(np.array([0, 3]), 10)

    np.testing.assert_allclose(penalties.rows, [2.5, 6.4], rtol=1e-6)
    assert penalties.unobserved == 0.5


@pytest.mark.parametrize("settings", [BINARY, GRADED])
def test_the_settings_are_those_of_the_training_set(settings: IALSSettings) -> None:
    model = ials.fit(TrainingSet(random_scores(1), graded=settings == GRADED))

    assert model.settings == settings


@pytest.mark.parametrize(("factors", "kept"), [(5, 5), (25, 25), (26, 25)])
def test_there_are_no_more_factors_than_films(factors: int, kept: int) -> None:
    model, _ = fitted(1, replace(SMALL, factors=factors))

    assert model.factors.shape == (25, kept)


@given(seeds)
def test_an_explanation_adds_up_to_the_scores(seed: int) -> None:
    model, viewers = fitted(seed)
    items = np.array([4, 0, 24])
    scores = model.scores(viewers)

    for row in range(len(viewers)):
        viewer = viewers.rows(row, row + 1)
        explanation = model.explain(viewer, items)

        np.testing.assert_array_equal(explanation.inputs, viewer.grades.indices)
        np.testing.assert_allclose(
            explanation.totals(), scores[row, items], atol=1e-5 * np.abs(scores).max()
        )


def test_a_film_that_only_may_not_be_listed_says_nothing() -> None:
    model, viewers = fitted(2)
    viewer = Viewers(viewers.grades[:1])
    with_hidden = Viewers(viewer.grades.copy())
    with_hidden.grades.data[0] = 0
    without = Viewers(with_hidden.grades.copy())
    without.grades.eliminate_zeros()

    np.testing.assert_allclose(
        model.scores(with_hidden), model.scores(without), rtol=1e-4, atol=1e-6
    )
    assert not np.allclose(model.scores(viewer), model.scores(without), rtol=1e-2)


def test_a_model_of_one_seed_is_always_the_same_and_of_another_another() -> None:
    first, second, other = (fitted(3, replace(SMALL, seed=seed))[0].factors for seed in (1, 1, 2))

    np.testing.assert_array_equal(first, second)
    assert not np.allclose(first, other, atol=0.01)


def test_a_model_comes_back_from_its_arrays_as_it_was() -> None:
    model, viewers = fitted(4)

    read = IALS.from_arrays(model.to_arrays())

    assert read.settings == model.settings
    np.testing.assert_array_equal(read.scores(viewers), model.scores(viewers))
    np.testing.assert_array_equal(read.item_ids, model.item_ids)
    assert np.shares_memory(read.factors, model.factors)


def test_cold_films_and_viewers_without_films_score_nothing() -> None:
    scores = random_scores(3)
    scores.matrix.data[scores.matrix.indices == 4] = 0
    scores.matrix.eliminate_zeros()
    viewers = Viewers(scores.matrix[:2])
    viewers.grades.data[: viewers.grades.indptr[1]] = 0
    viewers.grades.eliminate_zeros()

    model = ials.fit(TrainingSet(scores), SMALL)
    predicted = model.scores(viewers)

    assert not predicted[0].any()
    assert not predicted[:, 4].any()
    assert predicted[1].any()
    assert model.scores(Viewers(scores.matrix[:0])).shape == (0, 25)


@pytest.mark.parametrize("events", [0, 1])
def test_hardly_any_events_give_a_model_too(events: int) -> None:
    few = Interactions.from_events(
        user_ids=[1] * events, item_ids=[4] * events, weights=[8.0] * events
    )

    scores = ials.fit(TrainingSet(few), SMALL).scores(Viewers(few.matrix))

    assert scores.shape == (events, events)
    assert np.isfinite(scores).all()


def run_all(factorisation: Factorisation) -> list[int]:
    return list(factorisation.epochs())


def test_who_goes_on_from_the_items_converges_as_well() -> None:
    scores = random_scores(6)
    by_user = ials.observe(scores, SMALL)
    settings = replace(SMALL, epochs=8)
    whole, begun = (Factorisation.begin(by_user, settings) for _ in range(2))
    for done in begun.epochs():
        if done == 5:
            break

    resumed = Factorisation.resume(by_user, begun.items, settings, epochs_done=5)

    assert (run_all(whole), run_all(resumed)) == ([1, 2, 3, 4, 5, 6, 7, 8], [6, 7, 8])
    viewers = Viewers(scores.matrix)
    expected = whole.model(scores.item_ids).scores(viewers)
    found = resumed.model(scores.item_ids).scores(viewers)
    assert not np.array_equal(found, expected)
    np.testing.assert_allclose(found, expected, atol=0.05 * expected.std())


def test_after_the_last_epoch_nothing_is_left_to_do() -> None:
    scores = random_scores(6)
    by_user = ials.observe(scores, SMALL)
    whole = Factorisation.begin(by_user, SMALL)
    run_all(whole)

    resumed = Factorisation.resume(by_user, whole.items, SMALL, epochs_done=SMALL.epochs)

    assert run_all(resumed) == []
    viewers = Viewers(scores.matrix)
    np.testing.assert_allclose(
        resumed.model(scores.item_ids).scores(viewers),
        whole.model(scores.item_ids).scores(viewers),
        rtol=1e-4,
        atol=1e-6,
    )
