"""What a viewer watched or is not interested in vanishes from the recommendations at once."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.favorites.models import NotInterested, WatchEntry, WatchlistEntry
from apps.movies.models import Movie
from apps.recommendations.models import RecommendationList
from apps.users.models import User
from tests.apps.films import make_credit, make_person
from tests.apps.query_counts import captured_queries
from tests.factories import (
    make_generation,
    make_genre,
    make_list,
    make_movie,
    make_user,
)

pytestmark = pytest.mark.django_db

URL = "/api/v1/recommendations/"


def shown(body: dict[str, Any]) -> list[int]:
    return [result["movie"]["id"] for result in body["results"]]


def ids(movies: list[Movie]) -> list[int]:
    return [movie.pk for movie in movies]


@pytest.fixture
def movies(db: None) -> list[Movie]:
    return [make_movie(vote_count=100 - number) for number in range(8)]


@pytest.fixture
def stored(viewer: User, movies: list[Movie]) -> RecommendationList:
    """All but the last two films."""
    return make_list(user=viewer, generation=make_generation(active=True), movies=movies[:6])


@pytest.mark.usefixtures("stored")
def test_watched_films_vanish_and_begun_or_planned_ones_stay(
    viewer: User, viewer_client: APIClient, movies: list[Movie]
) -> None:
    WatchEntry.objects.create(user=viewer, movie=movies[0], progress=80)
    WatchEntry.objects.create(user=viewer, movie=movies[1], progress=79)
    WatchlistEntry.objects.create(user=viewer, movie=movies[2])

    assert shown(viewer_client.get(URL).json()) == ids(movies[1:])


@pytest.mark.usefixtures("stored")
def test_hidden_films_and_those_of_hidden_people_and_genres_vanish(
    viewer: User, viewer_client: APIClient, movies: list[Movie]
) -> None:
    actor, director, unknown = (make_person() for _ in range(3))
    make_credit(movies[1], person=actor)
    make_credit(movies[2], person=director, is_cast=False, job="Director")
    make_credit(movies[4], person=unknown)
    movies[3].genres.set([make_genre("Horror"), make_genre("Drama")])
    movies[5].genres.set([make_genre("Drama")])
    for subject in (
        {"movie": movies[0]},
        {"person": actor},
        {"person": director},
        {"genre": make_genre("Horror")},
    ):
        NotInterested.objects.create(user=viewer, **subject)

    assert shown(viewer_client.get(URL).json()) == ids(movies[4:])


@pytest.mark.usefixtures("stored")
def test_what_others_watched_or_hid_stays(viewer_client: APIClient, movies: list[Movie]) -> None:
    stranger, person = make_user(), make_person()
    make_credit(movies[2], person=person)
    movies[3].genres.set([make_genre("Horror")])
    WatchEntry.objects.create(user=stranger, movie=movies[0])
    for subject in ({"movie": movies[1]}, {"person": person}, {"genre": make_genre("Horror")}):
        NotInterested.objects.create(user=stranger, **subject)

    assert shown(viewer_client.get(URL).json()) == ids(movies)


def test_the_popular_films_of_who_has_no_list_are_sifted_too(
    viewer: User, viewer_client: APIClient, movies: list[Movie]
) -> None:
    make_generation(active=True, popular_movie_ids=ids(movies[:4]))
    WatchEntry.objects.create(user=viewer, movie=movies[1])
    movies[2].genres.set([make_genre("Horror")])
    NotInterested.objects.create(user=viewer, genre=make_genre("Horror"))

    assert shown(viewer_client.get(f"{URL}?limit=2").json()) == ids([movies[0], movies[3]])


@pytest.mark.usefixtures("stored")
def test_hiding_much_costs_no_more_queries(
    viewer: User, viewer_client: APIClient, movies: list[Movie]
) -> None:
    viewer_client.get(URL)

    with captured_queries() as before:
        viewer_client.get(URL)
    for number in range(30):
        NotInterested.objects.create(user=viewer, person=make_credit(movies[0]).person)
        NotInterested.objects.create(user=viewer, genre=make_genre(f"Genre {number}"))
    viewer_client.get(URL)
    with captured_queries() as after:
        assert len(viewer_client.get(URL).json()["results"]) == 7

    assert len(after) == len(before)
