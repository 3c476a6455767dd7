"""What models made of popularity and facts do at the edges of what there is to know."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import scipy.sparse as sp

from services.recommender import content_profile, user_kernel
from services.recommender.arrays import SparseArray
from services.recommender.content_profile import ContentRankingSettings
from services.recommender.content_vectors import GROUP_WEIGHTS
from services.recommender.genre_profile import GenreProfileSettings, fit_genre_profile
from services.recommender.model import Fit
from services.recommender.popularity import GenrePopularitySettings, fit_popularity_by_genre
from services.recommender.rating_profile import RatingProfileSettings, fit_rating_profile
from services.recommender.registry import MODELS
from services.recommender.user_kernel import fit_user_kernel
from services.recommender.user_neighbours import UserNeighboursSettings, fit_user_neighbours

from .audiences import (
    assert_blocks_do_not_matter,
    assert_explains_its_scores,
    assert_scores_alike,
    random_grades,
    random_viewers,
)
from .catalogues import known_by, random_catalogue

FITS = [
    pytest.param(MODELS[name], id=name)
    for name in (
        *("popularity", "popularity_recent", "popularity_by_genre", "genre_profile"),
        *("rating_profile", "content_profile", "related_films", "cold_items"),
    )
]
UNSHRUNK = [
    pytest.param(partial(fit, settings=settings), id=type(settings).__name__)
    for fit, settings in (
        (fit_popularity_by_genre, GenrePopularitySettings(prior=0)),
        (fit_genre_profile, GenreProfileSettings(prior=0)),
        (fit_rating_profile, RatingProfileSettings(usual_scores=0)),
        (content_profile.fit, ContentRankingSettings(shrinkage=0)),
        (
            content_profile.fit,
            ContentRankingSettings(feature_weights=dict.fromkeys(GROUP_WEIGHTS, 0.0)),
        ),
        (fit_user_neighbours, UserNeighboursSettings(shrinkage=0)),
        (fit_user_kernel, replace(user_kernel.GRADED, shrinkage=0)),
    )
]
NOBODY = sp.csr_array((0, 20), dtype=np.float32)
ALL_THE_SAME = sp.csr_array(np.full((30, 20), 8, np.float32))


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("grades", [NOBODY, ALL_THE_SAME], ids=["nobody", "all the same"])
def test_scores_are_finite_whoever_they_learn_from(fit: Fit, grades: SparseArray) -> None:
    for catalogue in (None, random_catalogue(1)):
        model = fit(known_by(catalogue, grades))

        assert_blocks_do_not_matter(model, random_viewers(1))
        assert_explains_its_scores(model, random_viewers(1))


@pytest.mark.parametrize("fit", FITS)
def test_a_catalogue_of_one_film_is_enough(fit: Fit) -> None:
    grades = sp.csr_array(np.array([[8]], np.float32))
    model = fit(known_by(random_catalogue(1, items=1), grades, graded=False))

    assert_explains_its_scores(model, random_viewers(1, items=1))


@pytest.mark.parametrize("fit", FITS)
def test_arrays_may_be_read_only(fit: Fit) -> None:
    model = fit(known_by(random_catalogue(2), random_grades(2)))
    arrays = model.to_arrays()
    for array in arrays.values():
        array.setflags(write=False)

    stored = type(model).from_arrays(arrays)

    assert_scores_alike(stored, model, random_viewers(2))
    assert_explains_its_scores(stored, random_viewers(2))


@pytest.mark.parametrize("fit", FITS)
def test_the_same_training_set_gives_the_same_model(fit: Fit) -> None:
    training_set = known_by(random_catalogue(3), random_grades(3))

    assert_scores_alike(fit(training_set), fit(training_set), random_viewers(3))


@pytest.mark.parametrize("fit", UNSHRUNK)
def test_settings_that_shrink_nothing_divide_nothing_by_nothing(fit: Fit) -> None:
    model = fit(known_by(random_catalogue(3), random_grades(3)))
    unknown = random_viewers(4)
    unknown.grades.data[::2] = 0
    unknown.grades.data[: unknown.grades.indptr[3]] = 0

    assert_blocks_do_not_matter(model, unknown)
    assert_explains_its_scores(model, unknown)
