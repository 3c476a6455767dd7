from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks
from rest_framework.test import APIClient

from apps.favorites.models import NotInterested, Taste
from apps.favorites.signals import not_interested_added, not_interested_removed
from apps.movies import images
from apps.movies.models import Movie
from apps.users.models import User
from tests.apps.api import client_of, everything_written, listening, refused
from tests.apps.films import make_person
from tests.apps.query_counts import captured_queries
from tests.factories import make_genre, make_movie, make_not_interested, make_user

pytestmark = pytest.mark.django_db

NOT_INTERESTED = "/api/v1/not-interested/"
# What each kind is named by, and a row of it.
SUBJECTS: dict[str, tuple[str, Callable[[], Any]]] = {
    "movie": ("movie_id", make_movie),
    "person": ("person_id", make_person),
    "genre": ("genre_id", lambda: make_genre("Film Noir")),
}


def test_a_film_is_not_wanted(viewer: User, viewer_client: APIClient, movie: Movie) -> None:
    response = viewer_client.post(NOT_INTERESTED, {"tmdb_id": movie.tmdb_id})

    row = NotInterested.objects.get()
    assert (row.user, row.movie, row.person, row.genre) == (viewer, movie, None, None)
    assert response.status_code == 201
    body = response.json()
    assert body.keys() == {
        "id",
        "kind",
        "movie",
        "person",
        "genre",
        "created_at",
        "taste_revision",
    }
    assert (body["id"], body["kind"], body["taste_revision"]) == (row.pk, "movie", 1)
    assert (body["person"], body["genre"]) == (None, None)
    assert body["movie"]["me"]["hidden"] is True
    assert [body["movie"]] == viewer_client.get("/api/v1/movies/").json()["results"]


def test_the_films_of_a_person_are_not_wanted(viewer_client: APIClient) -> None:
    person = make_person(name="Ridley Scott")

    response = viewer_client.post(NOT_INTERESTED, {"person_id": person.pk})

    body = response.json()
    assert response.status_code == 201
    assert (body["kind"], body["movie"], body["genre"]) == ("person", None, None)
    assert body["person"] == {"id": person.pk, "name": "Ridley Scott"}
    assert NotInterested.objects.get().person == person


def test_the_films_of_a_genre_are_not_wanted(viewer_client: APIClient) -> None:
    genre = make_genre("Film Noir")

    response = viewer_client.post(NOT_INTERESTED, {"genre_id": genre.pk})

    body = response.json()
    assert response.status_code == 201
    assert (body["kind"], body["movie"], body["person"]) == ("genre", None, None)
    assert body["genre"] == {"id": genre.pk, "name": "Film Noir", "slug": "film-noir"}
    assert NotInterested.objects.get().genre == genre


@pytest.mark.parametrize("kind", SUBJECTS)
def test_what_is_not_wanted_already_stays_one_row(viewer_client: APIClient, kind: str) -> None:
    name, make_subject = SUBJECTS[kind]
    subject = make_subject()
    first = viewer_client.post(NOT_INTERESTED, {name: subject.pk}).json()

    response = viewer_client.post(NOT_INTERESTED, {name: subject.pk})

    assert (response.status_code, response.json()) == (200, first | {"taste_revision": 2})
    assert NotInterested.objects.count() == 1
    assert Taste.objects.get().revision == 2


@pytest.mark.parametrize("kind", SUBJECTS)
def test_two_viewers_may_not_want_the_same(viewer_client: APIClient, kind: str) -> None:
    name, make_subject = SUBJECTS[kind]
    body = {name: make_subject().pk}

    statuses = [
        client.post(NOT_INTERESTED, body).status_code
        for client in (viewer_client, client_of(make_user()))
    ]

    assert statuses == [201, 201]
    assert NotInterested.objects.count() == 2


def test_it_is_taken_back_once(viewer_client: APIClient, movie: Movie) -> None:
    row_id = viewer_client.post(NOT_INTERESTED, {"movie_id": movie.pk}).json()["id"]
    url = f"{NOT_INTERESTED}{row_id}/"

    response = viewer_client.delete(url)
    again = viewer_client.delete(url)

    assert (response.status_code, response.json()) == (200, {"taste_revision": 2})
    refused(again, 404, "not_found")
    assert not NotInterested.objects.exists()
    assert Taste.objects.get().revision == 2


def test_they_are_listed_newest_first_and_by_their_kind(
    viewer: User, viewer_client: APIClient
) -> None:
    rows = {
        kind: make_not_interested(user=viewer, **{kind: make_subject()}).pk
        for kind, (_, make_subject) in SUBJECTS.items()
    }

    def listed(query: str = "") -> list[tuple[str, int]]:
        results = viewer_client.get(f"{NOT_INTERESTED}{query}").json()["results"]
        return [(row["kind"], row["id"]) for row in results]

    assert listed() == [(kind, rows[kind]) for kind in ("genre", "person", "movie")]
    for kind, pk in rows.items():
        assert listed(f"?kind={kind}") == [(kind, pk)]
    (row,) = viewer_client.get(f"{NOT_INTERESTED}?kind=movie").json()["results"]
    assert row.keys() == {"id", "kind", "movie", "person", "genre", "created_at"}
    assert row["movie"]["me"]["hidden"] is True


def test_rows_are_found_by_their_days_and_sorted_either_way(
    viewer: User, viewer_client: APIClient
) -> None:
    night = datetime(2026, 3, 1, 23, 59, 59, 999_999, tzinfo=UTC)
    moments = (night, night + timedelta(microseconds=1), night + timedelta(days=1))
    first, second, third, _ = (
        make_not_interested(user=owner, movie=make_movie())
        for owner in (viewer, viewer, viewer, make_user())
    )
    for row, moment in zip((first, second, third), moments, strict=True):
        NotInterested.objects.filter(pk=row.pk).update(created_at=moment)

    def listed(query: str) -> list[int]:
        results = viewer_client.get(f"{NOT_INTERESTED}?{query}").json()["results"]
        return [row["id"] for row in results]

    assert listed("ordering=created_at") == [first.pk, second.pk, third.pk]
    assert listed("ordering=-created_at") == listed("") == [third.pk, second.pk, first.pk]
    assert listed("since=2026-03-02") == [third.pk, second.pk]
    assert listed("until=2026-03-01") == [first.pk]
    assert listed("since=2026-03-01&until=2026-03-01&kind=movie") == [first.pk]
    assert listed("since=2026-03-01&kind=genre") == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("kind=film", "invalid"),
        ("kind=", "invalid"),
        ("kind=movie%00", "invalid"),
        ("since=20260301", "invalid"),
        ("until=", "invalid"),
        ("since=2026-03-02&until=2026-03-01", "invalid"),
        ("ordering=title", "unknown_parameter"),
        ("genre=drama", "unknown_parameter"),
        ("page=0", "invalid"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(
    viewer_client: APIClient, query: str, code: str
) -> None:
    refused(viewer_client.get(f"{NOT_INTERESTED}?{query}"), 400, code)


def test_a_longer_list_costs_no_more_queries(viewer: User, viewer_client: APIClient) -> None:
    # A process reads them once in minutes.
    images.known.get()
    counts: list[int] = []
    for _ in range(2):
        make_not_interested(user=viewer, movie=make_movie(genres=("Drama",)))
        make_not_interested(user=viewer, person=make_person())
        make_not_interested(user=viewer, genre=make_genre(f"Genre {len(counts)}"))
        with captured_queries() as statements:
            viewer_client.get(NOT_INTERESTED)
        counts.append(len(statements))

    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", ["movie_id", "tmdb_id", "person_id", "genre_id"])
@pytest.mark.parametrize("value", ["x", "7", 7.5, 7.0, True, None, [7], {"id": 7}, "", "\x00"])
def test_an_id_that_is_no_integer_is_refused(
    viewer_client: APIClient, name: str, value: Any
) -> None:
    before = everything_written()

    error = refused(viewer_client.post(NOT_INTERESTED, {name: value}), 400, "invalid")
    assert list(error["details"]) == [name]
    assert everything_written() == before


@pytest.mark.parametrize("unknown", [0, -1, 2**31, 2**63, 10**400])
@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("movie_id", "movie_not_found", "There is no such film."),
        ("tmdb_id", "movie_not_found", "There is no such film."),
        ("person_id", "person_not_found", "There is no such person."),
        ("genre_id", "not_found", "There is no such genre."),
    ],
)
def test_what_does_not_exist_is_not_found(
    viewer_client: APIClient, name: str, code: str, message: str, unknown: int
) -> None:
    before = everything_written()

    error = refused(viewer_client.post(NOT_INTERESTED, {name: unknown}), 404, code)
    assert error["message"] == message
    assert everything_written() == before


@pytest.mark.parametrize("unknown", [0, 2**31, 2**63, 10**400])
def test_an_unknown_row_is_not_found(viewer_client: APIClient, unknown: int) -> None:
    before = everything_written()

    refused(viewer_client.delete(f"{NOT_INTERESTED}{unknown}/"), 404, "not_found")
    assert everything_written() == before


def test_it_is_about_exactly_one(viewer_client: APIClient, movie: Movie) -> None:
    person = make_person()
    before = everything_written()

    for body in (
        {},
        {"movie_id": movie.pk, "tmdb_id": movie.tmdb_id},
        {"movie_id": movie.pk, "person_id": person.pk},
        {"movie_id": movie.pk, "person_id": person.pk, "genre_id": movie.genres.all()[0].pk},
    ):
        error = refused(viewer_client.post(NOT_INTERESTED, body), 400, "invalid")
        assert list(error["details"]) == ["non_field_errors"]
    refused(viewer_client.post(NOT_INTERESTED, {"movie_id": 1, "kind": 1}), 400, "unknown_field")
    assert everything_written() == before


def test_each_write_is_announced_after_its_commit_and_no_refused_one(
    viewer: User,
    viewer_client: APIClient,
    movie: Movie,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with (
        listening(not_interested_added, not_interested_removed) as announced,
        django_capture_on_commit_callbacks(execute=True),
    ):
        row_id = viewer_client.post(NOT_INTERESTED, {"movie_id": movie.pk}).json()["id"]
        viewer_client.post(NOT_INTERESTED, {"genre_id": 0})
        viewer_client.delete(f"{NOT_INTERESTED}{row_id}/")
        viewer_client.delete(f"{NOT_INTERESTED}{row_id}/")
        assert announced == []

    assert announced == [
        (not_interested_added, {"user_id": viewer.pk, "revision": 1}),
        (not_interested_removed, {"user_id": viewer.pk, "revision": 2}),
    ]
