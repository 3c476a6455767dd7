from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from rest_framework.test import APIClient

from apps.favorites.models import Taste
from apps.movies.models import Movie
from apps.recommendations import filter_parameters
from apps.recommendations.models import RecommendationList
from apps.users.models import User
from tests.apps.api import refused
from tests.factories import (
    count_write,
    make_favorite,
    make_generation,
    make_list,
    make_movie,
    make_rating,
    make_user,
)

pytestmark = pytest.mark.django_db

URL = "/api/v1/recommendations/"
Source = RecommendationList.Source


def shown(body: dict[str, Any]) -> list[int]:
    return [result["movie"]["id"] for result in body["results"]]


def ids(movies: list[Movie]) -> list[int]:
    return [movie.pk for movie in movies]


def follow(client: APIClient, body: dict[str, Any]) -> dict[str, Any]:
    following: dict[str, Any] = client.get(body["next"]).json()
    return following


@pytest.fixture
def movies(db: None) -> list[Movie]:
    return [make_movie(vote_count=100 - number) for number in range(8)]


def test_the_newest_list_of_the_active_generation_is_shown_with_its_reasons(
    viewer: User, viewer_client: APIClient, movies: list[Movie]
) -> None:
    retired, active = make_generation(), make_generation(active=True)
    liked, also_liked = make_movie(title="Alien"), make_movie(title="Blade Runner")
    make_rating(user=viewer, movie=liked, score=7)
    make_favorite(user=viewer, movie=also_liked)
    make_list(user=viewer, generation=active, movies=movies[:1])
    at = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
    newest = make_list(
        user=viewer,
        generation=active,
        movies=movies[:3],
        because=[[(liked, 412), (also_liked, 100)], [(liked, 1000)], []],
        scores=[1.5, 0.25, -0.5],
        sources=[Source.PERSONAL, Source.SIMILAR, Source.TRENDING],
        revision=3,
        created_at=at,
    )
    make_list(user=viewer, generation=retired, movies=movies[3:])
    make_list(user=make_user(), generation=active, movies=movies[3:])
    Taste.objects.create(user=viewer, revision=5, listed_revision=3)

    body = viewer_client.get(URL).json()

    results = body.pop("results")[:3]
    assert body == {
        "list_id": newest.pk,
        "source": "personal",
        "generated_at": "2026-11-22T15:30:00Z",
        "revision": 3,
        "current_revision": 5,
        "is_stale": True,
        "next": None,
    }
    most_popular = viewer_client.get("/api/v1/movies/?page_size=3").json()["results"]
    assert [result["movie"] for result in results] == most_popular
    alien = {"movie_id": liked.pk, "title": "Alien"}
    blade_runner = {"movie_id": also_liked.pk, "title": "Blade Runner"}
    assert [(r["score"], r["source"], r["reason"]) for r in results] == [
        (
            1.5,
            "personal",
            {
                "text": "Because you liked Alien and Blade Runner",
                "because": [
                    alien | {"contribution": 0.412},
                    blade_runner | {"contribution": 0.1},
                ],
            },
        ),
        (
            0.25,
            "similar",
            {"text": "Because you liked Alien", "because": [alien | {"contribution": 1.0}]},
        ),
        (-0.5, "trending", {"text": "Trending now", "because": []}),
    ]


@pytest.mark.parametrize(
    ("sources", "label"),
    [
        ([Source.POPULAR, Source.PERSONAL], "personal"),
        ([Source.POPULAR, Source.SIMILAR], "similar"),
        ([Source.POPULAR, Source.TRENDING], "trending"),
        ([Source.POPULAR, Source.POPULAR], "popular"),
    ],
)
def test_the_source_of_a_list_is_its_most_personal_one(
    viewer: User, viewer_client: APIClient, movies: list[Movie], sources: list[int], label: str
) -> None:
    make_list(
        user=viewer, generation=make_generation(active=True), movies=movies[:2], sources=sources
    )

    assert viewer_client.get(f"{URL}?limit=1").json()["source"] == label


def test_a_list_that_has_seen_every_write_is_not_stale(
    viewer: User, viewer_client: APIClient, movies: list[Movie]
) -> None:
    make_list(user=viewer, generation=make_generation(active=True), movies=movies, revision=5)
    Taste.objects.create(user=viewer, revision=5, listed_revision=5)

    body = viewer_client.get(URL).json()

    assert (body["revision"], body["current_revision"], body["is_stale"]) == (5, 5, False)


def test_films_written_about_since_the_build_are_passed_over(
    viewer: User, viewer_client: APIClient, movies: list[Movie]
) -> None:
    make_list(user=viewer, generation=make_generation(active=True), movies=movies)
    stranger = make_user()
    make_rating(user=stranger, movie=movies[0])
    make_favorite(user=stranger, movie=movies[0])
    viewer_client.post("/api/v1/ratings/", {"movie_id": movies[1].pk, "score": 2})
    viewer_client.post("/api/v1/favorites/", {"movie_id": movies[3].pk})

    body = viewer_client.get(f"{URL}?limit=3").json()

    assert shown(body) == ids([movies[0], movies[2], movies[4]])
    assert shown(follow(viewer_client, body)) == ids(movies[5:])


def test_a_film_that_is_gone_is_passed_over_in_items_and_reasons(
    viewer: User, viewer_client: APIClient, movies: list[Movie]
) -> None:
    gone = make_movie()
    make_list(
        user=viewer,
        generation=make_generation(active=True),
        movies=[gone, *movies[:2]],
        because=[[], [(gone, 900), (movies[5], 100)], [(gone, 1000)]],
    )
    gone.delete()
    make_favorite(user=viewer, movie=movies[5])

    body = viewer_client.get(f"{URL}?limit=2").json()

    assert shown(body) == ids(movies[:2])
    assert [result["reason"]["text"] for result in body["results"]] == [
        f"Because you liked {movies[5].title}",
        "Picked for you",
    ]


def test_pages_follow_one_list_while_newer_ones_are_built(
    viewer: User, viewer_client: APIClient, movies: list[Movie]
) -> None:
    first = make_list(user=viewer, generation=make_generation(active=True), movies=movies)
    page = viewer_client.get(f"{URL}?limit=3").json()
    make_list(user=viewer, generation=make_generation(active=True), movies=movies[::-1])
    make_rating(user=viewer, movie=movies[0])
    make_rating(user=viewer, movie=movies[4])
    count_write(viewer)

    second_page = follow(viewer_client, page)
    third_page = follow(viewer_client, second_page)

    assert second_page["list_id"] == third_page["list_id"] == first.pk
    assert shown(page) == ids(movies[:3])
    assert shown(second_page) == ids([movies[3], movies[5], movies[6]])
    assert shown(third_page) == ids(movies[7:])
    assert third_page["next"] is None


def test_next_is_an_absolute_link_that_keeps_the_limit(
    viewer: User, viewer_client: APIClient, movies: list[Movie]
) -> None:
    make_list(user=viewer, generation=make_generation(active=True), movies=movies)

    link = urlsplit(viewer_client.get(f"{URL}?limit=3").json()["next"])

    assert (link.scheme, link.netloc, link.path) == ("http", "testserver", URL)
    assert parse_qs(link.query)["limit"] == ["3"]


def test_a_viewer_without_a_list_reads_the_generations_popular_films(
    viewer: User, viewer_client: APIClient, movies: list[Movie]
) -> None:
    at = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
    popular = [movies[5], movies[2], movies[7], movies[1]]
    make_generation(active=True, popular_movie_ids=ids(popular), activated_at=at)
    viewer_client.post("/api/v1/ratings/", {"movie_id": movies[2].pk, "score": 9})

    body = viewer_client.get(f"{URL}?limit=2").json()
    make_generation(active=True, popular_movie_ids=ids(movies[:1]))
    rest = follow(viewer_client, body)

    assert shown(body) == ids([movies[5], movies[7]])
    assert shown(rest) == ids([movies[1], movies[0]])
    for page in (body, rest):
        assert (page["list_id"], page["source"]) == (None, "popular")
        assert (page["revision"], page["current_revision"], page["is_stale"]) == (0, 1, True)
        assert page["generated_at"] == "2026-11-22T03:00:00Z"
        assert [(r["score"], r["source"], r["reason"]) for r in page["results"]] == [
            (None, "popular", {"text": "Popular on Nexus", "because": []})
        ] * len(page["results"])


def test_without_any_generation_the_catalogue_is_read_by_votes(
    viewer: User, viewer_client: APIClient, movies: list[Movie]
) -> None:
    make_favorite(user=viewer, movie=movies[1])

    body = viewer_client.get(f"{URL}?limit=4").json()

    assert (body["list_id"], body["source"], body["generated_at"]) == (None, "popular", None)
    assert shown(body) == ids([movies[0], *movies[2:5]])
    assert shown(follow(viewer_client, body)) == ids(movies[5:])


def test_an_empty_catalogue_has_an_empty_list(viewer_client: APIClient) -> None:
    body = viewer_client.get(URL).json()

    assert (body["results"], body["next"], body["is_stale"]) == ([], None, False)


@pytest.mark.parametrize("limit", ["0", "-1", "51", "x", "", "1.5", "9" * 5000])
def test_an_impossible_limit_is_refused_with_its_range(
    viewer_client: APIClient, limit: str
) -> None:
    error = refused(viewer_client.get(f"{URL}?limit={limit}"), 400, "invalid")

    assert error["details"]["limit"][0]["message"] == "A whole number from 1 to 50."


def test_an_unknown_parameter_names_the_parameters(viewer_client: APIClient) -> None:
    error = refused(viewer_client.get(f"{URL}?page=2"), 400, "unknown_parameter")

    allowed = {"cursor", "fields", "limit", "min_revision", *filter_parameters.NAMES}
    assert error["details"] == {"allowed": sorted(allowed)}
