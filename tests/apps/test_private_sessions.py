"""A private viewer leaves no history of views; what the viewer says on purpose still counts."""

from typing import Any

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks
from rest_framework.test import APIClient

from apps.favorites.models import Taste, WatchEntry
from apps.favorites.signals import watch_deleted, watch_saved
from apps.movies.models import Movie
from apps.users.models import User
from tests.apps.api import client_of, everything_written, listening, refused
from tests.factories import make_user, make_watch_entry

pytestmark = pytest.mark.django_db

API = "/api/v1/"
HISTORY = f"{API}watch-history/"
PROFILE = f"{API}auth/profile/"
MAY = "2026-05-01T20:15:00Z"


@pytest.fixture
def viewer(db: None) -> User:
    return make_user(is_private=True)


@pytest.mark.parametrize("fields", [{}, {"watched_at": MAY}, {"watched_at": MAY, "progress": 5}])
def test_a_viewing_is_not_recorded(
    viewer: User, viewer_client: APIClient, movie: Movie, fields: dict[str, Any]
) -> None:
    Taste.objects.create(user=viewer, revision=41)
    make_watch_entry(user=viewer, movie=movie, watched_at=MAY, progress=70)
    before = everything_written()

    response = viewer_client.post(HISTORY, {"movie_id": movie.pk} | fields)

    assert response.status_code == 200
    assert response.json() == {"is_recorded": False, "taste_revision": 41}
    assert everything_written() == before


def test_before_the_first_write_the_revision_is_0(viewer_client: APIClient, movie: Movie) -> None:
    response = viewer_client.post(HISTORY, {"movie_id": movie.pk})

    assert response.json() == {"is_recorded": False, "taste_revision": 0}
    assert not Taste.objects.exists()


def test_bad_input_is_refused_all_the_same(viewer_client: APIClient, movie: Movie) -> None:
    before = everything_written()

    refused(viewer_client.post(HISTORY, {"movie_id": 0}), 404, "movie_not_found")
    progress = viewer_client.post(HISTORY, {"movie_id": movie.pk, "progress": 101})
    refused(progress, 400, "invalid")
    assert everything_written() == before


def test_nothing_is_announced(
    viewer_client: APIClient,
    movie: Movie,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with (
        listening(watch_saved, watch_deleted) as announced,
        django_capture_on_commit_callbacks(execute=True) as callbacks,
    ):
        viewer_client.post(HISTORY, {"movie_id": movie.pk})

    assert (announced, callbacks) == ([], [])


@pytest.mark.parametrize(
    ("path", "fields"),
    [("ratings", {"score": 7}), ("favorites", {}), ("watchlist", {}), ("not-interested", {})],
)
def test_what_is_said_on_purpose_counts(
    viewer_client: APIClient, movie: Movie, path: str, fields: dict[str, Any]
) -> None:
    response = viewer_client.post(f"{API}{path}/", {"movie_id": movie.pk} | fields)

    assert (response.status_code, response.json()["taste_revision"]) == (201, 1)


def test_a_viewing_that_is_there_is_changed_and_deleted(
    viewer: User, viewer_client: APIClient, movie: Movie
) -> None:
    url = f"{HISTORY}{make_watch_entry(user=viewer, movie=movie).pk}/"

    changed = viewer_client.patch(url, {"progress": 7})
    deleted = viewer_client.delete(url)

    assert (changed.status_code, changed.json()["progress"]) == (200, 7)
    assert (deleted.status_code, deleted.json()) == (200, {"taste_revision": 2})


def test_the_next_viewing_is_recorded_when_the_session_is_private_no_more(
    viewer_client: APIClient, movie: Movie
) -> None:
    viewer_client.post(HISTORY, {"movie_id": movie.pk})
    viewer_client.patch(PROFILE, {"is_private": False})

    response = viewer_client.post(HISTORY, {"movie_id": movie.pk})
    viewer_client.patch(PROFILE, {"is_private": True})
    again = viewer_client.post(HISTORY, {"movie_id": movie.pk})

    assert (response.status_code, response.json()["is_recorded"]) == (201, True)
    assert again.json() == {"is_recorded": False, "taste_revision": 1}
    assert WatchEntry.objects.count() == 1


def test_others_are_as_public_as_they_were(viewer: User, movie: Movie) -> None:
    response = client_of(make_user()).post(HISTORY, {"movie_id": movie.pk})

    assert response.status_code == 201
    assert not WatchEntry.objects.filter(user=viewer).exists()
