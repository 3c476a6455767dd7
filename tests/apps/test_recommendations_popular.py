"""Where a list ends, or if there is none, popular films follow: as many as there are."""

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.favorites.models import NotInterested, WatchEntry
from apps.movies.models import Movie
from apps.recommendations import pages
from apps.recommendations.models import RecommendationList
from apps.users.models import User
from tests.apps.api import client_of, refused
from tests.apps.films import make_credit
from tests.apps.query_counts import captured_queries
from tests.factories import (
    count_write,
    make_favorite,
    make_generation,
    make_genre,
    make_list,
    make_movie,
    make_rating,
    make_user,
)

pytestmark = pytest.mark.django_db

URL = "/api/v1/recommendations/"


def shown(body: dict[str, Any]) -> list[int]:
    return [result["movie"]["id"] for result in body["results"]]


def ids(movies: list[Movie]) -> list[int]:
    return [movie.pk for movie in movies]


def pages_from(client: APIClient, url: str) -> list[dict[str, Any]]:
    """All pages from this one to the last."""
    bodies = [client.get(url).json()]
    while bodies[-1]["next"]:
        bodies.append(client.get(bodies[-1]["next"]).json())
    return bodies


@pytest.fixture
def movies(db: None) -> list[Movie]:
    return [make_movie(vote_count=100 - number) for number in range(8)]


@pytest.fixture
def stored(viewer: User, movies: list[Movie]) -> RecommendationList:
    """All but the last two films."""
    return make_list(user=viewer, generation=make_generation(active=True), movies=movies[:6])


def test_popular_films_stand_in_for_a_list_of_which_nothing_is_left(
    viewer: User, viewer_client: APIClient, movies: list[Movie], stored: RecommendationList
) -> None:
    for movie in movies[:6]:
        NotInterested.objects.create(user=viewer, movie=movie)
    horror = make_movie(vote_count=99, genres=("Horror",))
    NotInterested.objects.create(user=viewer, genre=horror.genres.get())
    acted = make_movie(vote_count=99)
    NotInterested.objects.create(user=viewer, person=make_credit(acted).person)
    make_movie(vote_count=99, adult=True)

    body = viewer_client.get(URL).json()

    assert shown(body) == ids(movies[6:])
    assert (body["list_id"], body["source"], body["generated_at"]) == (None, "popular", None)
    assert (body["revision"], body["current_revision"]) == (stored.revision, 0)
    assert body["next"] is None
    assert [(r["score"], r["source"], r["reason"]["text"]) for r in body["results"]] == [
        (None, "popular", "Popular on Nexus")
    ] * 2


def test_a_list_that_runs_short_is_filled_up_and_keeps_its_name(
    viewer: User, viewer_client: APIClient, movies: list[Movie], stored: RecommendationList
) -> None:
    for movie in movies[:5]:
        WatchEntry.objects.create(user=viewer, movie=movie)
    count_write(viewer)
    others = [make_movie(vote_count=votes) for votes in (200, 50, 40)]

    body = viewer_client.get(f"{URL}?limit=4").json()
    (rest,) = pages_from(viewer_client, body["next"])

    assert (body["list_id"], body["source"]) == (stored.pk, "personal")
    assert shown(body) == ids([movies[5], others[0], movies[6], movies[7]])
    assert [(r["score"], r["source"], r["reason"]) for r in body["results"]] == [
        (1.0, "personal", {"text": "Picked for you", "because": []}),
        *[(None, "popular", {"text": "Popular on Nexus", "because": []})] * 3,
    ]
    assert (rest["list_id"], rest["source"], rest["revision"]) == (None, "popular", 1)
    assert shown(rest) == ids(others[1:])


@pytest.mark.usefixtures("stored")
def test_all_pages_together_show_the_list_and_then_everything_else_once(
    viewer_client: APIClient, movies: list[Movie]
) -> None:
    others = [make_movie(vote_count=votes) for votes in (200, 97, 97, 97, 0, 0)]
    following = [*others[:4], *movies[6:], *others[4:]]

    for limit in range(1, 16):
        bodies = pages_from(viewer_client, f"{URL}?limit={limit}")

        assert [pk for body in bodies for pk in shown(body)] == ids([*movies[:6], *following])
        assert [len(body["results"]) for body in bodies[:-1]] == [limit] * (len(bodies) - 1)


def test_popular_films_follow_those_of_the_generation(
    viewer_client: APIClient, movies: list[Movie]
) -> None:
    popular = [movies[4], movies[2]]
    make_generation(active=True, popular_movie_ids=ids(popular), activated_at=timezone.now())

    bodies = pages_from(viewer_client, f"{URL}?limit=3")

    rest = [*movies[:2], movies[3], *movies[5:]]
    assert [pk for body in bodies for pk in shown(body)] == ids([*popular, *rest])
    assert {body["list_id"] for body in bodies} == {None}
    assert [body["generated_at"] is None for body in bodies] == [False, True, True]


def test_pages_of_the_popular_films_neither_repeat_nor_skip_whatever_the_viewer_does(
    viewer: User, viewer_client: APIClient
) -> None:
    popular = [make_movie(vote_count=votes) for votes in (9, 7, 7, 7, 5, 0, 0)]
    watched = make_movie(vote_count=50)
    make_list(user=viewer, generation=make_generation(active=True), movies=[watched])
    WatchEntry.objects.create(user=viewer, movie=watched)

    first = viewer_client.get(f"{URL}?limit=2").json()
    make_rating(user=viewer, movie=popular[0])
    make_favorite(user=viewer, movie=popular[3])
    make_list(user=viewer, generation=make_generation(active=True), movies=popular[4:6])
    second = viewer_client.get(first["next"]).json()
    third = viewer_client.get(second["next"]).json()

    assert shown(first) == ids(popular[:2])
    assert shown(second) == ids([popular[2], popular[4]])
    assert shown(third) == ids(popular[5:])
    assert third["next"] is None
    assert {page["source"] for page in (first, second, third)} == {"popular"}
    refused(client_of(make_user()).get(first["next"]), 400, "invalid_cursor")


def test_films_that_come_and_lists_that_are_published_move_no_popular_film(
    viewer: User, viewer_client: APIClient, movies: list[Movie]
) -> None:
    first = viewer_client.get(f"{URL}?limit=3").json()
    make_movie(vote_count=500)
    make_list(user=viewer, generation=make_generation(active=True), movies=movies[3:5])

    second = viewer_client.get(first["next"]).json()

    assert (shown(first), shown(second)) == (ids(movies[:3]), ids(movies[3:6]))


def test_popular_films_behind_a_list_that_was_purged_have_expired(
    viewer_client: APIClient, stored: RecommendationList
) -> None:
    make_movie()
    link = viewer_client.get(f"{URL}?limit=7").json()["next"]
    stored.delete()

    refused(viewer_client.get(link), 410, "cursor_expired")


def test_when_everything_is_hidden_there_is_nothing(viewer: User, viewer_client: APIClient) -> None:
    make_movie(genres=("Drama",))
    NotInterested.objects.create(user=viewer, genre=make_genre("Drama"))

    body = viewer_client.get(URL).json()

    assert (body["results"], body["next"]) == ([], None)


def test_a_page_looks_behind_many_films_that_the_viewer_hid(
    viewer: User, viewer_client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LOOKED_AT_FIRST", 5)
    for _ in range(25):
        make_movie(vote_count=9, genres=("Drama",))
    free = [make_movie(vote_count=votes) for votes in (5, 1)]

    viewer_client.get(URL)

    with captured_queries() as of_first:
        viewer_client.get(f"{URL}?limit=1")
    NotInterested.objects.create(user=viewer, genre=make_genre("Drama"))
    with captured_queries() as of_page:
        body = viewer_client.get(f"{URL}?limit=1").json()
    (rest,) = pages_from(viewer_client, body["next"])

    assert (shown(body), shown(rest)) == ([free[0].pk], [free[1].pk])
    # The first 5 films, then 20, then those behind.
    assert len(of_page) == len(of_first) + 2


def test_a_page_stops_at_some_point_and_the_next_one_goes_on_there(
    viewer: User, viewer_client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LOOKED_AT_IN_ALL", 7)
    monkeypatch.setattr(pages, "LOOKED_AT_FIRST", 5)
    hidden = [make_movie(vote_count=9, genres=("Drama",)) for _ in range(7)]
    free = make_movie(vote_count=1)
    make_list(user=viewer, generation=make_generation(active=True), movies=hidden)
    NotInterested.objects.create(user=viewer, genre=make_genre("Drama"))

    bodies = pages_from(viewer_client, f"{URL}?limit=1")

    assert [shown(body) for body in bodies] == [[], [free.pk]]


@pytest.mark.usefixtures("stored")
def test_a_page_of_a_list_costs_as_much_whatever_its_length(viewer_client: APIClient) -> None:
    viewer_client.get(URL)
    lengths = []
    for limit in (1, 5):
        with captured_queries() as statements:
            assert len(viewer_client.get(f"{URL}?limit={limit}").json()["results"]) == limit
        lengths.append(len(statements))

    # All of it, and the films, which tests do not keep.
    assert lengths == [2, 2]
