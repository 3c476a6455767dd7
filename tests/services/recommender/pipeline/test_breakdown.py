from functools import cache

import numpy as np
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import Generator, default_rng

from services.recommender.blend import Blend, fit_blend, trio
from services.recommender.model import Explanation
from services.recommender.pipeline.breakdown import (
    Breakdown,
    Contribution,
    Reason,
    break_down,
)
from services.recommender.pipeline.candidates import NOTHING
from services.recommender.pipeline.counterfactuals import standing
from services.recommender.pipeline.explaining import explain_blended
from services.recommender.pipeline.films import Films
from services.recommender.pipeline.ranking import Pipeline, ScoredViewers
from services.recommender.pipeline.reasons import REASONS
from services.recommender.pipeline.settings import PipelineSettings
from services.recommender.viewers import Viewers
from services.recommender.weights import LIKED_SCORE
from tests.services.recommender.audiences import random_grades, training_set_of
from tests.services.recommender.matrices import seeds

USERS, ITEMS = 60, 70
WATCHED, HIDDEN = 5, 0


@cache
def trained() -> tuple[Blend, Films]:
    """Three models of one small audience."""
    training_set = training_set_of(random_grades(1, users=USERS, items=ITEMS))
    return fit_blend(training_set, trio(USERS)), Films.of(training_set)


def random_viewer(rng: Generator) -> Viewers:
    """Likes, dislikes, films only watched and hidden ones, of any age, from none to very many."""
    seen = np.flatnonzero(rng.random(ITEMS) < rng.uniform(0, 0.7))
    grades = rng.choice([HIDDEN, 1, 2, WATCHED, 7, 9, 10], seen.size).astype(np.float32)
    matrix = sp.csr_array((grades, seen, [0, seen.size]), shape=(1, ITEMS))
    return Viewers(matrix, rng.uniform(0.2, 1, seen.size).astype(np.float32))


def scored_by(blend: Blend, viewer: Viewers) -> ScoredViewers:
    return ScoredViewers(blend.scores(viewer), viewer, np.array([3]), np.array([2]))


def summed(told: Breakdown) -> float:
    named = sum(each.value for each in told.contributions)
    return named + told.rest + sum(told.constants.values())


@settings(max_examples=100)
@given(seeds)
def test_what_is_told_of_a_listed_film_adds_up_to_its_score(seed: int) -> None:
    blend, films = trained()
    viewer = random_viewer(default_rng(seed))
    scored = scored_by(blend, viewer)
    pipeline = Pipeline(PipelineSettings(exploration_rate=0.5), films)
    ranked = pipeline.rank(scored)
    listed = ranked.items[0][ranked.items[0] != NOTHING]
    grades = viewer.grades.toarray()[0]

    for place in range(0, listed.size, 5):
        column = listed[place : place + 1]
        told = break_down(
            explain_blended(pipeline, scored, blend.explain(viewer, column)), viewer, largest=6
        )

        assert abs(summed(told) - told.score) < 1e-9
        assert abs(told.score - ranked.scores[0, place]) < 1e-5
        assert len(told.contributions) == min(6, viewer.grades.nnz)
        assert told.rest_films == max(viewer.grades.nnz - 6, 0)
        assert all(grades[reason.column] >= LIKED_SCORE for reason in told.reasons)
        assert all(0 < reason.share <= 1 for reason in told.reasons)
        assert standing(pipeline, scored, int(column[0])).place == place
        assert abs(standing(pipeline, scored, int(column[0])).score - told.score) < 1e-5


@settings(max_examples=20)
@given(seeds, st.integers(0, ITEMS - 1))
def test_a_film_that_is_not_listed_has_a_score_and_no_place(seed: int, column: int) -> None:
    blend, films = trained()
    viewer = random_viewer(default_rng(seed))
    pipeline = Pipeline(PipelineSettings(), films)

    found = standing(pipeline, scored_by(blend, viewer), column)

    assert (found.place is None) == (column in viewer.grades.indices)
    assert np.isfinite(found.score)


def explanation_of(*values: float) -> Explanation:
    inputs = np.arange(len(values)) + 2
    constants = {"popularity": np.array([0.5]), "normalisation": np.array([-0.25])}
    return Explanation(np.array([1]), inputs, np.array([values]), constants)


def viewer_of(*grades: float) -> Viewers:
    return Viewers(sp.csr_array(np.array([[0, 0, *grades]], np.float32)))


def test_only_liked_films_that_speak_for_the_film_are_reasons() -> None:
    told = break_down(explanation_of(0.25, 2, -1, 1.25, 0.5), viewer_of(9, 5, 10, 7, 8))

    assert told.reasons == (Reason(5, 1.25, 1.25 / 4), Reason(6, 0.5, 0.5 / 4))
    assert len(told.reasons) == REASONS


def test_the_largest_of_either_sign_come_first_and_the_others_are_summed_up() -> None:
    told = break_down(explanation_of(0.25, 2, -1, 1.25, 0.5), viewer_of(9, 5, 10, 7, 8), largest=3)

    assert told == Breakdown(
        score=3.25,
        reasons=told.reasons,
        contributions=(Contribution(3, 2), Contribution(5, 1.25), Contribution(4, -1)),
        rest=0.75,
        rest_films=2,
        constants={"popularity": 0.5, "normalisation": -0.25},
    )


def test_a_profile_that_tells_nothing_leaves_constants_alone() -> None:
    told = break_down(explanation_of(), viewer_of())

    assert (told.reasons, told.contributions, told.rest_films) == ((), (), 0)
    assert told.score == summed(told) == 0.25
