"""What a viewer watched or is not interested in vanishes from the recommendations at once."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.favorites.models import NotInterested, WatchEntry, WatchlistEntry
from apps.movies.models import Movie
from apps.recommendations import pages
from apps.recommendations.models import RecommendationList
from apps.users.models import User
from tests.apps.api import client_of, refused
from tests.apps.films import make_credit, make_person
from tests.apps.query_counts import captured_queries
from tests.factories import (
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

    assert shown(viewer_client.get(URL).json()) == ids(movies[1:6])


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

    assert shown(viewer_client.get(URL).json()) == ids([movies[4], movies[5]])


@pytest.mark.usefixtures("stored")
def test_what_others_watched_or_hid_stays(viewer_client: APIClient, movies: list[Movie]) -> None:
    stranger, person = make_user(), make_person()
    make_credit(movies[2], person=person)
    movies[3].genres.set([make_genre("Horror")])
    WatchEntry.objects.create(user=stranger, movie=movies[0])
    for subject in ({"movie": movies[1]}, {"person": person}, {"genre": make_genre("Horror")}):
        NotInterested.objects.create(user=stranger, **subject)

    assert shown(viewer_client.get(URL).json()) == ids(movies[:6])


def test_the_popular_films_of_who_has_no_list_are_sifted_too(
    viewer: User, viewer_client: APIClient, movies: list[Movie]
) -> None:
    make_generation(active=True, popular_movie_ids=ids(movies[:4]))
    WatchEntry.objects.create(user=viewer, movie=movies[1])
    movies[2].genres.set([make_genre("Horror")])
    NotInterested.objects.create(user=viewer, genre=make_genre("Horror"))

    assert shown(viewer_client.get(URL).json()) == ids([movies[0], movies[3]])


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


def test_a_list_with_one_film_left_shows_that_film_alone(
    viewer: User, viewer_client: APIClient, movies: list[Movie], stored: RecommendationList
) -> None:
    for movie in movies[:5]:
        WatchEntry.objects.create(user=viewer, movie=movie)

    body = viewer_client.get(URL).json()

    assert (body["list_id"], shown(body), body["next"]) == (stored.pk, [movies[5].pk], None)


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
    second = viewer_client.get(first["next"]).json()
    third = viewer_client.get(second["next"]).json()

    assert shown(first) == ids(popular[:2])
    assert shown(second) == ids([popular[2], popular[4]])
    assert shown(third) == ids(popular[5:])
    assert third["next"] is None
    assert {page["source"] for page in (first, second, third)} == {"popular"}
    refused(client_of(make_user()).get(first["next"]), 400, "invalid_cursor")


def test_a_later_page_of_a_list_of_which_nothing_is_left_is_its_end(
    viewer: User, viewer_client: APIClient, movies: list[Movie], stored: RecommendationList
) -> None:
    link = viewer_client.get(f"{URL}?limit=3").json()["next"]
    for movie in movies[3:6]:
        make_rating(user=viewer, movie=movie)

    body = viewer_client.get(link).json()

    assert (body["list_id"], body["results"], body["next"]) == (stored.pk, [], None)


def test_when_everything_is_hidden_there_is_nothing(viewer: User, viewer_client: APIClient) -> None:
    make_movie(genres=("Drama",))
    NotInterested.objects.create(user=viewer, genre=make_genre("Drama"))

    body = viewer_client.get(URL).json()

    assert (body["results"], body["next"]) == ([], None)


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
    with captured_queries() as after:
        assert len(viewer_client.get(URL).json()["results"]) == 5

    assert len(after) == len(before)


def test_behind_the_films_that_were_looked_at_a_page_goes_on(
    viewer: User, viewer_client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LOOKED_AT", 2)
    hidden = [make_movie(vote_count=9, genres=("Drama",)) for _ in range(2)]
    free = make_movie(vote_count=1)
    make_list(user=viewer, generation=make_generation(active=True), movies=hidden)
    NotInterested.objects.create(user=viewer, genre=make_genre("Drama"))

    body = viewer_client.get(URL).json()

    assert body["results"] == []
    assert shown(viewer_client.get(body["next"]).json()) == [free.pk]
