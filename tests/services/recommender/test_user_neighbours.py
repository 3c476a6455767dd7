from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.recommender import user_neighbours
from services.recommender.model import TrainingSet
from services.recommender.recency import recency
from services.recommender.user_neighbours import (
    BINARY,
    GRADED,
    UserNeighbours,
    UserNeighboursSettings,
    fit_user_neighbours,
)
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


def textbook(
    training_set: TrainingSet, viewers: Viewers, settings: UserNeighboursSettings
) -> NDArray[np.float64]:
    """Each viewer against each user in a loop, dense, in float64."""
    matrix = training_set.interactions.matrix
    counts = np.maximum(np.bincount(matrix.indices, minlength=matrix.shape[1]), 1)
    weights = (counts / counts.mean()) ** -settings.popularity_discount

    def profiles(given: Viewers) -> NDArray[np.float64]:
        dense = given.weighted(settings.profile).toarray() * weights
        return dense / np.sqrt((dense**2).sum(axis=1, keepdims=True) + settings.shrinkage)

    decay = recency(training_set.ages, half_life=settings.half_life, floor=settings.floor)
    targets = Viewers(matrix, decay).weighted(settings.target).toarray().astype(np.float64)
    cosines = profiles(viewers) @ profiles(Viewers(matrix)).T
    scores = np.zeros((len(viewers), matrix.shape[1]))
    for row, own in enumerate(cosines):
        nearest = np.argsort(-own)[: settings.neighbours]
        scores[row] = own[nearest] ** settings.sharpness @ targets[nearest]
    return scores


@examples(max_examples=50)
@given(seeds, st.integers(1, 40))
def test_scores_are_those_of_the_textbook(seed: int, neighbours: int) -> None:
    known, viewers = training_set_of(random_grades(seed)), random_viewers(seed + 1)
    settings = replace(GRADED, neighbours=neighbours, half_life=200.0)

    scores = fit_user_neighbours(known, settings).scores(viewers)

    np.testing.assert_allclose(scores, textbook(known, viewers, settings), rtol=1e-4, atol=1e-6)


@examples(max_examples=50)
@given(seeds)
def test_contributions_add_up_to_the_scores(seed: int) -> None:
    known = training_set_of(random_grades(seed))
    model = fit_user_neighbours(known, replace(GRADED, neighbours=8))

    assert_explains_its_scores(model, random_viewers(seed, viewers=3))


def test_the_films_of_the_most_similar_user_count_and_newer_ones_more() -> None:
    grades = sp.csr_array(
        np.array([[8, 8, 8, 8, 0], [8, 0, 0, 0, 8], [0, 0, 0, 0, 8]], dtype=np.float32)
    )
    # Ages are 0, 10, 20 and 30 days for the first user's films.
    known = training_set_of(grades, graded=False)
    settings = UserNeighboursSettings(
        neighbours=1, popularity_discount=0, shrinkage=0, half_life=10.0, floor=0.2
    )
    model = fit_user_neighbours(known, settings)

    scores = model.scores(Viewers(sp.csr_array(np.array([[8, 8, 8, 0, 0]], np.float32))))

    cubed_cosine = (3 / np.sqrt(3 * 4)) ** 3
    np.testing.assert_allclose(
        scores[0], cubed_cosine * np.array([1, 0.5, 0.25, 0.2, 0]), rtol=1e-6
    )


def test_without_a_half_life_or_ages_time_does_not_matter() -> None:
    known, viewers = training_set_of(random_grades(1)), random_viewers(2)
    timeless = fit_user_neighbours(known, replace(GRADED, half_life=None))
    ageless = fit_user_neighbours(replace(known, ages=None))

    assert_scores_alike(timeless, ageless, viewers)
    assert (fit_user_neighbours(known).targets.data < timeless.targets.data).any()


def test_graded_settings_are_chosen_by_the_training_set() -> None:
    grades = random_grades(1)

    unary = fit_user_neighbours(replace(training_set_of(grades, graded=False), ages=None))
    graded = fit_user_neighbours(training_set_of(grades))

    assert set(unary.targets.data.tolist()) == {1.0}
    assert unary.curve == BINARY.profile
    assert graded.curve == GRADED.profile


def test_a_viewer_without_a_profile_and_a_film_without_events_score_nothing() -> None:
    grades = random_grades(6).toarray()
    grades[:, 4] = grades[2] = 0
    model = fit_user_neighbours(training_set_of(sp.csr_array(grades)))

    scores = model.scores(random_viewers(7))

    assert not scores[0].any()
    assert not scores[:, 4].any()
    assert scores[1:].any(axis=1).all()
    assert np.isfinite(scores).all()


def test_blocks_of_viewers_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    model, viewers = fit_user_neighbours(training_set_of(random_grades(3))), random_viewers(4)
    whole = model.scores(viewers)
    assert_blocks_do_not_matter(model, viewers)

    monkeypatch.setattr(user_neighbours, "_ENTRIES", 70)

    np.testing.assert_array_equal(model.scores(viewers), whole)


def test_one_film_is_enough_and_nobody_at_all_gives_zeros() -> None:
    one = fit_user_neighbours(training_set_of(sp.csr_array(np.full((3, 1), 8, np.float32))))
    nobody = fit_user_neighbours(training_set_of(sp.csr_array((0, 2), dtype=np.float32)))
    viewers = random_viewers(1, items=2)

    assert np.isfinite(one.scores(random_viewers(1, items=1))).all()
    assert nobody.scores(viewers).tolist() == [[0, 0]] * 9
    assert nobody.explain(viewers.rows(0, 1), np.array([1])).totals().tolist() == [0]


def test_a_model_comes_back_from_memory_maps_as_it_was(tmp_path: Path) -> None:
    model = fit_user_neighbours(training_set_of(random_grades(2)))
    for name, array in model.to_arrays().items():
        np.save(tmp_path / name, array)

    mapped = {path.stem: np.load(path, mmap_mode="r") for path in tmp_path.iterdir()}
    read = UserNeighbours.from_arrays(mapped)

    assert np.shares_memory(read.targets.data, mapped["targets"])
    assert_scores_alike(read, model, random_viewers(3))
