import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import settings as examples

from services.recommender import rating_profile
from services.recommender.catalogue import Catalogue
from services.recommender.content_vectors import content_vectors
from services.recommender.quality import qualities
from services.recommender.rating_profile import (
    RatingProfile,
    RatingProfileSettings,
    fit_rating_profile,
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

SETTINGS = RatingProfileSettings(usual_scores=2.0, quality_weight=0.1, presence=0.5)


def genres_only(*genres: str) -> Catalogue:
    nothing = np.zeros(len(genres), np.float32)
    return Catalogue(
        item_ids=np.arange(len(genres)) * 3 + 7,
        features=[frozenset([f"genre:{genre}", "company:any"]) for genre in genres],
        vote_counts=nothing,
        vote_averages=nothing,
        years=np.zeros(len(genres), np.int32),
        related={},
    )


@examples(max_examples=20)
@given(seeds)
def test_scores_are_those_of_a_loop_over_viewers(seed: int) -> None:
    catalogue, viewers = random_catalogue(seed), random_viewers(seed)
    training_set = known_by(catalogue, random_grades(seed))
    matrix = training_set.interactions.matrix
    groups = ("genre", "director", "cast", "keyword", "decade")
    features = [[name for name in each if name.startswith(groups)] for each in catalogue.features]
    vectors = content_vectors(features).toarray().astype(np.float64)
    everybody = vectors[matrix.indices].mean(axis=0)
    quality = qualities(training_set, SETTINGS.usual_votes)
    quality = 0.1 * (quality - quality.mean()) / quality.std()
    mean, expected = matrix.data.mean(), []
    decays = sp.csr_array((viewers.decay, viewers.grades.indices, viewers.grades.indptr))
    decays.resize(viewers.grades.shape)
    for scores, counts in zip(viewers.grades.toarray(), decays.toarray(), strict=True):
        own = (counts @ scores + 2 * mean) / (counts.sum() + 2)
        opinions = counts * ((scores - own) / 10 + 0.5) / (counts.sum() + 2)
        taste = opinions @ (vectors - everybody)
        expected.append(vectors @ taste + quality)

    scores = fit_rating_profile(training_set, SETTINGS).scores(viewers)

    np.testing.assert_allclose(scores, expected, atol=1e-5)


def test_a_film_rated_below_the_own_mean_speaks_against_its_genre() -> None:
    catalogue = genres_only("war", "war", "drama", "drama")
    grades = sp.csr_array(np.array([[8, 8, 8, 8]], np.float32))
    settings = RatingProfileSettings(presence=0.0, quality_weight=0.0)
    model = fit_rating_profile(known_by(catalogue, grades), settings)

    viewer = Viewers(sp.csr_array(np.array([[10, 0, 2, 0]], np.float32)))
    scores = model.scores(viewer)[0]
    explanation = model.explain(viewer, np.array([1]))

    assert scores[1] > 0 > scores[3]
    own_mean = (10 + 2 + 5 * 8) / 7
    assert explanation.contributions[0] == pytest.approx(
        [0.5 * (10 - own_mean) / 70, 0.5 * (own_mean - 2) / 70]
    )


@examples(max_examples=20)
@given(seeds)
def test_it_keeps_to_what_models_promise(seed: int) -> None:
    viewers = random_viewers(seed)
    for graded, catalogue in ((True, random_catalogue(seed)), (False, None)):
        model = fit_rating_profile(known_by(catalogue, random_grades(seed), graded=graded))
        assert_explains_its_scores(model, viewers)
        assert_blocks_do_not_matter(model, viewers)
        assert_scores_alike(model, RatingProfile.from_arrays(model.to_arrays()), viewers)


def test_the_size_of_blocks_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    model = fit_rating_profile(known_by(random_catalogue(5), random_grades(5)))
    whole = model.scores(random_viewers(5))

    monkeypatch.setattr(rating_profile, "_BLOCK", 2)

    np.testing.assert_allclose(model.scores(random_viewers(5)), whole, atol=1e-6)


def test_nobody_and_nothing_can_be_scored() -> None:
    without_films = fit_rating_profile(known_by(None, sp.csr_array((3, 0), dtype=np.float32)))

    assert without_films.scores(random_viewers(1, items=0)).shape == (9, 0)
