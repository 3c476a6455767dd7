import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks
from rest_framework.test import APIClient

from apps.favorites.models import Rating, Taste
from apps.favorites.signals import rating_deleted, rating_saved
from apps.movies.models import Movie
from apps.users.models import User
from tests.apps.api import listening, refused
from tests.factories import make_movie, make_rating

pytestmark = pytest.mark.django_db

RATINGS = "/api/v1/ratings/"


def test_a_first_rating_is_created(viewer: User, viewer_client: APIClient, movie: Movie) -> None:
    response = viewer_client.post(RATINGS, {"movie_id": movie.pk, "score": 9})

    rating = Rating.objects.get()
    assert (rating.user, rating.movie, rating.score) == (viewer, movie, 9)
    assert response.status_code == 201
    body = response.json()
    assert body.keys() == {
        "id",
        "movie",
        "score",
        "rated_at",
        "created_at",
        "updated_at",
        "taste_revision",
    }
    assert (body["id"], body["score"], body["taste_revision"]) == (rating.pk, 9, 1)
    assert [body["movie"]] == viewer_client.get("/api/v1/movies/").json()["results"]
    assert Taste.objects.get().revision == 1


def test_rating_again_replaces_the_score(viewer_client: APIClient, movie: Movie) -> None:
    first = viewer_client.post(RATINGS, {"movie_id": movie.pk, "score": 9}).json()

    response = viewer_client.post(RATINGS, {"tmdb_id": movie.tmdb_id, "score": 2})

    assert response.status_code == 200
    second = response.json()
    assert (second["id"], second["score"], second["taste_revision"]) == (first["id"], 2, 2)
    assert second["created_at"] == first["created_at"]
    assert second["updated_at"] > first["updated_at"]
    assert [rating.score for rating in Rating.objects.all()] == [2]


def test_a_rating_is_changed_by_its_id(viewer_client: APIClient, movie: Movie) -> None:
    rating_id = viewer_client.post(RATINGS, {"movie_id": movie.pk, "score": 9}).json()["id"]

    response = viewer_client.put(f"{RATINGS}{rating_id}/", {"score": 1})

    assert response.status_code == 200
    assert (response.json()["score"], response.json()["taste_revision"]) == (1, 2)
    shown = viewer_client.get(f"{RATINGS}{rating_id}/").json()
    assert shown | {"taste_revision": 2} == response.json()


def test_a_rating_is_shown_without_parameters(
    viewer: User, viewer_client: APIClient, movie: Movie
) -> None:
    url = f"/api/v1/ratings/{make_rating(user=viewer, movie=movie).pk}/"

    error = refused(viewer_client.get(f"{url}?colour=red"), 400, "unknown_parameter")

    assert error["details"] == {"allowed": []}


def test_a_rating_is_deleted_once(viewer_client: APIClient, movie: Movie) -> None:
    rating_id = viewer_client.post(RATINGS, {"movie_id": movie.pk, "score": 9}).json()["id"]

    response = viewer_client.delete(f"{RATINGS}{rating_id}/")
    again = viewer_client.delete(f"{RATINGS}{rating_id}/")

    assert (response.status_code, response.json()) == (200, {"taste_revision": 2})
    refused(again, 404, "not_found")
    assert not Rating.objects.exists()
    assert Taste.objects.get().revision == 2


def test_ratings_are_listed_with_the_last_changed_first(
    viewer: User, viewer_client: APIClient
) -> None:
    first, second, third = (make_rating(user=viewer, movie=make_movie()) for _ in range(3))
    viewer_client.put(f"{RATINGS}{second.pk}/", {"score": 3})

    results = viewer_client.get(RATINGS).json()["results"]

    assert [rating["id"] for rating in results] == [second.pk, third.pk, first.pk]


def test_a_rating_of_unknown_age_has_no_moment(viewer: User, viewer_client: APIClient) -> None:
    rating = make_rating(user=viewer, movie=make_movie(), rated_at=None)

    assert viewer_client.get(f"{RATINGS}{rating.pk}/").json()["rated_at"] is None


def test_each_write_is_announced_after_its_commit(
    viewer: User,
    viewer_client: APIClient,
    movie: Movie,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with (
        listening(rating_saved, rating_deleted) as announced,
        django_capture_on_commit_callbacks(execute=True),
    ):
        rating_id = viewer_client.post(RATINGS, {"movie_id": movie.pk, "score": 9}).json()["id"]
        viewer_client.put(f"{RATINGS}{rating_id}/", {"score": 1})
        viewer_client.delete(f"{RATINGS}{rating_id}/")
        assert announced == []

    ids = {"user_id": viewer.pk, "movie_id": movie.pk}
    assert announced == [
        (rating_saved, ids | {"revision": 1}),
        (rating_saved, ids | {"revision": 2}),
        (rating_deleted, ids | {"revision": 3}),
    ]


def test_a_refused_write_is_not_announced(
    viewer_client: APIClient,
    movie: Movie,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with (
        listening(rating_saved, rating_deleted) as announced,
        django_capture_on_commit_callbacks(execute=True),
    ):
        viewer_client.post(RATINGS, {"movie_id": movie.pk, "score": 11})
        viewer_client.post(RATINGS, {"movie_id": 0, "score": 7})
        viewer_client.put(f"{RATINGS}0/", {"score": 7})
        viewer_client.delete(f"{RATINGS}0/")

    assert announced == []
