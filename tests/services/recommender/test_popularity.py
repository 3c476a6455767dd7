from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import settings as examples

from services.recommender.catalogue import Catalogue
from services.recommender.interactions import Interactions
from services.recommender.model import TrainingSet
from services.recommender.popularity import (
    GenrePopularity,
    GenrePopularitySettings,
    Popularity,
    PopularitySettings,
    fit_popularity,
    fit_popularity_by_genre,
    fit_popularity_recent,
)
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

LIKES = sp.csr_array(np.array([[8, 8, 0, 0], [8, 0, 8, 0], [8, 8, 0, 0]], np.float32))


def likes(*, ages: list[float] | None = None) -> TrainingSet:
    interactions = Interactions(np.arange(3), np.arange(4), LIKES)
    return TrainingSet(interactions, ages=None if ages is None else np.array(ages))


def viewer_of(*grades: float) -> Viewers:
    return Viewers(sp.csr_array(np.array([grades], np.float32)))


def test_popularity_counts_likes() -> None:
    assert fit_popularity(likes()).scores(viewer_of(0, 0, 0, 8)).tolist() == [[3, 2, 1, 0]]


def test_grades_count_by_their_weight() -> None:
    grades = sp.csr_array(np.array([[10, 2], [6, 0]], np.float32))
    training_set = TrainingSet(Interactions(np.arange(2), np.arange(2), grades), graded=True)

    assert fit_popularity(training_set).popularity == pytest.approx([1.6, 0.2])


def test_recent_events_count_more_and_unknown_ages_are_recent() -> None:
    recent = PopularitySettings(half_life=10, floor=0.1)

    aged = fit_popularity_recent(likes(ages=[0, 10, 20, 1000, np.nan, 0]), recent)
    ageless = fit_popularity_recent(likes(), recent)

    assert aged.popularity == pytest.approx([1 + 0.25 + 1, 0.5 + 1, 0.1, 0])
    assert ageless.popularity.tolist() == [3, 2, 1, 0]


@pytest.mark.parametrize("graded", [True, False])
def test_by_default_what_was_watched_a_year_ago_counts_half(
    graded: bool,  # noqa: FBT001
) -> None:
    training_set = replace(likes(ages=[0, 365, 730, 365, 0, 0]), graded=graded)

    recent, ever = (fit(training_set).popularity for fit in (fit_popularity_recent, fit_popularity))

    assert recent == pytest.approx(np.array([2.25, 1.5, 0.5, 0]) * ever[2], rel=1e-6)


def test_genres_of_the_viewers_films_lift_popular_films_that_share_them() -> None:
    genres = [{"genre:war"}, {"genre:war", "genre:drama"}, {"genre:drama"}, {"genre:war"}]
    zeros = np.zeros(4, np.float32)
    catalogue = Catalogue(
        item_ids=np.arange(4),
        features=[frozenset(each) for each in genres],
        vote_counts=zeros,
        vote_averages=zeros,
        years=np.zeros(4, np.int32),
        related={},
    )
    training_set = TrainingSet(likes().interactions, catalogue=catalogue)
    settings = GenrePopularitySettings(prior=1.0)

    model = fit_popularity_by_genre(training_set, settings)

    # The second film is half war, half drama; both viewers' only film.
    assert model.scores(viewer_of(0, 8, 0, 0))[0] == pytest.approx(
        [3 * 1.5 / 2, 2 * 2 / 2, 1 * 1.5 / 2, 0]
    )
    assert model.scores(viewer_of(0, 0, 8, 0))[0] == pytest.approx([3 / 2, 2 * 2 / 2, 1 * 2 / 2, 0])
    assert model.scores(viewer_of(0, 0, 0, 0))[0] == pytest.approx([3, 2, 1, 0])


def test_without_a_catalogue_everybody_gets_the_same_order() -> None:
    scores = fit_popularity_by_genre(likes()).scores(viewer_of(8, 0, 0, 0))[0]

    assert np.argsort(-scores).tolist() == [0, 1, 2, 3]


@examples(max_examples=20)
@given(seeds)
def test_both_keep_to_what_models_promise(seed: int) -> None:
    grades, viewers = random_grades(seed), random_viewers(seed)
    for graded in (True, False):
        training_set = known_by(random_catalogue(seed), grades, graded=graded)
        everybody = fit_popularity(training_set)
        by_genre = fit_popularity_by_genre(training_set)
        for model in (everybody, by_genre):
            assert_explains_its_scores(model, viewers)
            assert_blocks_do_not_matter(model, viewers)
        assert_scores_alike(everybody, Popularity.from_arrays(everybody.to_arrays()), viewers)
        assert_scores_alike(by_genre, GenrePopularity.from_arrays(by_genre.to_arrays()), viewers)
