"""Questions to new viewers, from the model of a generation to what a refresh leaves."""

import random

import pytest
from pytest_django import Settings

from apps.favorites import actions
from apps.favorites.models import Rating
from apps.movies.models import ListEntry, ListState, Movie
from apps.recommendations import publishing
from apps.recommendations.actions import request_training, skip_question
from apps.recommendations.models import (
    MOST_QUESTIONS,
    ActiveGeneration,
    Generation,
    ModelVersion,
    Questionnaire,
    Questions,
    RecommendationList,
)
from apps.recommendations.questions import MOST_ANSWERS, AskedBy, next_questions
from apps.users.models import User
from services.recommendations import onboarding
from services.recommendations.new_viewers import FilmsForAll
from services.recommendations.onboarding import LEAST_RATINGS, fit_questionnaire
from services.recommendations.refreshing import Outcome, refresh_user
from tests.factories import make_movie, make_user

from .conftest import (
    NOON,
    FakeClock,
    advance_training,
    at_call,
    build_generation,
    make_ready_model,
    train,
)

pytestmark = pytest.mark.django_db

USERS, EACH_SIDE, SEEN = 40, 30, 20
Source = RecommendationList.Source


@pytest.fixture
def sides() -> list[list[Movie]]:
    return [[make_movie() for _ in range(EACH_SIDE)] for _ in range(2)]


@pytest.fixture
def histories(settings: Settings, sides: list[list[Movie]]) -> None:
    """Half of the viewers see the films of the one side, half those of the other; one has begun."""
    settings.RECOMMENDER_MIN_USERS = USERS
    rate(make_user(password=None), sides[0][:2])
    rng = random.Random(5)
    for number in range(USERS):
        user = make_user(password=None)
        seen = rng.sample(sides[number % 2], SEEN) + rng.sample(sides[1 - number % 2], 1)
        rate(user, seen)


@pytest.fixture
def generation(histories: None, clock: FakeClock) -> Generation:
    return build_generation(train(request_training(), clock), clock)


@pytest.fixture
def assembling(histories: None, clock: FakeClock) -> ModelVersion:
    """A training that has all parts of its model."""
    version = request_training(publish=False)
    while version.phase != ModelVersion.Phase.ASSEMBLE:
        advance_training(version, clock)
        version.refresh_from_db()
    return version


def rate(user: User, movies: list[Movie]) -> None:
    Rating.objects.bulk_create(Rating(user=user, movie=movie, score=8) for movie in movies)


def arrays_of(questionnaire: Questionnaire | None) -> bytes:
    assert questionnaire is not None
    return bytes(questionnaire.arrays)


def refreshed(user: User, clock: FakeClock) -> Questions:
    clock.advance(seconds=5)
    assert refresh_user(user_id=user.pk, clock=clock).outcome is Outcome.BUILT
    return Questions.objects.get(user=user)


def ids(movies: list[Movie]) -> set[int]:
    return {movie.pk for movie in movies}


def test_questions_follow_what_the_viewer_knows_and_has_not_seen(
    generation: Generation, sides: list[list[Movie]], clock: FakeClock
) -> None:
    viewer = make_user()
    first = Questionnaire.objects.get(model_version=generation.model_version)
    assert set(first.movie_ids) == ids(sides[0]) | ids(sides[1])
    assert ids(sides[0]) & set(first.movie_ids[:4])
    assert ids(sides[1]) & set(first.movie_ids[:4])

    for movie in sides[0][:3]:
        actions.rate_movie(user=viewer, movie_id=movie.pk, score=8, at=clock())
    known = refreshed(viewer, clock)

    assert (known.revision, known.chosen_at) == (3, clock())
    assert set(known.movie_ids[:10]) <= ids(sides[0][3:])

    for movie in sides[0][3:9]:
        skip_question(user=viewer, movie_id=movie.pk, at=clock())
    skipped = refreshed(viewer, clock)

    assert skipped.revision == 9
    assert not set(skipped.movie_ids) & ids(sides[0][:9])
    progress, questions = next_questions(viewer, count=5)
    assert (progress.answered, progress.is_enough, progress.revision) == (3, False, 9)
    assert [question.movie_id for question in questions] == skipped.movie_ids[:5]
    assert {question.source for question in questions} == {AskedBy.ANSWERS}


def test_lists_that_are_built_again_or_returned_to_ask_what_their_model_asks(
    generation: Generation, films: list[Movie], clock: FakeClock
) -> None:
    version, viewer = generation.model_version, make_user()
    fitted = arrays_of(version.questionnaire)

    def sources() -> set[AskedBy]:
        return {question.source for question in next_questions(viewer, count=5)[1]}

    again = build_generation(version, clock)
    assert ActiveGeneration.objects.get().generation == again
    assert arrays_of(Questionnaire.objects.get()) == fitted
    assert sources() == {AskedBy.EVERYBODY}

    other = build_generation(make_ready_model(films), clock, publish=False)
    publishing.publish(generation_id=other.pk, at=clock())
    assert sources() == {AskedBy.POPULAR}

    assert publishing.roll_back(at=clock()).generation == again
    assert sources() == {AskedBy.EVERYBODY}


def test_what_came_after_the_survey_tells_the_questionnaire_nothing(
    assembling: ModelVersion, sides: list[list[Movie]]
) -> None:
    before = arrays_of(fit_questionnaire(assembling))

    for user in (make_user(), *User.objects.order_by("pk")[:5]):
        known = Rating.objects.filter(user=user).values("movie")
        new = Movie.objects.exclude(pk__in=known).order_by("pk")[:LEAST_RATINGS]
        rate(user, list(new))

    assert arrays_of(fit_questionnaire(assembling)) == before


def test_a_model_is_ready_with_its_questionnaire_or_has_neither(
    assembling: ModelVersion, clock: FakeClock
) -> None:
    def steal() -> None:
        ModelVersion.objects.filter(pk=assembling.pk).update(attempts=2, leased_until=None)

    advance_training(assembling, at_call(2, clock, steal))

    assert not Questionnaire.objects.exists()

    version = train(assembling, clock)

    assert version.state == ModelVersion.State.READY
    assert Questionnaire.objects.get() == version.questionnaire


def test_too_few_long_histories_make_no_questionnaire(
    assembling: ModelVersion, monkeypatch: pytest.MonkeyPatch, clock: FakeClock
) -> None:
    monkeypatch.setattr(onboarding, "LEAST_RATINGS", SEEN + 2)

    assert train(assembling, clock).state == ModelVersion.State.READY

    assert not Questionnaire.objects.exists()


def test_a_hidden_film_takes_no_place_among_the_questions(
    generation: Generation, sides: list[list[Movie]], clock: FakeClock
) -> None:
    viewer = make_user()
    hidden = sides[0][:25]
    for movie in hidden:
        actions.hide_subject(user=viewer, subject=movie, at=clock())

    questions = refreshed(viewer, clock)

    assert len(questions.movie_ids) == MOST_QUESTIONS
    assert not set(questions.movie_ids) & ids(hidden)


def test_who_has_told_enough_is_asked_nothing_more(
    generation: Generation, sides: list[list[Movie]], clock: FakeClock
) -> None:
    viewer = make_user()
    for movie in sides[0][:MOST_ANSWERS]:
        actions.rate_movie(user=viewer, movie_id=movie.pk, score=8, at=clock())

    assert refresh_user(user_id=viewer.pk, clock=clock).outcome is Outcome.BUILT

    assert not Questions.objects.exists()


def test_a_model_without_factors_asks_nobody(
    films: list[Movie], viewer: User, clock: FakeClock
) -> None:
    build_generation(make_ready_model(films), clock, publish=True)
    actions.rate_movie(user=viewer, movie_id=films[1].pk, score=8, at=clock())
    clock.advance(seconds=5)

    assert refresh_user(user_id=viewer.pk, clock=clock).outcome is Outcome.BUILT

    assert not Questionnaire.objects.exists()
    assert not Questions.objects.exists()


def test_viewers_without_a_list_read_trending_and_popular_films_in_turn(
    films: list[Movie], clock: FakeClock
) -> None:
    ListState.objects.create(list="trending_day", fetched_at=NOON)
    for rank, film in enumerate(films[3:], start=1):
        ListEntry.objects.create(list="trending_day", rank=rank, movie=film)

    generation = build_generation(make_ready_model(films), clock)

    expected = [films[number].pk for number in (3, 0, 4, 1, 5, 2)]
    assert generation.popular_movie_ids == expected
    assert generation.popular_sources == [Source.TRENDING, Source.POPULAR] * 3


def test_a_film_that_is_both_is_told_once_and_nothing_is_lost() -> None:
    for_all = FilmsForAll.in_turn([7], [1, 7, 2])

    assert for_all.movie_ids == [7, 1, 2]
    assert for_all.sources == [Source.TRENDING, Source.POPULAR, Source.POPULAR]
