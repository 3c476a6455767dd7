import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks
from rest_framework.test import APIClient

from apps.favorites.models import Favorite, Taste
from apps.favorites.signals import favorite_added, favorite_removed
from apps.movies.models import Movie
from apps.users.models import User
from tests.apps.api import listening, refused
from tests.factories import make_favorite, make_movie

pytestmark = pytest.mark.django_db

FAVORITES = "/api/v1/favorites/"


def test_a_film_becomes_a_favourite(viewer: User, viewer_client: APIClient, movie: Movie) -> None:
    response = viewer_client.post(FAVORITES, {"movie_id": movie.pk})

    favorite = Favorite.objects.get()
    assert (favorite.user, favorite.movie) == (viewer, movie)
    assert response.status_code == 201
    body = response.json()
    assert body.keys() == {"id", "movie", "created_at", "taste_revision"}
    assert (body["id"], body["taste_revision"]) == (favorite.pk, 1)
    assert [body["movie"]] == viewer_client.get("/api/v1/movies/").json()["results"]


def test_a_favourite_that_is_there_already_stays_one_row(
    viewer_client: APIClient, movie: Movie
) -> None:
    first = viewer_client.post(FAVORITES, {"movie_id": movie.pk}).json()

    response = viewer_client.post(FAVORITES, {"tmdb_id": movie.tmdb_id})

    assert response.status_code == 200
    assert response.json()["id"] == first["id"]
    assert response.json()["taste_revision"] == Taste.objects.get().revision
    assert Favorite.objects.count() == 1


def test_a_favourite_is_removed_once(viewer_client: APIClient, movie: Movie) -> None:
    favorite_id = viewer_client.post(FAVORITES, {"movie_id": movie.pk}).json()["id"]

    response = viewer_client.delete(f"{FAVORITES}{favorite_id}/")
    again = viewer_client.delete(f"{FAVORITES}{favorite_id}/")

    assert (response.status_code, response.json()) == (200, {"taste_revision": 2})
    refused(again, 404, "not_found")
    assert not Favorite.objects.exists()
    assert Taste.objects.get().revision == 2


def test_favourites_are_listed_newest_first(viewer: User, viewer_client: APIClient) -> None:
    favorites = [make_favorite(user=viewer, movie=make_movie()) for _ in range(3)]

    body = viewer_client.get(FAVORITES).json()

    assert [favorite["id"] for favorite in body["results"]] == [f.pk for f in favorites[::-1]]
    assert body["results"][0].keys() == {"id", "movie", "created_at"}


def test_a_film_is_checked_against_the_viewers_own_favourites(
    viewer: User, viewer_client: APIClient, movie: Movie
) -> None:
    other = make_movie()
    favorite = make_favorite(user=viewer, movie=movie)

    checked = viewer_client.get(f"{FAVORITES}check/{movie.pk}/").json()
    unchecked = viewer_client.get(f"{FAVORITES}check/{other.pk}/").json()

    assert checked == {"is_favorite": True, "favorite_id": favorite.pk}
    assert unchecked == {"is_favorite": False, "favorite_id": None}


@pytest.mark.parametrize("movie_id", ["0", "2147483648", "9" * 400])
def test_an_unknown_film_cannot_be_checked(viewer_client: APIClient, movie_id: str) -> None:
    refused(viewer_client.get(f"{FAVORITES}check/{movie_id}/"), 404, "movie_not_found")


def test_a_check_takes_no_parameters(viewer_client: APIClient, movie: Movie) -> None:
    response = viewer_client.get(f"/api/v1/favorites/check/{movie.pk}/?colour=red")

    assert refused(response, 400, "unknown_parameter")["details"] == {"allowed": []}


def test_each_write_is_announced_after_its_commit(
    viewer: User,
    viewer_client: APIClient,
    movie: Movie,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with (
        listening(favorite_added, favorite_removed) as announced,
        django_capture_on_commit_callbacks(execute=True),
    ):
        favorite_id = viewer_client.post(FAVORITES, {"movie_id": movie.pk}).json()["id"]
        viewer_client.delete(f"{FAVORITES}{favorite_id}/")
        viewer_client.delete(f"{FAVORITES}{favorite_id}/")
        assert announced == []

    ids = {"user_id": viewer.pk, "movie_id": movie.pk}
    assert announced == [
        (favorite_added, ids | {"revision": 1}),
        (favorite_removed, ids | {"revision": 2}),
    ]
