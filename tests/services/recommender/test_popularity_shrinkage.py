from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import settings as examples
from numpy.typing import NDArray

from services.recommender import local_ridge
from services.recommender.blend import Blend, BlendSettings, Member, fit_blend
from services.recommender.model import Model, TrainingSet
from services.recommender.popularity import fit_popularity
from services.recommender.popularity_shrinkage import (
    GRADED,
    PopularityShrinkage,
    fit_shrunk,
)
from services.recommender.user_kernel import fit_user_kernel
from services.recommender.viewers import Viewers

from .audiences import (
    assert_blocks_do_not_matter,
    assert_explains_its_scores,
    assert_scores_alike,
    random_grades,
    random_viewers,
    training_set_of,
)
from .matrices import seeds


def small_blend(training_set: TrainingSet) -> Blend:
    members = {
        "local_ridge": Member(local_ridge.fit, 0.5),
        "user_kernel": Member(fit_user_kernel, 0.5),
        "popularity": Member(fit_popularity, 0.1),
    }
    return fit_blend(training_set, BlendSettings(members))


def z(scores: NDArray[np.floating]) -> NDArray[np.float64]:
    centred = scores - scores.mean(axis=-1, keepdims=True, dtype=np.float64)
    deviation = centred.std(axis=-1, keepdims=True)
    return centred / np.where(deviation > 0, deviation, 1)


@examples(max_examples=50)
@given(seeds)
def test_scores_are_those_of_the_textbook(seed: int) -> None:
    known, viewers = training_set_of(random_grades(seed)), random_viewers(seed + 1)
    model = fit_shrunk(known, local_ridge.fit, replace(GRADED, prior=2.5))

    scores = model.scores(viewers)

    evidence = viewers.weighted(GRADED.evidence).toarray().sum(axis=1)
    trust = (evidence / (evidence + 2.5))[:, None]
    popularity = z(fit_popularity(known).popularity)
    expected = trust * z(local_ridge.fit(known).scores(viewers)) + (1 - trust) * popularity
    np.testing.assert_allclose(scores, expected, atol=2e-5)


@examples(max_examples=30)
@given(seeds)
def test_contributions_and_constants_add_up_to_the_scores(seed: int) -> None:
    model = fit_shrunk(training_set_of(random_grades(seed)), small_blend)

    assert_explains_its_scores(model, random_viewers(seed + 1, viewers=3))


def test_a_binary_history_counts_its_likes_and_a_graded_one_their_weights() -> None:
    grades = sp.csr_array(np.array([[8, 10, 0, 2]], np.float32))

    def trust(*, graded: bool) -> float:
        known = training_set_of(random_grades(1, items=4), graded=graded)
        told = fit_shrunk(known, local_ridge.fit).explain(Viewers(grades), np.arange(4))
        popularity = z(fit_popularity(known).popularity)
        return 1 - float(told.constants["popularity"][0] / popularity[0])

    assert trust(graded=False) == pytest.approx(3 / (3 + 4), rel=1e-5)
    assert trust(graded=True) == pytest.approx(2.35 / (2.35 + 4), rel=1e-5)


def test_whoever_has_no_history_gets_what_is_popular() -> None:
    known = training_set_of(random_grades(2))
    model = fit_shrunk(known, small_blend)

    scores = model.scores(random_viewers(3))[0]

    np.testing.assert_allclose(scores, z(fit_popularity(known).popularity), atol=1e-5)


def test_a_prior_of_nothing_trusts_the_model_alone() -> None:
    known, viewers = training_set_of(random_grades(2)), random_viewers(3)
    bare = fit_shrunk(known, local_ridge.fit, replace(GRADED, prior=0.0)).scores(viewers)

    np.testing.assert_allclose(bare[1:], z(local_ridge.fit(known).scores(viewers))[1:], atol=1e-5)
    assert np.isfinite(bare).all()


def test_blocks_of_viewers_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    known, viewers = training_set_of(random_grades(2)), random_viewers(3)
    model = fit_shrunk(known, local_ridge.fit)
    whole = model.scores(viewers)
    assert_blocks_do_not_matter(model, viewers)

    monkeypatch.setattr("services.recommender.blend._ENTRIES", 45)

    np.testing.assert_array_equal(model.scores(viewers), whole)


@pytest.mark.parametrize("fit", [local_ridge.fit, small_blend])
def test_a_model_comes_back_from_memory_maps_as_it_was(fit: object, tmp_path: Path) -> None:
    model: Model = fit_shrunk(training_set_of(random_grades(2)), fit)
    for name, array in model.to_arrays().items():
        np.save(tmp_path / name, array)

    mapped = {path.stem: np.load(path, mmap_mode="r") for path in tmp_path.iterdir()}
    read = PopularityShrinkage.from_arrays(mapped)

    assert read.settings == GRADED
    assert_scores_alike(read, model, random_viewers(3))
