"""Viewings: several of one film, of known and unknown moments, and how they are changed."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks
from rest_framework.test import APIClient

from apps.favorites.models import IdempotencyKey, Taste, WatchEntry
from apps.favorites.signals import watch_deleted, watch_saved
from apps.movies.models import Movie
from apps.users.models import User
from tests.apps.api import client_of, everything_written, listening, refused
from tests.factories import make_movie, make_rating, make_watch_entry

pytestmark = pytest.mark.django_db

HISTORY = "/api/v1/watch-history/"
MAY, JUNE = "2026-05-01T20:15:00Z", "2026-06-01T20:15:00Z"
UNTOUCHED = {
    "favorite": False,
    "rating": None,
    "watched": False,
    "watchlisted": False,
    "hidden": False,
}


def watch(client: APIClient, movie: Movie, **fields: Any) -> Any:
    return client.post(HISTORY, {"movie_id": movie.pk} | fields)


def test_a_viewing_is_recorded(viewer: User, viewer_client: APIClient, movie: Movie) -> None:
    make_rating(user=viewer, movie=movie, score=9)

    response = watch(viewer_client, movie, watched_at="2026-05-01T22:15:00.5+02:00", progress=80)

    entry = WatchEntry.objects.get()
    assert (entry.user, entry.movie, entry.progress) == (viewer, movie, 80)
    assert entry.watched_at == datetime(2026, 5, 1, 20, 15, 0, 500_000, UTC)
    assert response.status_code == 201
    body = response.json()
    assert body.keys() == {
        "id",
        "movie",
        "watched_at",
        "progress",
        "created_at",
        "updated_at",
        "taste_revision",
        "is_recorded",
    }
    assert (body["id"], body["progress"], body["taste_revision"]) == (entry.pk, 80, 1)
    assert (body["watched_at"], body["is_recorded"]) == ("2026-05-01T20:15:00.500000Z", True)
    assert body["movie"]["me"] == UNTOUCHED | {"rating": 9, "watched": True}
    assert [body["movie"]] == viewer_client.get("/api/v1/movies/").json()["results"]
    assert Taste.objects.get().revision == 1


def test_a_film_named_by_its_tmdb_id_was_watched_whole_at_an_unknown_moment(
    viewer_client: APIClient, movie: Movie
) -> None:
    response = viewer_client.post(HISTORY, {"tmdb_id": movie.tmdb_id})

    body = response.json()
    assert (response.status_code, body["watched_at"], body["progress"]) == (201, None, 100)
    assert body["movie"]["id"] == movie.pk


@pytest.mark.parametrize(("progress", "is_watched"), [(0, False), (79, False), (80, True)])
def test_a_film_counts_as_watched_from_the_credits_on(
    viewer_client: APIClient, movie: Movie, progress: int, *, is_watched: bool
) -> None:
    response = watch(viewer_client, movie, progress=progress)

    assert response.status_code == 201
    assert response.json()["movie"]["me"]["watched"] is is_watched


def test_the_same_moment_again_replaces_the_progress(
    viewer_client: APIClient, movie: Movie
) -> None:
    first = watch(viewer_client, movie, watched_at=MAY, progress=30).json()

    # The same moment, told in another time zone.
    response = watch(viewer_client, movie, watched_at="2026-05-01T13:15:00-07:00")

    assert response.status_code == 200
    second = response.json()
    assert (second["id"], second["progress"], second["taste_revision"]) == (first["id"], 100, 2)
    assert second["created_at"] == first["created_at"]
    assert second["updated_at"] > first["updated_at"]
    assert [entry.progress for entry in WatchEntry.objects.all()] == [100]


def test_a_film_is_watched_again_at_another_moment(viewer_client: APIClient, movie: Movie) -> None:
    statuses = [
        watch(viewer_client, movie, watched_at=moment).status_code for moment in (MAY, JUNE)
    ]

    assert statuses == [201, 201]
    results = viewer_client.get(HISTORY).json()["results"]
    assert [entry["watched_at"] for entry in results] == [JUNE, MAY]
    assert {entry["movie"]["id"] for entry in results} == {movie.pk}


def test_viewings_of_one_moment_are_those_of_different_films_and_viewers(
    viewer_client: APIClient, movie: Movie, django_user_model: type[User]
) -> None:
    stranger = client_of(django_user_model.objects.create_user("other@example.com"))

    for client, film in ((viewer_client, movie), (viewer_client, make_movie()), (stranger, movie)):
        assert watch(client, film, watched_at=MAY).status_code == 201

    assert WatchEntry.objects.count() == 3


def test_each_undated_viewing_is_one_more(viewer_client: APIClient, movie: Movie) -> None:
    ids = {watch(viewer_client, movie).json()["id"] for _ in range(2)}
    ids |= {watch(viewer_client, movie, watched_at=None).json()["id"]}

    assert ids == {entry.pk for entry in WatchEntry.objects.filter(watched_at=None)}
    assert len(ids) == 3


def test_a_named_request_sent_again_records_one_undated_viewing(
    viewer_client: APIClient, movie: Movie
) -> None:
    first, second = (
        viewer_client.post(HISTORY, {"movie_id": movie.pk}, headers={"idempotency-key": "k1"})
        for _ in range(2)
    )

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert (first.get("Idempotency-Replayed"), second["Idempotency-Replayed"]) == (None, "true")
    assert (WatchEntry.objects.count(), Taste.objects.get().revision) == (1, 1)
    other = viewer_client.post(
        HISTORY, {"movie_id": movie.pk, "progress": 1}, headers={"idempotency-key": "k1"}
    )
    refused(other, 409, "idempotency_key_reused")
    assert WatchEntry.objects.get().progress == 100


def test_a_refused_request_does_not_use_its_key_up(viewer_client: APIClient, movie: Movie) -> None:
    named = {"headers": {"idempotency-key": "k1"}}

    refused(viewer_client.post(HISTORY, {"movie_id": 0}, **named), 404, "movie_not_found")
    refused(viewer_client.post(HISTORY, {"progress": 101}, **named), 400, "invalid")
    assert not IdempotencyKey.objects.exists()

    assert viewer_client.post(HISTORY, {"movie_id": movie.pk}, **named).status_code == 201


def test_a_viewing_is_shown_and_changed_by_its_id(viewer_client: APIClient, movie: Movie) -> None:
    recorded = watch(viewer_client, movie, watched_at=MAY).json()
    url = f"{HISTORY}{recorded['id']}/"

    progress = viewer_client.patch(url, {"progress": 10})
    moment = viewer_client.patch(url, {"watched_at": JUNE})
    undated = viewer_client.patch(url, {"watched_at": None, "progress": 20})

    told = [
        (answer.status_code, body["watched_at"], body["progress"], body["taste_revision"])
        for answer in (progress, moment, undated)
        for body in [answer.json()]
    ]
    assert told == [(200, MAY, 10, 2), (200, JUNE, 10, 3), (200, None, 20, 4)]
    assert progress.json()["movie"]["me"] == UNTOUCHED
    assert moment.json()["updated_at"] > progress.json()["updated_at"] > recorded["updated_at"]
    shown = viewer_client.get(url)
    assert shown.json() | {"taste_revision": 4} == undated.json()
    refused(viewer_client.get(f"{url}?colour=red"), 400, "unknown_parameter")


def test_a_viewing_is_moved_onto_its_own_moment_and_not_onto_that_of_another(
    viewer: User, viewer_client: APIClient, movie: Movie
) -> None:
    make_watch_entry(user=viewer, movie=movie, watched_at=JUNE)
    make_watch_entry(user=viewer, movie=make_movie(), watched_at=MAY)
    entry = make_watch_entry(user=viewer, movie=movie, watched_at=MAY)
    url = f"{HISTORY}{entry.pk}/"
    before = everything_written()

    error = refused(viewer_client.patch(url, {"watched_at": JUNE, "progress": 5}), 409, "conflict")

    assert error["message"] == "You have another viewing of this film at this moment."
    assert everything_written() == before
    assert viewer_client.patch(url, {"watched_at": MAY}).status_code == 200


def test_any_number_of_viewings_become_undated(
    viewer: User, viewer_client: APIClient, movie: Movie
) -> None:
    entries = [
        make_watch_entry(user=viewer, movie=movie, watched_at=moment) for moment in (MAY, JUNE)
    ]

    for entry in entries:
        answer = viewer_client.patch(f"{HISTORY}{entry.pk}/", {"watched_at": None})
        assert answer.status_code == 200

    assert WatchEntry.objects.filter(watched_at=None).count() == 2


def test_a_viewing_is_deleted_once(viewer_client: APIClient, movie: Movie) -> None:
    url = f"{HISTORY}{watch(viewer_client, movie).json()['id']}/"

    response = viewer_client.delete(url)
    again = viewer_client.delete(url)

    assert (response.status_code, response.json()) == (200, {"taste_revision": 2})
    refused(again, 404, "not_found")
    assert not WatchEntry.objects.exists()
    assert Taste.objects.get().revision == 2


def test_the_history_is_listed_newest_first_and_undated_viewings_last(
    viewer: User, viewer_client: APIClient, movie: Movie
) -> None:
    moments = [MAY, None, JUNE, None]
    may, undated, june, also_undated = (
        make_watch_entry(user=viewer, movie=movie, watched_at=moment) for moment in moments
    )

    results = viewer_client.get(HISTORY).json()["results"]

    expected = [june, may, also_undated, undated]
    assert [entry["id"] for entry in results] == [entry.pk for entry in expected]
    assert results[0].keys() == {
        "id",
        "movie",
        "watched_at",
        "progress",
        "created_at",
        "updated_at",
    }
    assert results[0]["movie"]["me"] == UNTOUCHED | {"watched": True}


def test_the_history_is_filtered(viewer: User, viewer_client: APIClient, movie: Movie) -> None:
    begun = make_watch_entry(user=viewer, movie=movie, progress=79, watched_at=MAY)
    whole = make_watch_entry(user=viewer, movie=make_movie(), watched_at=JUNE)

    def ids(query: str) -> list[int]:
        return [entry["id"] for entry in viewer_client.get(f"{HISTORY}?{query}").json()["results"]]

    assert ids("finished=true") == [whole.pk]
    assert ids("finished=false") == [begun.pk]
    assert ids(f"movie_id={movie.pk}") == [begun.pk]
    assert ids("since=2026-06-01") == [whole.pk]
    assert ids("ordering=progress") == [begun.pk, whole.pk]
    refused(viewer_client.get(f"{HISTORY}?colour=red"), 400, "unknown_parameter")


@pytest.mark.parametrize(
    "hidden", [{"adult": True}, {"tombstoned_at": datetime(2026, 1, 1, tzinfo=UTC)}], ids=str
)
def test_a_film_that_the_catalogue_hides_can_be_in_ones_history(
    viewer_client: APIClient, hidden: dict[str, Any]
) -> None:
    movie = make_movie(**hidden)

    response = watch(viewer_client, movie)

    assert response.status_code == 201
    (entry,) = viewer_client.get(HISTORY).json()["results"]
    assert entry["movie"] == response.json()["movie"]


def test_each_write_is_announced_after_its_commit_and_no_refused_one(
    viewer: User,
    viewer_client: APIClient,
    movie: Movie,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with (
        listening(watch_saved, watch_deleted) as announced,
        django_capture_on_commit_callbacks(execute=True),
    ):
        url = f"{HISTORY}{watch(viewer_client, movie, watched_at=MAY).json()['id']}/"
        watch(viewer_client, movie, watched_at=MAY)
        viewer_client.patch(url, {"progress": 3})
        viewer_client.delete(url)
        viewer_client.delete(url)
        viewer_client.patch(url, {"progress": 3})
        watch(viewer_client, movie, progress=101)
        assert announced == []

    ids = {"user_id": viewer.pk, "movie_id": movie.pk}
    assert announced == [
        (watch_saved, ids | {"revision": 1}),
        (watch_saved, ids | {"revision": 2}),
        (watch_saved, ids | {"revision": 3}),
        (watch_deleted, ids | {"revision": 4}),
    ]
