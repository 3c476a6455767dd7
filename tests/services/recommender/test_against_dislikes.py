"""Curves that go below 0, so that dislikes speak against films, in every place that takes one."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from services.recommender import (
    content_profile,
    ease,
    genre_profile,
    ials,
    local_ridge,
    popularity,
    popularity_shrinkage,
    related_films,
    user_kernel,
    user_neighbours,
)
from services.recommender.model import Fit
from services.recommender.viewers import Viewers
from services.recommender.weights import AGAINST_DISLIKES

from .audiences import (
    assert_blocks_do_not_matter,
    assert_explains_its_scores,
    random_grades,
    random_viewers,
)
from .catalogues import known_by, random_catalogue

CURVE = AGAINST_DISLIKES
FITS = {
    "popularity": partial(
        popularity.fit_popularity, settings=replace(popularity.GRADED, curve=CURVE)
    ),
    "popularity_by_genre": partial(
        popularity.fit_popularity_by_genre,
        settings=replace(popularity.GRADED_BY_GENRE, curve=CURVE, fold_in=CURVE),
    ),
    "genre_profile": partial(
        genre_profile.fit_genre_profile, settings=replace(genre_profile.GRADED, curve=CURVE)
    ),
    "content_profile": partial(
        content_profile.fit, settings=replace(content_profile.GRADED, fold_in=CURVE)
    ),
    "related_films": partial(
        related_films.fit_related_films, settings=replace(related_films.GRADED, curve=CURVE)
    ),
    "user_neighbours": partial(
        user_neighbours.fit_user_neighbours,
        settings=replace(user_neighbours.GRADED, profile=CURVE, target=CURVE),
    ),
    "ease": partial(ease.fit, settings=replace(ease.GRADED, training=CURVE, fold_in=CURVE)),
    "local_ridge": partial(
        local_ridge.fit, settings=replace(local_ridge.GRADED, training=CURVE, fold_in=CURVE)
    ),
    "ials": partial(
        ials.fit, settings=replace(ials.GRADED, factors=8, confidence=CURVE, target=CURVE)
    ),
    "user_kernel": partial(
        user_kernel.fit_user_kernel,
        settings=replace(user_kernel.GRADED, profile=CURVE, target=CURVE),
    ),
    "shrunk": partial(
        popularity_shrinkage.fit_shrunk,
        fit=local_ridge.fit,
        settings=replace(popularity_shrinkage.GRADED, evidence=CURVE),
    ),
}


@pytest.mark.parametrize("fit", [pytest.param(fit, id=name) for name, fit in FITS.items()])
def test_models_keep_to_what_they_promise(fit: Fit) -> None:
    model = fit(known_by(random_catalogue(1), random_grades(1)))
    viewers = random_viewers(2)
    dislikes = viewers.grades.copy()
    dislikes.data[:] = np.minimum(dislikes.data, 2)

    for each in (viewers, Viewers(dislikes, viewers.decay)):
        assert_blocks_do_not_matter(model, each)
        assert_explains_its_scores(model, each)
