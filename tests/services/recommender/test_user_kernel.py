from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import settings as examples
from numpy.typing import NDArray

from services.recommender import ials, user_kernel
from services.recommender.arrays import BoolArray, FloatArray
from services.recommender.model import TrainingSet
from services.recommender.training_users import NOBODY, TrainingUsers
from services.recommender.user_kernel import (
    BINARY,
    GRADED,
    TooManyUsersError,
    UserKernel,
    UserKernelSettings,
    fit_user_kernel,
)
from services.recommender.viewers import Viewers
from services.recommender.weights import GradeCurve

from .audiences import (
    assert_blocks_do_not_matter,
    assert_explains_its_scores,
    assert_scores_alike,
    random_grades,
    random_viewers,
    training_set_of,
)
from .matrices import seeds


def profiles(weights: NDArray[np.float64], shrinkage: float) -> NDArray[np.float64]:
    return weights / np.sqrt((weights**2).sum(axis=1, keepdims=True) + shrinkage)


def textbook(
    training_set: TrainingSet, viewers: Viewers, settings: UserKernelSettings
) -> NDArray[np.float64]:
    """k(x) (K + ridge I)⁻¹ targets, k = exp(profiles / t + directions / s), dense, in float64."""
    given = Viewers(training_set.interactions.matrix)
    settings = settings.for_users(given.grades.shape[0])
    known = profiles(given.weighted(settings.profile).toarray(), settings.shrinkage)
    asked = profiles(viewers.weighted(settings.profile).toarray(), settings.shrinkage)
    latent = ials.fit(training_set, settings.latent)
    turned_known, turned_asked = (unit_rows(latent.fold_in(each)) for each in (given, viewers))
    tastes = turned_known @ turned_known.T / settings.latent_bandwidth
    system = np.exp(known @ known.T / settings.bandwidth + tastes)
    targets = given.weighted(settings.target).toarray()
    kernel = asked @ known.T / settings.bandwidth
    kernel += turned_asked @ turned_known.T / settings.latent_bandwidth
    regularised = system + settings.ridge * np.eye(len(known))
    return np.exp(kernel) @ np.linalg.inv(regularised) @ targets


def unit_rows(factors: FloatArray) -> NDArray[np.float64]:
    lengths = np.linalg.norm(factors.astype(np.float64), axis=1, keepdims=True)
    return factors / np.where(lengths > 0, lengths, 1)


@examples(max_examples=50)
@given(seeds)
def test_scores_are_those_of_the_textbook(seed: int) -> None:
    viewers = random_viewers(seed)

    for graded, settings in ((True, GRADED), (False, BINARY)):
        known = training_set_of(random_grades(seed), graded=graded)
        scores = fit_user_kernel(known).scores(viewers)
        np.testing.assert_allclose(scores, textbook(known, viewers, settings), atol=2e-5)


@examples(max_examples=50)
@given(seeds)
def test_contributions_and_the_empty_profile_add_up_to_the_scores(seed: int) -> None:
    model = fit_user_kernel(training_set_of(random_grades(seed)))

    assert_explains_its_scores(model, random_viewers(seed, viewers=3))


def test_a_film_contributes_by_its_part_in_what_makes_users_alike() -> None:
    # Nobody else has seen film 0, so that it makes the viewer like nobody; the factors say nothing.
    grades = sp.csr_array(np.array([[0, 8, 0, 8], [0, 0, 8, 8]], np.float32))
    only_films = replace(BINARY, bandwidth=0.25, latent_bandwidth=1e12)
    model = fit_user_kernel(training_set_of(grades, graded=False), only_films)
    viewer = Viewers(sp.csr_array(np.array([[8, 8, 0, 0]], np.float32)))

    explanation = model.explain(viewer, np.array([3]))

    assert explanation.inputs.tolist() == [0, 1]
    assert explanation.contributions[0, 0] == pytest.approx(0, abs=1e-9)
    # Only the first user shares film 1, which is sqrt(1/12) of either profile.
    expected = np.expm1(1 / 12 / model.bandwidth) * model.duals[0, 3]
    assert explanation.contributions[0, 1] == pytest.approx(expected, rel=1e-6)
    assert explanation.constants["empty_profile"][0] == pytest.approx(model.duals[:, 3].sum())


def test_whoever_has_no_profile_gets_the_scores_of_the_empty_profile() -> None:
    model = fit_user_kernel(training_set_of(random_grades(4)))
    nothing = Viewers(sp.csr_array((1, 20), dtype=np.float32))
    hidden = Viewers(sp.csr_array(([np.float32(0)], ([0], [3])), shape=(1, 20)))

    np.testing.assert_allclose(model.scores(nothing)[0], model.duals.sum(axis=0), atol=1e-6)
    np.testing.assert_array_equal(model.scores(hidden), model.scores(nothing))


def test_blocks_of_viewers_and_of_training_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    known, viewers = training_set_of(random_grades(3)), random_viewers(5)
    whole = fit_user_kernel(known)
    assert_blocks_do_not_matter(whole, viewers)

    monkeypatch.setattr(user_kernel, "_BLOCK", 7)

    pieced = fit_user_kernel(known)
    np.testing.assert_allclose(pieced.scores(viewers), whole.scores(viewers), atol=1e-6)


def test_cold_films_score_nothing_and_idle_users_do_no_harm() -> None:
    grades = random_grades(6).toarray()
    grades[:, 4] = grades[2] = 0
    model = fit_user_kernel(training_set_of(sp.csr_array(grades)))

    scores = model.scores(random_viewers(7))

    assert not scores[:, 4].any()
    assert np.isfinite(scores).all()


def test_one_film_and_equal_scores_are_enough_and_nobody_at_all_gives_zeros() -> None:
    one = fit_user_kernel(training_set_of(sp.csr_array(np.full((3, 1), 8, np.float32))))
    nobody = fit_user_kernel(training_set_of(sp.csr_array((0, 2), dtype=np.float32)))

    assert np.isfinite(one.scores(random_viewers(1, items=1))).all()
    assert nobody.scores(random_viewers(1, items=2)).tolist() == [[0, 0]] * 9


def test_settings_follow_the_number_of_users() -> None:
    settings = replace(BINARY, bandwidth=0.25, latent_bandwidth=0.5, ridge=10.0)

    assert settings.for_users(4_000) == settings
    fewer = settings.for_users(500)
    assert fewer.ridge == pytest.approx(1.25)
    assert fewer.bandwidth == pytest.approx(0.5)
    assert fewer.latent_bandwidth == pytest.approx(1.0)
    assert settings.for_users(0) == settings.for_users(1)


def test_too_many_users_are_refused_clearly() -> None:
    known = training_set_of(random_grades(1, users=5))

    with pytest.raises(TooManyUsersError, match="5 users are more than the 4"):
        fit_user_kernel(known, replace(GRADED, max_users=4))
    assert fit_user_kernel(known, replace(GRADED, max_users=5)).duals.shape == (5, 20)


def test_a_ridge_that_leaves_the_system_indefinite_is_refused() -> None:
    twins = training_set_of(sp.csr_array(np.full((2, 2), 8, np.float32)))

    with pytest.raises(ValueError, match="ridge is too small"):
        fit_user_kernel(twins, replace(GRADED, ridge=-20_000.0))


def test_a_model_comes_back_from_memory_maps_as_it_was(tmp_path: Path) -> None:
    curve = GradeCurve((0.0, 0.1, 0.2, 0.7, 1.1))
    known = training_set_of(random_grades(2))
    model = fit_user_kernel(known, replace(GRADED, profile=curve))
    for name, array in model.to_arrays().items():
        np.save(tmp_path / name, array)

    mapped = {path.stem: np.load(path, mmap_mode="r") for path in tmp_path.iterdir()}
    read = UserKernel.from_arrays(mapped)
    viewers = Viewers(known.interactions.matrix)

    assert read.curve == curve
    assert np.shares_memory(read.duals, mapped["duals"])
    assert_scores_alike(read, model, random_viewers(3))
    assert_scores_alike(read, model, viewers)
    assert is_fitted(read, viewers).all()


@examples(max_examples=50)
@given(seeds)
def test_training_users_are_scored_alike_with_and_without_the_kernel(seed: int) -> None:
    grades = random_grades(seed)
    known, viewers = training_set_of(grades), Viewers(grades)
    model = fit_user_kernel(known)

    by_kernel = model.predicted(viewers)

    assert is_fitted(model, viewers).all()
    np.testing.assert_allclose(model.scores(viewers), by_kernel, atol=5e-6)
    np.testing.assert_allclose(by_kernel, textbook(known, viewers, GRADED), atol=2e-5)
    assert_explains_its_scores(model, viewers.rows(0, 5))


def test_the_films_of_training_users_are_in_the_same_order_either_way() -> None:
    grades = random_grades(8, users=300, items=400, filled=0.1)
    model, viewers = fit_user_kernel(training_set_of(grades)), Viewers(grades)

    fitted, by_kernel = model.scores(viewers), model.predicted(viewers)

    first = np.argsort(-fitted, axis=1)[:, :200]
    descending = np.take_along_axis(by_kernel, first, axis=1)
    # What differs in the last place of float32 only may change places.
    assert np.diff(descending, axis=1).max() < 1e-5 * by_kernel.std(axis=1).min()


def test_only_whoever_has_all_the_scores_of_training_goes_without_the_kernel() -> None:
    grades = random_grades(9, filled=0.5)
    model = fit_user_kernel(training_set_of(grades))
    less, more, regraded = (grades.toarray()[:1] for _ in range(3))
    rated, unrated = np.flatnonzero(less[0]), np.flatnonzero(less[0] == 0)
    less[0, rated[0]] = 0
    more[0, unrated[0]] = 8
    regraded[0, rated[0]] = 11 - regraded[0, rated[0]]
    others = Viewers(sp.csr_array(np.concatenate([less, more, regraded])))
    mixed = Viewers(sp.csr_array(sp.vstack([others.grades[:2], grades[4:6], others.grades[2:]])))

    assert is_fitted(model, mixed).tolist() == [False, False, True, True, False]
    np.testing.assert_array_equal(model.scores(others), model.predicted(others))
    np.testing.assert_allclose(model.scores(mixed), model.predicted(mixed), atol=5e-6)
    assert_blocks_do_not_matter(model, mixed)
    for row in range(len(others)):
        assert_explains_its_scores(model, others.rows(row, row + 1))


def test_hidden_films_do_not_make_somebody_else_and_faded_events_do() -> None:
    grades = random_grades(10, filled=0.5)
    model = fit_user_kernel(training_set_of(grades))
    one = grades[:1]
    hidden = np.setdiff1d(np.arange(20), one.indices)[:2]
    columns = np.concatenate([one.indices, hidden])
    data = np.concatenate([one.data, np.zeros(2, np.float32)])[np.argsort(columns)]
    parts = (data, np.sort(columns), np.array([0, columns.size]))
    hiding = sp.csr_array(parts, shape=(1, 20))
    decay = np.where(data > 0, 1, 0.5).astype(np.float32)
    faded = decay.copy()
    faded[np.flatnonzero(data)[-1]] = 0.5

    for viewer in (Viewers(hiding), Viewers(hiding, np.ones_like(decay)), Viewers(hiding, decay)):
        assert is_fitted(model, viewer).all()
        np.testing.assert_array_equal(model.scores(viewer), model.scores(Viewers(one)))
        np.testing.assert_allclose(model.scores(viewer), model.predicted(viewer), atol=5e-6)
        assert_explains_its_scores(model, viewer)
    assert not is_fitted(model, Viewers(hiding, faded)).any()
    np.testing.assert_array_equal(
        model.scores(Viewers(hiding, faded)), model.predicted(Viewers(hiding, faded))
    )


def test_users_of_equal_scores_share_theirs() -> None:
    grades = sp.csr_array(sp.vstack([random_grades(11), random_grades(11)[3:9]]))
    model, twins = fit_user_kernel(training_set_of(grades)), Viewers(grades[30:])

    scores = model.scores(twins)

    assert is_fitted(model, twins).all()
    np.testing.assert_allclose(scores, model.predicted(twins), atol=5e-6)
    np.testing.assert_array_equal(scores, model.scores(Viewers(grades[3:9])))


def is_fitted(model: UserKernel, viewers: Viewers) -> BoolArray:
    return TrainingUsers.of(model.grades).find(viewers) != NOBODY
