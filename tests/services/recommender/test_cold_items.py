from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import settings as examples
from numpy.typing import NDArray

from services.recommender import cold_items, local_ridge
from services.recommender.arrays import SparseArray
from services.recommender.blend import fit_blend
from services.recommender.catalogue import Catalogue
from services.recommender.cold_items import ColdItems, ColdItemSettings, fit_cold_items
from services.recommender.content_vectors import content_vectors
from services.recommender.features import of_several
from services.recommender.film_facts import plain_facts
from services.recommender.model import TrainingSet
from services.recommender.principal_directions import principal_directions
from services.recommender.user_kernel import fit_user_kernel
from services.recommender.viewers import Viewers

from .audiences import (
    assert_blocks_do_not_matter,
    assert_explains_its_scores,
    assert_scores_alike,
    random_grades,
    random_viewers,
)
from .catalogues import known_by, random_catalogue
from .matrices import seeds

SETTINGS = ColdItemSettings(dimensions=5, support=3.0, enough=100)
fit_over_ridge = partial(fit_cold_items, base=local_ridge.fit)


def with_cold(seed: int, *cold: int) -> SparseArray:
    grades = random_grades(seed).toarray()
    grades[:, list(cold)] = 0
    return sp.csr_array(grades)


def textbook(
    training_set: TrainingSet, viewers: Viewers, settings: ColdItemSettings
) -> NDArray[np.float64]:
    """Weighted ridge of the rated films' scores on coordinates, one viewer after the other."""
    catalogue = training_set.catalogue
    assert catalogue is not None
    features = principal_directions(
        of_several(content_vectors(catalogue.features)), settings.dimensions, iterations=4, seed=0
    )
    design = np.hstack([features, plain_facts(catalogue)]).astype(np.float64)
    penalty = np.diag([settings.feature_ridge] * features.shape[1] + [settings.fact_ridge] * 9)
    counts = np.count_nonzero(training_set.interactions.matrix.toarray(), axis=0)
    rated = counts > 0
    base = local_ridge.fit(training_set).scores(viewers).astype(np.float64)
    trust = counts / (counts + settings.support)
    weighted = design[rated].T * trust[rated]
    rows = []
    for known in base:
        taste = np.linalg.solve(weighted @ design[rated] + penalty, weighted @ known[rated])
        rows.append(trust * known + (1 - trust) * (design @ taste))
    return np.array(rows)


@examples(max_examples=25)
@given(seeds)
def test_scores_are_those_of_the_textbook(seed: int) -> None:
    training_set = known_by(random_catalogue(seed), with_cold(seed, 3, 11))
    viewers = random_viewers(seed)

    scores = fit_over_ridge(training_set, SETTINGS).scores(viewers)

    np.testing.assert_allclose(scores, textbook(training_set, viewers, SETTINGS), atol=2e-5)


@examples(max_examples=15)
@given(seeds)
def test_it_keeps_to_what_models_promise(seed: int) -> None:
    viewers = random_viewers(seed)
    for graded, catalogue in ((True, random_catalogue(seed)), (False, None)):
        training_set = known_by(catalogue, with_cold(seed, 0, 7), graded=graded)
        model = fit_cold_items(training_set, SETTINGS)
        assert_explains_its_scores(model, viewers)
        assert_blocks_do_not_matter(model, viewers)
        assert_scores_alike(model, ColdItems.from_arrays(model.to_arrays()), viewers)


def test_any_model_can_be_the_base() -> None:
    training_set = known_by(random_catalogue(1), with_cold(1, 4))
    viewers = random_viewers(1)

    model = fit_cold_items(training_set, SETTINGS, base=fit_user_kernel)

    assert_explains_its_scores(model, viewers)
    stored = ColdItems.from_arrays(model.to_arrays())
    assert_scores_alike(model, stored, viewers)


def test_explaining_in_blocks_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    model = fit_cold_items(known_by(random_catalogue(2), with_cold(2, 5)), SETTINGS)
    viewer = random_viewers(2).rows(3, 4)
    items = np.arange(20)
    whole = model.explain(viewer, items)

    monkeypatch.setattr(cold_items, "_BLOCK", 3)
    pieces = model.explain(viewer, items)

    np.testing.assert_allclose(pieces.contributions, whole.contributions, atol=1e-12)


def test_a_cold_film_is_scored_like_rated_films_with_the_same_facts() -> None:
    # Everybody who likes one of the horror films likes the other two that are rated.
    horror, drama = np.repeat([[8, 8, 8, 0]], 9, axis=0), np.repeat([[8, 8, 8, 0]], 9, axis=0)
    grades = sp.csr_array(sp.block_diag([horror, drama]).toarray().astype(np.float32))
    genres = ["genre:horror"] * 4 + ["genre:drama"] * 4
    nothing = np.zeros(8, np.float32)
    catalogue = Catalogue(
        item_ids=np.arange(8) * 3 + 7,
        features=[frozenset([genre]) for genre in genres],
        vote_counts=nothing,
        vote_averages=nothing,
        years=np.zeros(8, np.int32),
        related={},
    )
    viewer = Viewers(sp.csr_array(np.array([[8, 0, 0, 0, 0, 0, 0, 0]], np.float32)))

    model = fit_over_ridge(known_by(catalogue, grades, graded=False))

    scores = model.scores(viewer)[0]
    assert scores[3] > 5 * abs(scores[7])
    explanation = model.explain(viewer, np.array([3]))
    assert explanation.inputs.tolist() == [0]
    assert explanation.contributions[0, 0] == pytest.approx(scores[3])


def test_films_with_many_events_keep_the_score_of_the_base_model() -> None:
    training_set = known_by(random_catalogue(3), random_grades(3))
    settings = replace(SETTINGS, enough=1)
    viewers = random_viewers(3)

    scores = fit_over_ridge(training_set, settings).scores(viewers)

    np.testing.assert_allclose(scores, local_ridge.fit(training_set).scores(viewers), atol=1e-6)


def test_what_is_not_guessed_is_explained_without_the_taste(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """That takes an explanation of every film."""
    training_set = known_by(random_catalogue(3), random_grades(3))
    model = fit_cold_items(training_set, replace(SETTINGS, enough=1), base=fit_blend)
    viewer = random_viewers(3).rows(3, 4)
    monkeypatch.setattr(cold_items, "_BLOCK", 0)

    told = model.explain(viewer, np.array([4, 7]))

    np.testing.assert_allclose(told.totals(), model.scores(viewer)[0, [4, 7]], atol=1e-5)


def test_nobody_and_nothing_can_be_scored() -> None:
    fit = partial(fit_cold_items, settings=SETTINGS)
    without_events = fit(known_by(random_catalogue(4), sp.csr_array((3, 20), dtype=np.float32)))
    without_films = fit(known_by(None, sp.csr_array((3, 0), dtype=np.float32)))
    one_film = fit(known_by(None, sp.csr_array(np.array([[8.0]], np.float32))))

    assert without_events.scores(random_viewers(4)).tolist() == np.zeros((9, 20)).tolist()
    assert without_films.scores(random_viewers(4, items=0)).shape == (9, 0)
    assert one_film.scores(random_viewers(4, items=1)).shape == (9, 1)
