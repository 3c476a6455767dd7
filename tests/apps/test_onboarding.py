"""What a new viewer is asked, and says not to have seen."""

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.favorites.models import Taste
from apps.movies.models import ListEntry, Movie
from apps.recommendations.models import (
    ActiveGeneration,
    Generation,
    OnboardingSkip,
    Questionnaire,
    Questions,
    RecommendationList,
)
from apps.users.models import User
from tests.apps.api import client_of, refused
from tests.factories import (
    make_favorite,
    make_generation,
    make_movie,
    make_not_interested,
    make_rating,
    make_user,
    make_watch_entry,
)

pytestmark = pytest.mark.django_db

URL = "/api/v1/onboarding/"
SKIPS = f"{URL}skips/"


@pytest.fixture
def movies(db: None) -> list[Movie]:
    """The most popular first."""
    return [make_movie(vote_count=100 - number) for number in range(12)]


@pytest.fixture
def generation(movies: list[Movie]) -> Generation:
    """Asks about the films from the fourth on before anything is known; popular from the eighth."""
    active = make_generation(active=True, popular_movie_ids=[film.pk for film in movies[7:]])
    make_questionnaire(active, movies[3:8])
    return active


def make_questionnaire(generation: Generation, movies: list[Movie]) -> None:
    Questionnaire.objects.create(
        model_version=generation.model_version, movie_ids=[film.pk for film in movies], arrays=b""
    )


def asked(client: APIClient, query: str = "") -> list[tuple[int, str]]:
    response = client.get(f"{URL}{query}")
    assert response.status_code == 200, response.content
    return [(result["movie"]["id"], result["source"]) for result in response.json()["results"]]


def make_questions(viewer: User, movies: list[Movie], *, revision: int = 1) -> Questions:
    return Questions.objects.create(
        user=viewer,
        revision=revision,
        movie_ids=[film.pk for film in movies],
        chosen_at=timezone.now(),
    )


def test_own_questions_come_first_then_those_to_all_then_popular_films(
    viewer: User, viewer_client: APIClient, movies: list[Movie], generation: Generation
) -> None:
    make_questions(viewer, [movies[9], movies[4]])

    expected = [(movies[number].pk, "answers") for number in (9, 4)]
    expected += [(movies[number].pk, "everybody") for number in (3, 5, 6, 7)]
    expected += [(movies[number].pk, "popular") for number in (8, 10, 11, 0, 1, 2)]
    assert asked(viewer_client, "?count=20") == expected
    assert asked(viewer_client) == expected[:5]


def test_nothing_is_asked_of_what_was_done_since(
    viewer: User, viewer_client: APIClient, movies: list[Movie], generation: Generation
) -> None:
    make_questions(viewer, movies[:3])
    make_rating(user=viewer, movie=movies[0])
    make_favorite(user=viewer, movie=movies[3])
    make_watch_entry(user=viewer, movie=movies[4])
    make_not_interested(user=viewer, movie=movies[5])
    OnboardingSkip.objects.create(user=viewer, movie=movies[1])
    OnboardingSkip.objects.create(user=viewer, movie=movies[6])
    OnboardingSkip.objects.create(user=make_user(), movie=movies[2])
    Movie.objects.filter(pk=movies[7].pk).update(adult=True)

    questions = asked(viewer_client, "?count=20")

    assert [movie_id for movie_id, _ in questions] == [
        movies[number].pk for number in (2, 8, 9, 10, 11)
    ]


def test_after_a_roll_back_questions_are_those_of_the_older_model(
    viewer_client: APIClient, movies: list[Movie], generation: Generation
) -> None:
    """Another generation of the same model asks the same, one of a model without any none."""
    again = make_generation(model_version=generation.model_version)
    older = make_generation()
    make_questionnaire(make_generation(), [movies[2]])

    def asked_while(active: Generation) -> list[tuple[int, str]]:
        ActiveGeneration.objects.update(generation=active)
        return [question for question in asked(viewer_client) if question[1] == "everybody"]

    expected = [(film.pk, "everybody") for film in movies[3:8]]
    assert asked_while(generation) == asked_while(again) == expected
    assert asked_while(older) == []


def test_without_a_generation_popular_films_are_asked_about(
    viewer_client: APIClient, movies: list[Movie]
) -> None:
    assert asked(viewer_client) == [(film.pk, "popular") for film in movies[:5]]


def test_the_answer_says_how_far_the_viewer_is(
    viewer: User, viewer_client: APIClient, movies: list[Movie]
) -> None:
    def progress() -> dict[str, Any]:
        body = viewer_client.get(URL).json()
        return {name: body[name] for name in ("answered", "enough", "is_enough", "revision")}

    assert progress() == {"answered": 0, "enough": 10, "is_enough": False, "revision": 0}
    make_questions(viewer, movies[:3], revision=9)
    Taste.objects.create(user=viewer, revision=11, changed_at=timezone.now())
    for film in movies[:9]:
        make_rating(user=viewer, movie=film)
    make_favorite(user=viewer, movie=movies[0])
    assert progress() == {"answered": 9, "enough": 10, "is_enough": False, "revision": 9}
    make_favorite(user=viewer, movie=movies[9])
    assert progress() == {"answered": 10, "enough": 10, "is_enough": True, "revision": 9}
    assert viewer_client.get(URL).json()["current_revision"] == 11


@pytest.mark.parametrize("count", ["0", "21", "x", "-1"])
def test_a_bad_count_is_refused(viewer_client: APIClient, count: str) -> None:
    refused(viewer_client.get(f"{URL}?count={count}"), 400, "invalid")


def test_an_unknown_parameter_is_refused(viewer_client: APIClient) -> None:
    error = refused(viewer_client.get(f"{URL}?limit=3"), 400, "unknown_parameter")

    assert (error["code"], error["details"]) == ("unknown_parameter", {"allowed": ["count"]})


def test_skips_take_no_parameters(
    viewer: User, viewer_client: APIClient, movies: list[Movie]
) -> None:
    OnboardingSkip.objects.create(user=viewer, movie=movies[0])

    for response in (
        viewer_client.post(f"{SKIPS}?x=1", {"movie_id": movies[1].pk}),
        viewer_client.delete(f"{SKIPS}{movies[0].pk}/?x=1"),
    ):
        refused(response, 400, "unknown_parameter")

    assert OnboardingSkip.objects.get().movie == movies[0]


def test_a_film_is_skipped_once_and_asked_about_again_when_that_is_taken_back(
    viewer: User, viewer_client: APIClient, movies: list[Movie]
) -> None:
    first = viewer_client.post(SKIPS, {"movie_id": movies[0].pk}, format="json")
    again = viewer_client.post(SKIPS, {"tmdb_id": movies[0].tmdb_id}, format="json")

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() | {"taste_revision": 2} == again.json()
    assert OnboardingSkip.objects.get().movie == movies[0]
    assert Taste.objects.waiting().filter(pk=viewer.pk).exists()
    assert movies[0].pk not in dict(asked(viewer_client))

    stranger = client_of(make_user())
    refused(stranger.delete(f"{SKIPS}{movies[0].pk}/"), 404, "not_found")
    taken_back = viewer_client.delete(f"{SKIPS}{movies[0].pk}/")

    assert (taken_back.status_code, taken_back.json()) == (200, {"taste_revision": 3})
    assert asked(viewer_client)[0][0] == movies[0].pk
    refused(viewer_client.delete(f"{SKIPS}{movies[0].pk}/"), 404, "not_found")
    assert Taste.objects.get(pk=viewer.pk).revision == 3


def test_a_skipped_film_may_still_be_recommended(
    viewer: User, viewer_client: APIClient, movies: list[Movie]
) -> None:
    OnboardingSkip.objects.create(user=viewer, movie=movies[0])

    body = viewer_client.get("/api/v1/recommendations/").json()

    assert body["results"][0]["movie"]["id"] == movies[0].pk


@pytest.mark.parametrize("body", [{}, {"movie_id": "x"}, {"movie_id": 1, "tmdb_id": 1}])
def test_a_skip_of_nothing_is_refused(viewer_client: APIClient, body: dict[str, object]) -> None:
    refused(viewer_client.post(SKIPS, body, format="json"), 400, "invalid")
    unknown = viewer_client.post(SKIPS, {"movie_id": 999_999_999}, format="json")
    refused(unknown, 404, "movie_not_found")
    assert not OnboardingSkip.objects.exists()
    assert not Taste.objects.exists()


def test_films_for_all_say_where_they_come_from_on_every_page(
    viewer_client: APIClient, movies: list[Movie]
) -> None:
    sources = [RecommendationList.Source.TRENDING, RecommendationList.Source.POPULAR] * 2
    make_generation(
        active=True, popular_movie_ids=[film.pk for film in movies[:4]], popular_sources=sources
    )

    first = viewer_client.get("/api/v1/recommendations/?limit=3").json()
    second = viewer_client.get(first["next"]).json()

    results = first["results"] + second["results"]
    assert [result["movie"]["id"] for result in results] == [film.pk for film in movies[:6]]
    assert [result["source"] for result in results] == [
        "trending",
        "popular",
        "trending",
        *["popular"] * 3,
    ]
    assert results[0]["reason"]["text"] == "Trending now"
    assert (first["source"], first["list_id"]) == ("trending", None)


def test_before_any_generation_what_is_trending_comes_first(
    viewer_client: APIClient, movies: list[Movie]
) -> None:
    for rank, number in enumerate((5, 2), start=1):
        ListEntry.objects.create(list="trending_day", rank=rank, movie=movies[number])

    first = viewer_client.get("/api/v1/recommendations/?limit=1").json()
    second = viewer_client.get(first["next"].replace("limit=1", "limit=4")).json()

    results = first["results"] + second["results"]
    assert [(each["movie"]["id"], each["source"]) for each in results] == [
        (movies[5].pk, "trending"),
        (movies[2].pk, "trending"),
        *((movies[number].pk, "popular") for number in (0, 1, 3)),
    ]


def test_the_rows_of_a_viewer_go_with_the_account(viewer: User, movies: list[Movie]) -> None:
    make_questions(viewer, movies[:2])
    OnboardingSkip.objects.create(user=viewer, movie=movies[0])

    viewer.delete()

    assert not Questions.objects.exists()
    assert not OnboardingSkip.objects.exists()
