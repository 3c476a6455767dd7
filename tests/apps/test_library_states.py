from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.movies.models import Movie
from apps.users.models import User
from tests.apps.api import client_of, refused
from tests.apps.films import make_person
from tests.apps.query_counts import captured_queries
from tests.factories import (
    make_favorite,
    make_genre,
    make_movie,
    make_not_interested,
    make_rating,
    make_user,
    make_watch_entry,
    make_watchlist_entry,
)

pytestmark = pytest.mark.django_db

URL = "/api/v1/library/states/"


def untouched(movie_id: int) -> dict[str, Any]:
    return {
        "movie_id": movie_id,
        "favorite": False,
        "rating": None,
        "watched": False,
        "watchlisted": False,
        "hidden": False,
        "favorite_id": None,
        "rating_id": None,
        "watchlist_id": None,
        "not_interested_id": None,
    }


def ask(client: APIClient, *movie_ids: object) -> Any:
    return client.get(URL, {"movie_ids": ",".join(map(str, movie_ids))})


def test_each_film_has_its_state_and_the_ids_of_the_rows_that_say_so(
    viewer: User, viewer_client: APIClient
) -> None:
    everything, watched, nothing = (make_movie() for _ in range(3))
    favorite = make_favorite(user=viewer, movie=everything)
    rating = make_rating(user=viewer, movie=everything, score=3)
    planned = make_watchlist_entry(user=viewer, movie=everything)
    hidden = make_not_interested(user=viewer, movie=everything)
    make_not_interested(user=viewer, person=make_person())
    make_not_interested(user=viewer, genre=make_genre("Drama"))
    for progress in (10, 90, 100):
        make_watch_entry(user=viewer, movie=watched, progress=progress)

    results = ask(viewer_client, everything.pk, watched.pk, nothing.pk).json()["results"]

    assert results == [
        {
            "movie_id": everything.pk,
            "favorite": True,
            "rating": 3,
            "watched": False,
            "watchlisted": True,
            "hidden": True,
            "favorite_id": favorite.pk,
            "rating_id": rating.pk,
            "watchlist_id": planned.pk,
            "not_interested_id": hidden.pk,
        },
        untouched(watched.pk) | {"watched": True},
        untouched(nothing.pk),
    ]


def test_they_come_as_asked_for_each_once_and_unknown_films_are_untouched(
    viewer: User, viewer_client: APIClient, movie: Movie
) -> None:
    rating = make_rating(user=viewer, movie=movie, score=7)

    results = ask(viewer_client, 999_999_999, movie.pk, 5, f"00{movie.pk}", 5).json()["results"]

    assert results == [
        untouched(999_999_999),
        untouched(movie.pk) | {"rating": 7, "rating_id": rating.pk},
        untouched(5),
    ]


def test_nothing_is_told_of_what_others_did(movie: Movie) -> None:
    owner = make_user()
    make_rating(user=owner, movie=movie)
    make_watch_entry(user=owner, movie=movie)

    assert ask(client_of(make_user()), movie.pk).json() == {"results": [untouched(movie.pk)]}
    refused(ask(APIClient(), movie.pk), 401, "not_authenticated")


def test_two_hundred_films_cost_one_query_as_one_does(
    viewer: User, viewer_client: APIClient
) -> None:
    films = [make_movie() for _ in range(20)]
    for film in films:
        make_rating(user=viewer, movie=film)
        make_favorite(user=viewer, movie=film)

    with captured_queries() as of_one:
        ask(viewer_client, films[0].pk)
    with captured_queries() as of_many:
        results = ask(viewer_client, *[film.pk for film in films], *range(1, 181)).json()["results"]

    assert sum(result["favorite"] for result in results) == 20
    assert len(of_one) == len(of_many) == 2
    assert "nexus_live_session" in of_one[0]


@pytest.mark.parametrize(
    "value",
    [
        "",
        ",",
        "1,",
        "0",
        "-1",
        "x",
        "1.5",
        "1 ,2",
        "1;2",
        "\u0661",
        "1000000000",
        "9" * 3000,
        "1,,2",
    ],
)
def test_what_is_no_list_of_ids_is_refused(viewer_client: APIClient, value: str) -> None:
    error = refused(viewer_client.get(URL, {"movie_ids": value}), 400, "invalid")

    assert error["details"] == {
        "movie_ids": [
            {
                "code": "invalid",
                "message": "Whole numbers from 1 to 999999999 with commas between.",
            }
        ]
    }


def test_ids_have_to_be_named(viewer_client: APIClient) -> None:
    error = refused(viewer_client.get(URL), 400, "invalid")

    assert error["details"] == {
        "movie_ids": [{"code": "required", "message": "This parameter is required."}]
    }


def test_of_films_there_may_be_two_hundred(viewer_client: APIClient) -> None:
    assert ask(viewer_client, *range(1, 201)).status_code == 200
    error = refused(ask(viewer_client, *range(1, 202)), 400, "invalid")

    assert error["details"] == {
        "movie_ids": [{"code": "invalid", "message": "At most 200 films at once."}]
    }


def test_an_unknown_parameter_names_the_one_there_is(viewer_client: APIClient) -> None:
    response = viewer_client.get(f"{URL}?movie_ids=1&page=2")

    assert refused(response, 400, "unknown_parameter")["details"] == {"allowed": ["movie_ids"]}


def test_ids_may_come_by_one_name_each(viewer_client: APIClient) -> None:
    body = viewer_client.get("/api/v1/library/states/?movie_ids=1,3&movie_ids=2").json()

    assert [state["movie_id"] for state in body["results"]] == [1, 3, 2]
