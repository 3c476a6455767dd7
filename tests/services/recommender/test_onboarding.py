import numpy as np
import pytest
import scipy.sparse as sp

from services.recommender.ials import GRADED, fit
from services.recommender.interactions import Interactions
from services.recommender.model import TrainingSet
from services.recommender.nested_arrays import under, within
from services.recommender.onboarding import (
    NOT_SEEN,
    OnboardingSettings,
    Questionnaire,
    choose_questions,
    fit_questionnaire,
)
from services.recommender.viewers import Viewers

FILMS = 40
# Even films are seen by one half of the viewers, odd films by the other; film 0 by nearly all.
SETTINGS = OnboardingSettings(candidates=FILMS, directions=4)


def _scores() -> sp.csr_array:
    rng = np.random.default_rng(0)
    side = np.arange(120)[:, None] % 2 == np.arange(FILMS) % 2
    seen = rng.random((120, FILMS)) < np.where(side, 0.7, 0.02)
    seen[:, 0] = rng.random(120) < 0.9
    return sp.csr_array(np.where(seen, 8, 0).astype(np.float32))


@pytest.fixture(scope="module")
def asked() -> Questionnaire:
    scores = _scores()
    item_ids = np.arange(100, 100 + FILMS)
    events = Interactions(np.arange(scores.shape[0]), item_ids, scores)
    model = fit(TrainingSet(events, graded=True), GRADED)
    counts = np.bincount(scores.indices, minlength=FILMS)
    return fit_questionnaire(model, Viewers(scores), counts, SETTINGS)


def _ask(asked: Questionnaire, answers: dict[int, float], *, count: int = 10) -> list[int]:
    return choose_questions(asked, answers, count=count, settings=SETTINGS)


def test_the_film_that_everybody_saw_is_not_the_first_question(asked: Questionnaire) -> None:
    assert asked.item_ids[0] == 100
    assert _ask(asked, {})[0] != 100


def test_first_questions_are_about_either_half(asked: Questionnaire) -> None:
    assert {film % 2 for film in _ask(asked, {}, count=4)} == {0, 1}


@pytest.mark.parametrize("side", [0, 1])
def test_who_knows_films_of_one_half_is_asked_about_others_of_it(
    asked: Questionnaire, side: int
) -> None:
    known = [102 + side, 104 + side, 106 + side]

    questions = _ask(asked, dict.fromkeys(known, 8.0))

    assert {film % 2 for film in questions} == {side}
    assert not set(questions) & set(known)


def test_films_not_seen_lead_to_the_other_half_and_are_not_asked_again(
    asked: Questionnaire,
) -> None:
    skipped = [102, 104, 106]

    questions = _ask(asked, dict.fromkeys(skipped, NOT_SEEN))

    assert {film % 2 for film in questions} == {1}
    assert not set(questions) & set(skipped)


def test_each_film_is_asked_once_until_none_is_left(asked: Questionnaire) -> None:
    questions = _ask(asked, {100: 8.0}, count=1000)

    assert sorted(questions) == list(range(101, 100 + FILMS))


def test_answers_about_other_films_change_nothing(asked: Questionnaire) -> None:
    assert _ask(asked, {7: 8.0, 99_999: NOT_SEEN}) == _ask(asked, {})


def test_it_is_the_same_after_a_round_trip(asked: Questionnaire) -> None:
    stored = Questionnaire.from_arrays(within("x", under("x", asked.to_arrays())))

    assert _ask(stored, {103: 9.0}) == _ask(asked, {103: 9.0})


def test_without_viewers_the_most_rated_are_asked() -> None:
    scores = _scores()
    events = Interactions(np.arange(120), np.arange(FILMS), scores)
    model = fit(TrainingSet(events, graded=True), GRADED)
    nobody = Viewers(sp.csr_array((0, FILMS), dtype=np.float32))
    counts = np.bincount(scores.indices, minlength=FILMS)

    assert len(_ask(fit_questionnaire(model, nobody, counts, SETTINGS), {}, count=5)) == 5
