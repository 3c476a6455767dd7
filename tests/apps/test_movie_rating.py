"""A rating found by its film."""

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks
from rest_framework.test import APIClient

from apps.favorites.models import Rating, Taste
from apps.favorites.signals import rating_deleted, rating_saved
from apps.movies.models import Movie
from apps.users.models import User
from tests.apps.api import everything_written, listening, refused
from tests.apps.query_counts import captured_queries
from tests.factories import make_favorite, make_movie, make_rating, make_user, make_watch_entry

pytestmark = pytest.mark.django_db

RATINGS = "/api/v1/ratings/"


def of(movie_id: object) -> str:
    return f"/api/v1/movies/{movie_id}/rating/"


def test_a_film_is_rated_and_rated_anew(
    viewer: User, viewer_client: APIClient, movie: Movie
) -> None:
    first = viewer_client.put(of(movie.pk), {"score": 9})
    second = viewer_client.put(of(movie.pk), {"score": 2})

    rating = Rating.objects.get()
    assert (rating.user, rating.movie, rating.score) == (viewer, movie, 2)
    assert (first.status_code, second.status_code) == (201, 200)
    assert [r.json()["score"] for r in (first, second)] == [9, 2]
    assert [r.json()["taste_revision"] for r in (first, second)] == [1, 2]
    assert first.json()["id"] == second.json()["id"] == rating.pk


def test_it_is_shown_as_by_its_own_id(viewer: User, viewer_client: APIClient, movie: Movie) -> None:
    rating = make_rating(user=viewer, movie=movie, score=3)
    make_rating(user=make_user(), movie=movie, score=10)

    shown = viewer_client.get(of(movie.pk))

    assert shown.status_code == 200
    assert shown.json() == viewer_client.get(f"{RATINGS}{rating.pk}/").json()
    assert (shown.json()["id"], shown.json()["score"]) == (rating.pk, 3)


def test_it_is_shown_without_parameters(
    viewer: User, viewer_client: APIClient, movie: Movie
) -> None:
    make_rating(user=viewer, movie=movie)

    error = refused(viewer_client.get(f"{of(movie.pk)}?colour=red"), 400, "unknown_parameter")

    assert error["details"] == {"allowed": []}


def test_it_is_deleted_once(viewer: User, viewer_client: APIClient, movie: Movie) -> None:
    make_rating(user=viewer, movie=movie)
    others = make_rating(user=make_user(), movie=movie)

    response = viewer_client.delete(of(movie.pk))
    again = viewer_client.delete(of(movie.pk))

    assert (response.status_code, response.json()) == (200, {"taste_revision": 1})
    refused(again, 404, "not_found")
    assert list(Rating.objects.all()) == [others]
    assert Taste.objects.get().revision == 1


@pytest.mark.parametrize("movie_id", [0, 2**31, 2**63, 10**400])
def test_an_unknown_film_has_no_rating_and_gets_none(
    viewer_client: APIClient, movie_id: int
) -> None:
    before = everything_written()

    for response in (
        viewer_client.get(of(movie_id)),
        viewer_client.put(of(movie_id), {"score": 7}),
        viewer_client.delete(of(movie_id)),
    ):
        refused(response, 404, "movie_not_found")
    assert everything_written() == before


def test_what_was_not_rated_is_not_found(viewer_client: APIClient, movie: Movie) -> None:
    make_rating(user=make_user(), movie=movie)
    before = everything_written()

    refused(viewer_client.get(of(movie.pk)), 404, "not_found")
    refused(viewer_client.delete(of(movie.pk)), 404, "not_found")
    assert everything_written() == before


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid"),
        ({"score": None}, "invalid"),
        ({"score": "7"}, "invalid"),
        ({"score": 11}, "rating_out_of_range"),
        ({"score": 7, "movie_id": 1}, "unknown_field"),
    ],
)
def test_a_refused_score_changes_nothing(
    viewer: User, viewer_client: APIClient, movie: Movie, body: dict[str, object], code: str
) -> None:
    rating = make_rating(user=viewer, movie=movie)
    before = everything_written()

    refused(viewer_client.put(of(movie.pk), body), 400, code)
    refused(viewer_client.patch(f"{RATINGS}{rating.pk}/", body), 400, code)
    assert everything_written() == before


def test_a_patch_of_a_rating_does_what_a_put_does(
    viewer: User, viewer_client: APIClient, movie: Movie
) -> None:
    rating = make_rating(user=viewer, movie=movie)

    patched = viewer_client.patch(f"{RATINGS}{rating.pk}/", {"score": 4})

    assert (patched.status_code, patched.json()["score"]) == (200, 4)
    assert patched.json()["taste_revision"] == 1
    put = viewer_client.put(f"{RATINGS}{rating.pk}/", {"score": 4}).json()
    assert put.keys() == patched.json().keys()


def test_answers_show_the_state_after_the_write(
    viewer: User, viewer_client: APIClient, movie: Movie
) -> None:
    make_favorite(user=viewer, movie=movie)
    make_watch_entry(user=viewer, movie=movie)
    before = {"favorite": True, "watched": True, "watchlisted": False, "hidden": False}

    put = viewer_client.put(of(movie.pk), {"score": 9}).json()
    shown = viewer_client.get(of(movie.pk)).json()
    posted = viewer_client.post(RATINGS, {"movie_id": movie.pk, "score": 5}).json()
    patched = viewer_client.patch(f"{RATINGS}{put['id']}/", {"score": 6}).json()

    assert put["movie"]["me"] == shown["movie"]["me"] == before | {"rating": 9}
    assert posted["movie"]["me"] == before | {"rating": 5}
    assert patched["movie"]["me"] == before | {"rating": 6}


def test_a_new_favourite_is_shown_as_one(viewer_client: APIClient, movie: Movie) -> None:
    answer = viewer_client.post("/api/v1/favorites/", {"movie_id": movie.pk}).json()

    assert answer["movie"]["me"]["favorite"] is True


def test_the_state_after_a_write_costs_one_query(viewer_client: APIClient, movie: Movie) -> None:
    with captured_queries() as statements:
        viewer_client.put(of(movie.pk), {"score": 9})

    assert len([sql for sql in statements if "nexus_library_states" in sql]) == 1


def test_lists_show_the_state_of_every_film(viewer: User, viewer_client: APIClient) -> None:
    for score in (3, 7):
        rated = make_movie()
        make_rating(user=viewer, movie=rated, score=score)
        make_favorite(user=viewer, movie=rated)

    for path in ("ratings", "favorites"):
        results = viewer_client.get(f"/api/v1/{path}/").json()["results"]
        states = [row["movie"]["me"] for row in results]
        assert [(state["rating"], state["favorite"]) for state in states] == [(7, True), (3, True)]


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
        viewer_client.put(of(movie.pk), {"score": 9})
        viewer_client.delete(of(movie.pk))
        viewer_client.delete(of(movie.pk))
        assert announced == []

    ids = {"user_id": viewer.pk, "movie_id": movie.pk}
    assert announced == [
        (rating_saved, ids | {"revision": 1}),
        (rating_deleted, ids | {"revision": 2}),
    ]
