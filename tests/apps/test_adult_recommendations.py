"""Whether a viewer's profile includes films for adults tells what is recommended, at once."""

from typing import Any

import pytest
from django.conf import LazySettings
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.test import APIClient

from apps.movies.models import ListName, Movie
from apps.recommendations import views
from apps.users.models import User
from tests.apps.api import client_of
from tests.apps.films import store_list
from tests.factories import (
    make_explanation,
    make_generation,
    make_genre,
    make_list,
    make_movie,
    make_rating,
    make_user,
)

pytestmark = pytest.mark.django_db

URL = "/api/v1/recommendations/"
HOME = f"{URL}home/"
PROFILE = "/api/v1/auth/profile/"


def wish(client: APIClient, *, include_adult: bool) -> None:
    response = client.patch(PROFILE, {"include_adult": include_adult})
    assert response.status_code == 200, response.content


def shown(client: APIClient, query: str = "") -> list[int]:
    response = client.get(f"{URL}{query}")
    assert response.status_code == 200, response.content
    return [result["movie"]["id"] for result in response.json()["results"]]


@pytest.fixture
def movies(db: None) -> list[Movie]:
    """The third is for adults, and so is the fourth, which TMDb has removed."""
    films = [make_movie(genres=("Drama",), vote_count=100 - place) for place in range(30)]
    Movie.objects.filter(pk__in=[films[2].pk, films[3].pk]).update(adult=True)
    Movie.objects.filter(pk=films[3].pk).update(tombstoned_at=timezone.now())
    return films


def plain_ids(movies: list[Movie]) -> list[int]:
    return [film.pk for film in (*movies[:2], *movies[4:])]


def asked_ids(movies: list[Movie]) -> list[int]:
    return [film.pk for film in (*movies[:3], *movies[4:])]


@pytest.mark.parametrize("is_fast", [True, False])
def test_a_stored_list_follows_the_profile(
    viewer: User,
    viewer_client: APIClient,
    movies: list[Movie],
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_fast: bool,
) -> None:
    make_list(user=viewer, generation=make_generation(active=True), movies=movies)
    fast, told = views.hot_answer, []

    def noting(request: Any) -> HttpResponse | None:
        told.append(fast(request) if is_fast else None)
        return told[-1]

    monkeypatch.setattr(views, "hot_answer", noting)
    for include_adult, expected in (
        (False, plain_ids(movies)),
        (True, asked_ids(movies)),
        (False, plain_ids(movies)),
    ):
        wish(viewer_client, include_adult=include_adult)
        assert shown(viewer_client, "?limit=4") == expected[:4]
    assert [answer is not None for answer in told] == [is_fast] * 3


def test_whoever_holds_a_page_is_sent_another_one_after_the_profile_changed(
    viewer: User, viewer_client: APIClient, movies: list[Movie]
) -> None:
    make_list(user=viewer, generation=make_generation(active=True), movies=movies)
    path = f"{URL}?limit=4"
    tag = viewer_client.get(path)["ETag"]
    assert viewer_client.get(path, headers={"If-None-Match": tag}).status_code == 304

    wish(viewer_client, include_adult=True)

    response = viewer_client.get(path, headers={"If-None-Match": tag})
    assert response.status_code == 200
    assert len(response.json()["results"]) == 4
    assert movies[2].pk in [result["movie"]["id"] for result in response.json()["results"]]


def test_a_parameter_of_the_request_does_not_count(
    viewer: User, viewer_client: APIClient, movies: list[Movie]
) -> None:
    make_list(user=viewer, generation=make_generation(active=True), movies=movies)

    assert viewer_client.get(f"{URL}?include_adult=true").status_code == 400


@pytest.mark.parametrize("query", ["", "genre=drama&"])
def test_popular_films_that_follow_the_list(
    viewer: User, viewer_client: APIClient, movies: list[Movie], query: str
) -> None:
    make_list(user=viewer, generation=make_generation(active=True), movies=movies[:1])
    path = f"?{query}limit=20"

    assert shown(viewer_client, path) == plain_ids(movies)[:20]
    wish(viewer_client, include_adult=True)
    assert shown(viewer_client, path) == asked_ids(movies)[:20]
    first = viewer_client.get(f"{URL}{path}").json()
    further = viewer_client.get(first["next"]).json()["results"]
    assert [result["movie"]["id"] for result in further] == asked_ids(movies)[20:]


def test_films_of_a_rare_filter_that_follow_the_list(
    viewer_client: APIClient, movies: list[Movie], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are found by the filter's own indexes."""
    from apps.recommendations import pages  # what is patched

    monkeypatch.setattr(pages, "LOOKED_AT_FOR_FILTER", 0)
    monkeypatch.setattr(pages, "SMALL_SHARE", 1)
    movies[2].genres.add(make_genre("Horror"))
    movies[5].genres.add(make_genre("Horror"))

    assert shown(viewer_client, "?genre=horror") == [movies[5].pk]
    wish(viewer_client, include_adult=True)
    assert shown(viewer_client, "?genre=horror") == [movies[2].pk, movies[5].pk]


def test_a_generations_films_for_those_without_a_list(
    viewer_client: APIClient, movies: list[Movie]
) -> None:
    make_generation(active=True, popular_movie_ids=[film.pk for film in movies])

    assert shown(viewer_client, "?limit=5") == plain_ids(movies)[:5]
    wish(viewer_client, include_adult=True)
    assert shown(viewer_client, "?limit=5") == asked_ids(movies)[:5]


def test_questions(viewer_client: APIClient, movies: list[Movie]) -> None:
    def asked() -> list[int]:
        body = viewer_client.get("/api/v1/onboarding/?count=20").json()
        return [question["movie"]["id"] for question in body["results"]]

    assert asked() == plain_ids(movies)[:20]
    wish(viewer_client, include_adult=True)
    assert asked() == asked_ids(movies)[:20]


def rows_of(client: APIClient) -> dict[str, list[int]]:
    body = client.get(f"{HOME}?rows=10&items=40").json()
    return {row["kind"]: [item["movie"]["id"] for item in row["results"]] for row in body["rows"]}


def test_each_row_of_the_home_page(
    viewer: User, viewer_client: APIClient, movies: list[Movie]
) -> None:
    """Each of them has one film for adults, which no other row has."""
    today = timezone.now().date()
    generation = make_generation(active=True)
    make_list(user=viewer, generation=generation, movies=movies[:7])
    make_rating(user=viewer, movie=make_movie(genres=("Horror",)), score=9)
    horror = [make_movie(genres=("Horror",), vote_count=900) for _ in range(6)]
    trending = [make_movie() for _ in range(6)]
    new = [make_movie(year=today.year, release_date=today, vote_count=40) for _ in range(6)]
    store_list(ListName.TRENDING_DAY, trending)
    adult = {
        *("for_you", "popular_in_genre", "trending", "new_releases"),
    }
    films = dict(zip(sorted(adult), (movies[2], new[0], horror[0], trending[0]), strict=True))
    Movie.objects.filter(pk__in=[film.pk for film in films.values()]).update(adult=True)

    before = rows_of(viewer_client)
    wish(viewer_client, include_adult=True)
    after = rows_of(viewer_client)

    for kind, film in films.items():
        assert film.pk not in before[kind], kind
        assert film.pk in after[kind], kind
    assert movies[3].pk not in {pk for row in after.values() for pk in row}


def test_a_home_page_that_was_kept_is_not_shown_after_the_profile_changed(
    viewer: User, viewer_client: APIClient, movies: list[Movie], settings: LazySettings
) -> None:
    settings.HOME_CACHE_SECONDS = 50
    settings.THROTTLE_TIMEOUT_SECONDS = 5
    make_list(user=viewer, generation=make_generation(active=True), movies=movies)
    path = f"{HOME}?items=5"
    tag = viewer_client.get(path)["ETag"]
    assert viewer_client.get(path).json()["is_cached"] is True

    wish(viewer_client, include_adult=True)

    response = viewer_client.get(path, headers={"If-None-Match": tag})
    assert response.status_code == 200
    assert response.json()["is_cached"] is False
    assert movies[2].pk in rows_of(viewer_client)["for_you"]
    wish(viewer_client, include_adult=False)
    assert viewer_client.get(path)["ETag"] == tag


def test_operators_are_told_what_this_viewer_is_shown(movies: list[Movie]) -> None:
    viewer, operator = make_user(), client_of(make_user(is_staff=True, is_superuser=True))
    own = make_list(user=viewer, generation=make_generation(active=True), movies=movies)
    told = []
    for place in (1, 2, 3):
        film = movies[place]
        make_explanation(
            list=own,
            movie_id=film.pk,
            kind="why_not",
            body={"passed_by": None},
        )
        for include_adult in (False, True):
            User.objects.filter(pk=viewer.pk).update(include_adult=include_adult)
            path = f"/api/v1/ops/users/{viewer.pk}/recommendations/{film.pk}/why-not/"
            told.append(operator.get(path).json()["is_listed"])

    assert told == [True, True, False, True, False, False]
