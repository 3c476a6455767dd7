"""A row goes, and its film after it, when a request has just read or written the row."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from apps.favorites.models import NotInterested, Rating, WatchEntry
from apps.movies.models import Movie
from apps.users.models import User
from tests.apps.api import client_of
from tests.factories import make_movie, make_rating, make_user, make_watch_entry

pytestmark = pytest.mark.django_db

API = "/api/v1/"
# What reads the versions of an answer's films.
READS_FILMS = "SELECT (SELECT sum(id * xmin"


@pytest.fixture
def viewer() -> User:
    return make_user()


def gone_before_it_is_shown(film: Movie, send: Callable[[], Any]) -> Any:
    gone: list[int] = []

    def let_go(execute: Any, sql: str, *rest: Any) -> Any:
        if READS_FILMS in sql and not gone:
            gone.append(film.pk)
            for rows in (Rating, WatchEntry, NotInterested):
                rows.objects.filter(movie=film).delete()
            Movie.objects.filter(pk=film.pk).delete()
        return execute(sql, *rest)

    with connection.execute_wrapper(let_go):
        answer = send()
    assert gone
    return answer


def test_a_list_leaves_its_row_out(viewer: User) -> None:
    going, staying = make_movie(), make_movie()
    make_rating(user=viewer, movie=going)
    make_rating(user=viewer, movie=staying)
    client = client_of(viewer)

    answer = gone_before_it_is_shown(going, lambda: client.get(f"{API}ratings/"))

    assert [row["movie"]["id"] for row in answer.json()["results"]] == [staying.pk]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("get", "ratings/{rating}/", None),
        ("patch", "ratings/{rating}/", {"score": 3}),
        ("get", "movies/{movie}/rating/", None),
        ("get", "watch-history/{entry}/", None),
        ("patch", "watch-history/{entry}/", {"progress": 50}),
    ],
)
def test_a_row_is_not_found(
    viewer: User, method: str, path: str, body: dict[str, int] | None
) -> None:
    film = make_movie()
    rating, entry = make_rating(user=viewer, movie=film), make_watch_entry(user=viewer, movie=film)
    address = API + path.format(rating=rating.pk, entry=entry.pk, movie=film.pk)
    client = client_of(viewer)

    answer = gone_before_it_is_shown(
        film, lambda: getattr(client, method)(address, body, format="json" if body else None)
    )

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_what_is_not_wanted_is_no_film_any_more(viewer: User) -> None:
    film = make_movie()

    answer = gone_before_it_is_shown(
        film, lambda: post(client_of(viewer), "not-interested/", {"movie_id": film.pk})
    )

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "movie_not_found")


def post(client: APIClient, path: str, body: dict[str, int]) -> Any:
    return client.post(f"{API}{path}", body, format="json")
