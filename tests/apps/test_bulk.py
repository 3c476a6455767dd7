"""Many events in one request: what is written, what is left as it was, and what is refused."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.dispatch import Signal
from pytest_django import DjangoCaptureOnCommitCallbacks
from rest_framework.test import APIClient

from apps.favorites import signals
from apps.favorites.models import (
    Favorite,
    NotInterested,
    Rating,
    Taste,
    WatchEntry,
    WatchlistEntry,
)
from apps.movies.models import Movie, Person
from apps.users.models import User
from tests.apps.api import client_of, everything_written, listening, refused
from tests.apps.bulk import ids, outcomes, rating, tell, told, watch
from tests.apps.films import make_credit
from tests.apps.query_counts import captured_queries
from tests.factories import make_genre, make_movie, make_rating, make_user

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def person(movie: Movie) -> Person:
    return make_credit(movie).person


def test_events_of_every_kind_are_written_as_one(
    viewer: User, viewer_client: APIClient, movie: Movie, person: Person
) -> None:
    other, genre = make_movie(), make_genre("Western")

    body = told(
        viewer_client,
        rating(movie, 9, rated_at="2026-11-22T13:00:00+01:00"),
        {"kind": "favorite", "tmdb_id": movie.tmdb_id},
        watch(movie, watched_at="2026-11-22T12:00:00Z", progress=40),
        watch(movie),
        {"kind": "watchlist", "movie_id": other.pk},
        {"kind": "not_interested", "tmdb_id": other.tmdb_id},
        {"kind": "not_interested", "person_id": person.pk},
        {"kind": "not_interested", "genre_id": genre.pk},
    )

    assert outcomes(body) == ["created"] * 8
    assert body["counts"] == {"created": 8, "changed": 0, "unchanged": 0, "refused": 0}
    assert body["taste_revision"] == Taste.objects.get(user=viewer).revision == 1
    rated, favorite = Rating.objects.get(user=viewer), Favorite.objects.get(user=viewer)
    assert (rated.movie, rated.score, rated.rated_at) == (movie, 9, NOON)
    assert rated.created_at == rated.updated_at == favorite.created_at
    undated, dated = WatchEntry.objects.for_user(viewer).order_by("-progress")
    assert (dated.movie, dated.watched_at, dated.progress) == (movie, NOON, 40)
    assert (undated.movie, undated.watched_at, undated.progress) == (movie, None, 100)
    watchlisted = WatchlistEntry.objects.get(user=viewer, movie=other)
    film, who, what = NotInterested.objects.for_user(viewer).order_by("movie", "person", "genre")
    assert (film.movie, who.person, what.genre) == (other, person, genre)
    rows = (rated, favorite, dated, undated, watchlisted, film, who, what)
    assert ids(body) == [row.pk for row in rows]


def test_the_same_body_again_changes_nothing(
    viewer_client: APIClient, movie: Movie, person: Person
) -> None:
    events = (
        rating(movie, 9, rated_at="2026-11-22T12:00:00Z"),
        rating(make_movie(), 3),
        {"kind": "favorite", "movie_id": movie.pk},
        watch(movie, watched_at="2026-11-22T12:00:00Z"),
        watch(movie),
        {"kind": "watchlist", "movie_id": movie.pk},
        {"kind": "not_interested", "movie_id": movie.pk},
        {"kind": "not_interested", "person_id": person.pk},
        {"kind": "not_interested", "genre_id": movie.genres.all()[0].pk},
    )
    first = told(viewer_client, *events)
    before = everything_written()

    again = told(viewer_client, *events)

    assert outcomes(again) == ["unchanged"] * 9
    assert ids(again) == ids(first)
    assert again["taste_revision"] == first["taste_revision"] == 1
    assert everything_written() == before


def test_what_changes_nothing_is_no_write_even_as_the_first_request(
    viewer: User, viewer_client: APIClient, movie: Movie
) -> None:
    make_rating(user=viewer, movie=movie, score=8)

    body = told(viewer_client, rating(movie, 8))

    assert (outcomes(body), body["taste_revision"]) == (["unchanged"], 0)
    assert not Taste.objects.exists()


def test_in_a_private_session_no_viewing_is_kept(movie: Movie) -> None:
    client = client_of(make_user(is_private=True))

    alone = told(client, watch(movie), watch(movie, watched_at="2026-11-22T12:00:00Z"))
    among = told(client, watch(movie), rating(movie, 9), {"kind": "favorite", "movie_id": movie.pk})

    assert (outcomes(alone), ids(alone)) == (["unchanged"] * 2, [None] * 2)
    assert alone["taste_revision"] == 0
    assert outcomes(among) == ["unchanged", "created", "created"]
    assert among["taste_revision"] == 1
    assert not WatchEntry.objects.exists()


def test_others_rows_are_theirs(viewer: User, viewer_client: APIClient, movie: Movie) -> None:
    theirs = make_rating(user=make_user(), movie=movie, score=2)

    body = told(viewer_client, rating(movie, 9))

    assert outcomes(body) == ["created"]
    theirs.refresh_from_db()
    assert (theirs.score, Rating.objects.get(user=viewer).score) == (2, 9)


def test_a_thousand_events_are_taken_and_one_more_is_not(
    viewer: User, viewer_client: APIClient
) -> None:
    films = Movie.objects.bulk_create(
        Movie(title=f"Film {number}", tmdb_id=number) for number in range(1, 1_002)
    )
    events = [
        rating(film, 1 + film.pk % 10, rated_at="2026-11-22T12:00:00.123456+00:00")
        for film in films
    ]

    many = told(viewer_client, *events[:1_000])
    refusal = tell(viewer_client, *events)

    assert many["counts"]["created"] == Rating.objects.for_user(viewer).count() == 1_000
    assert list(refused(refusal, 400, "invalid")["details"]) == ["events"]


def test_a_request_is_announced_as_one(
    viewer: User,
    viewer_client: APIClient,
    movie: Movie,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    every = [value for value in vars(signals).values() if isinstance(value, Signal)]
    events = (rating(movie, 9), watch(movie), {"kind": "watchlist", "movie_id": movie.pk})
    with (
        listening(*every) as announced,
        django_capture_on_commit_callbacks(execute=True),
    ):
        told(viewer_client, *events)
        told(viewer_client, *events)
        tell(viewer_client, rating(movie, 11))
        assert announced == []

    assert announced == [(signals.events_saved, {"user_id": viewer.pk, "revision": 1})]


def test_more_events_cost_no_more_queries(
    viewer_client: APIClient, person: Person, count_kinds: Callable[[list[Movie]], list[Any]]
) -> None:
    few, many = [make_movie()], [make_movie() for _ in range(40)]

    with captured_queries() as for_few:
        told(viewer_client, *count_kinds(few))
    with captured_queries() as for_many:
        told(viewer_client, *count_kinds(many))
    with captured_queries() as for_unchanged:
        told(viewer_client, *count_kinds(many))

    assert len(for_few) == len(for_many) == len(for_unchanged) == 13


@pytest.fixture
def count_kinds(person: Person) -> Callable[[list[Movie]], list[Any]]:
    """Events of every kind about each of the films."""
    genre = make_genre("Western")

    def events(films: list[Movie]) -> list[Any]:
        of_films = [
            event
            for film in films
            for event in (
                rating(film),
                watch(film),
                watch(film, watched_at="2026-11-22T12:00:00Z"),
                *({"kind": kind, "movie_id": film.pk} for kind in ("favorite", "watchlist")),
                {"kind": "not_interested", "tmdb_id": film.tmdb_id},
            )
        ]
        return [
            *of_films,
            {"kind": "not_interested", "person_id": person.pk},
            {"kind": "not_interested", "genre_id": genre.pk},
        ]

    return events
