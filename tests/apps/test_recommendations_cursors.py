"""Cursors are good for the viewer who was given them, as long as their list is stored."""

import pytest
from django.core import signing
from rest_framework.test import APIClient

from apps.movies.models import Movie
from apps.recommendations import cursors
from apps.recommendations.models import RecommendationList
from apps.users.models import User
from tests.apps.api import client_of, refused
from tests.factories import make_generation, make_list, make_movie, make_user

pytestmark = pytest.mark.django_db

URL = "/api/v1/recommendations/"


def ids(movies: list[Movie]) -> list[int]:
    return [movie.pk for movie in movies]


@pytest.fixture
def movies(db: None) -> list[Movie]:
    return [make_movie(vote_count=100 - number) for number in range(8)]


def test_a_cursor_of_an_origin_that_is_no_more_is_refused(
    viewer: User, viewer_client: APIClient
) -> None:
    text = signing.dumps(["catalogue", 0, 20, viewer.pk], salt="recommendations.cursor")

    refused(viewer_client.get(URL, {"cursor": text}), 400, "invalid_cursor")


@pytest.mark.parametrize("text", ["", "x", "a:b:c", "%00", "é", "W10:1abc:sig"])
def test_a_made_up_cursor_is_refused(viewer_client: APIClient, text: str) -> None:
    refused(viewer_client.get(f"{URL}?cursor={text}"), 400, "invalid_cursor")


def test_a_cursor_signed_for_another_purpose_is_refused(
    viewer: User, viewer_client: APIClient
) -> None:
    text = signing.dumps(["list", 1, 0, viewer.pk], salt="another")

    refused(viewer_client.get(URL, {"cursor": text}), 400, "invalid_cursor")


def test_a_cursor_of_another_viewer_is_refused(
    viewer: User, viewer_client: APIClient, movies: list[Movie]
) -> None:
    make_list(user=viewer, generation=make_generation(active=True), movies=movies)
    link = viewer_client.get(f"{URL}?limit=3").json()["next"]

    refused(client_of(make_user()).get(link), 400, "invalid_cursor")
    refused(client_of(make_user(is_superuser=True)).get(link), 400, "invalid_cursor")


def test_a_cursor_of_a_purged_list_or_generation_has_expired(
    viewer: User, viewer_client: APIClient, movies: list[Movie]
) -> None:
    generation = make_generation(active=True, popular_movie_ids=ids(movies))
    popular_link = viewer_client.get(f"{URL}?limit=3").json()["next"]
    stored = make_list(user=viewer, generation=generation, movies=movies)
    list_link = viewer_client.get(f"{URL}?limit=3").json()["next"]
    make_generation(active=True)
    generation.delete()

    for link in (popular_link, list_link):
        refused(viewer_client.get(link), 410, "cursor_expired")
    assert not RecommendationList.objects.filter(pk=stored.pk).exists()


def test_a_cursor_past_the_end_shows_nothing(
    viewer: User, viewer_client: APIClient, movies: list[Movie]
) -> None:
    stored = make_list(user=viewer, generation=make_generation(active=True), movies=movies)
    end = cursors.Cursor(origin=cursors.Origin.LIST, row_id=stored.pk, offset=len(movies))

    body = viewer_client.get(URL, {"cursor": cursors.encode(end, user_id=viewer.pk)}).json()

    assert (body["results"], body["next"]) == ([], None)
