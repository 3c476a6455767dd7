from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from services.recommender import local_ridge
from services.recommender.cold_items import ColdItems, ColdItemSettings, fit_cold_items
from services.recommender.item_model import ItemModel
from services.recommender.pipeline import links as linking
from services.recommender.pipeline.links import Links
from tests.services.recommender.audiences import random_grades, random_viewers
from tests.services.recommender.catalogues import known_by, random_catalogue
from tests.services.recommender.matrices import random_model, seeds


def over_ridge(seed: int) -> tuple[ItemModel, ColdItems]:
    """Two films without events, and others with fewer and more than are trusted alone."""
    grades = random_grades(seed).toarray()
    grades[:, [3, 11]] = 0
    training_set = known_by(random_catalogue(seed), type(random_grades(seed))(grades))
    chosen = ColdItemSettings(dimensions=5, support=3.0, enough=4)
    cold = fit_cold_items(training_set, chosen, base=local_ridge.fit)
    assert isinstance(cold.base, ItemModel)
    return cold.base, cold


def dense(links: Links) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """float32[targets, inputs]."""
    items = len(links.inputs)
    weights = np.zeros((items, items + 1), np.float32)
    np.put_along_axis(weights, links.inputs, links.weights, axis=1)
    assert not weights[:, -1].any()
    return weights[:, :-1]


def test_links_hold_what_speaks_for_a_film_and_nothing_against_it() -> None:
    model = random_model(4)

    links = Links.of(model)

    np.testing.assert_array_equal(dense(links), np.maximum(model.matrix.toarray().T, 0))


@settings(max_examples=20)
@given(seeds)
def test_guessed_films_are_linked_by_what_films_add_to_their_scores(seed: int) -> None:
    model, cold = over_ridge(seed)
    viewer = random_viewers(seed).rows(4, 5)

    links = Links.carried(model, cold)

    assert (np.diff(links.inputs, axis=1) >= 0).all()
    told = cold.explain(viewer, np.arange(20))
    profile = viewer.weighted(model.fold_in)
    linked = dense(links)[:, told.inputs]
    weights = profile.toarray()[0, told.inputs]
    width = links.inputs.shape[1]
    for film in range(20):
        expected = np.where(linked[film] > 0, told.contributions[film], 0)
        np.testing.assert_allclose(linked[film] * weights, expected, atol=1e-5)
        if (links.inputs[film] < 20).sum() < width:
            missing = told.contributions[film][linked[film] == 0]
            assert missing.max(initial=0) < 1e-5


def test_links_in_blocks_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    model, cold = over_ridge(5)
    whole = Links.carried(model, cold)

    monkeypatch.setattr(linking, "_BLOCK", 2)
    pieces = Links.carried(model, cold)

    np.testing.assert_allclose(dense(pieces), dense(whole), atol=1e-6)


def test_a_blend_that_knows_no_film_links_none() -> None:
    training_set = known_by(random_catalogue(4), random_grades(4)[:, :0])
    training_set = replace(training_set, catalogue=None)
    ridge = local_ridge.fit(training_set)

    links = Links.carried(ridge, fit_cold_items(training_set, base=local_ridge.fit))

    assert links.inputs.shape == links.weights.shape == (0, 0)
