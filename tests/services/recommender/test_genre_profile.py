from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import settings as examples

from services.recommender.catalogue import Catalogue
from services.recommender.genre_profile import (
    GenreProfile,
    GenreProfileSettings,
    fit_genre_profile,
)
from services.recommender.viewers import Viewers
from services.recommender.weights import AGAINST_DISLIKES

from .audiences import (
    assert_blocks_do_not_matter,
    assert_explains_its_scores,
    assert_scores_alike,
    random_grades,
    random_viewers,
)
from .catalogues import known_by, random_catalogue
from .matrices import seeds

SETTINGS = GenreProfileSettings(prior=2.0, usual_votes=100.0, quality_exponent=1.0)


def small_catalogue() -> Catalogue:
    genres = [("war",), ("war", "drama"), ("drama",), ("war",), ()]
    return Catalogue(
        item_ids=np.arange(5) * 3 + 7,
        features=[frozenset(f"genre:{genre}" for genre in each) for each in genres],
        vote_counts=np.array([100, 100, 100, 0, 0], np.float32),
        vote_averages=np.array([8, 6, 7, 0, 0], np.float32),
        years=np.zeros(5, np.int32),
        related={},
    )


def viewer_of(*grades: float) -> Viewers:
    return Viewers(sp.csr_array(np.array([grades], np.float32)))


def fit_small() -> GenreProfile:
    """Of what everybody liked a third is war and a third drama, and so of unknown genres."""
    nobody = sp.csr_array((1, 5), dtype=np.float32)
    return fit_genre_profile(known_by(small_catalogue(), nobody, graded=False), SETTINGS)


def test_preferences_say_how_many_times_as_much_as_everybody() -> None:
    model = fit_small()

    assert model.genres == ("", "drama", "war")
    assert model.preferences(viewer_of(0, 0, 0, 0, 0))[0] == pytest.approx([1, 1, 1])
    assert model.preferences(viewer_of(8, 8, 0, 0, 0))[0] == pytest.approx(
        [2 / 4, (2 + 1.5) / 4, (2 + 3 + 1.5) / 4]
    )


def test_good_films_of_preferred_genres_come_first_and_the_profile_says_why() -> None:
    model = fit_small()
    viewer = viewer_of(8, 0, 0, 0, 0)

    # Averages of 8, 6 and 7 are halfway drawn to the mean of 7, which the others have.
    drama, war, unknown = 2 / 3, 5 / 3, 2 / 3
    assert model.scores(viewer)[0] == pytest.approx(
        [war * 0.75, (war + drama) / 2 * 0.65, drama * 0.7, war * 0.7, unknown * 0.7]
    )
    explanation = model.explain(viewer, np.array([3, 2]))
    assert explanation.inputs.tolist() == [0]
    assert explanation.contributions == pytest.approx(np.array([[1.0 * 0.7], [0]]))
    assert explanation.constants["quality"] == pytest.approx([2 / 3 * 0.7] * 2)


def test_without_a_catalogue_the_best_films_come_first() -> None:
    grades = sp.csr_array(np.array([[8, 4, 0], [8, 2, 0]], np.float32))

    scores = fit_genre_profile(known_by(None, grades)).scores(viewer_of(0, 8, 0))[0]

    assert np.argsort(-scores).tolist() == [0, 2, 1]


@examples(max_examples=20)
@given(seeds)
def test_it_keeps_to_what_models_promise(seed: int) -> None:
    viewers = random_viewers(seed)
    for graded, catalogue in ((True, random_catalogue(seed)), (False, None)):
        model = fit_genre_profile(known_by(catalogue, random_grades(seed), graded=graded))
        assert_explains_its_scores(model, viewers)
        assert_blocks_do_not_matter(model, viewers)
        assert_scores_alike(model, GenreProfile.from_arrays(model.to_arrays()), viewers)


def test_nobody_and_nothing_can_be_scored() -> None:
    without_films = fit_genre_profile(known_by(None, sp.csr_array((3, 0), dtype=np.float32)))

    assert without_films.scores(random_viewers(1, items=0)).shape == (9, 0)


def test_a_genre_that_everybody_dislikes_is_rare_and_not_the_opposite_of_one() -> None:
    grades = sp.csr_array(np.array([[1, 0, 9, 0, 0]] * 40, np.float32))
    settings = replace(SETTINGS, curve=AGAINST_DISLIKES)

    model = fit_genre_profile(known_by(small_catalogue(), grades), settings)

    assert model.everybody == pytest.approx([1 / 47, 45 / 47, 1 / 47])
