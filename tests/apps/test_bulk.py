"""Many events in one request: what is written, what is left as it was, and what is refused."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.dispatch import Signal
from django.utils import timezone
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
from tests.apps.bulk import errors, ids, outcomes, send, tell, told
from tests.apps.films import make_credit
from tests.apps.query_counts import captured_queries
from tests.factories import make_genre, make_movie, make_rating, make_user

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def rating(movie: Movie, score: Any = 8, **fields: Any) -> dict[str, Any]:
    return {"kind": "rating", "movie_id": movie.pk, "score": score, **fields}


def watch(movie: Movie, **fields: Any) -> dict[str, Any]:
    return {"kind": "watch", "movie_id": movie.pk, **fields}


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


def test_a_rating_without_a_moment_is_of_now(viewer_client: APIClient, movie: Movie) -> None:
    began = timezone.now()

    told(viewer_client, rating(movie, 9))

    rated_at = Rating.objects.get().rated_at
    assert rated_at is not None
    assert began <= rated_at <= timezone.now()


def test_a_rating_without_a_moment_changes_a_score_that_differs(
    viewer: User, viewer_client: APIClient, movie: Movie
) -> None:
    stored = make_rating(user=viewer, movie=movie, score=8, rated_at=NOON)

    same = told(viewer_client, rating(movie, 8))
    kept = Rating.objects.get()
    other = told(viewer_client, rating(movie, 7))

    assert (outcomes(same), outcomes(other)) == (["unchanged"], ["changed"])
    assert (kept.score, kept.rated_at) == (8, NOON)
    changed = Rating.objects.get()
    assert (changed.pk, changed.score, changed.created_at) == (stored.pk, 7, stored.created_at)
    assert changed.updated_at == changed.rated_at > stored.updated_at


@pytest.mark.parametrize(
    ("stored_at", "rated_at", "score", "outcome"),
    [
        (NOON, NOON + HOUR, 3, "changed"),
        (NOON, NOON + HOUR, 8, "changed"),
        (NOON, NOON, 3, "changed"),
        (NOON, NOON, 8, "unchanged"),
        (NOON, NOON - HOUR, 3, "unchanged"),
        (None, NOON - HOUR, 3, "changed"),
        (None, NOON - HOUR, 8, "changed"),
    ],
)
def test_the_newer_of_two_ratings_wins(
    viewer: User,
    viewer_client: APIClient,
    movie: Movie,
    *,
    stored_at: datetime | None,
    rated_at: datetime,
    score: int,
    outcome: str,
) -> None:
    stored = make_rating(user=viewer, movie=movie, score=8, rated_at=stored_at)

    body = told(viewer_client, rating(movie, score, rated_at=rated_at.isoformat()))

    now = Rating.objects.get()
    expected = (score, rated_at) if outcome == "changed" else (8, stored_at)
    assert (outcomes(body), ids(body)) == ([outcome], [stored.pk])
    assert (now.score, now.rated_at) == expected


def test_of_several_events_about_the_same_the_last_counts(
    viewer_client: APIClient, movie: Movie
) -> None:
    moment = "2026-11-22T12:00:00Z"

    body = told(
        viewer_client,
        rating(movie, 1),
        rating(movie, 2),
        {"kind": "rating", "tmdb_id": movie.tmdb_id, "score": 3},
        watch(movie, watched_at=moment, progress=10),
        watch(movie, watched_at="2026-11-22T13:00:00+01:00", progress=20),
        watch(movie, progress=30),
        watch(movie, progress=40),
        {"kind": "favorite", "movie_id": movie.pk},
        {"kind": "favorite", "tmdb_id": movie.tmdb_id},
    )

    unchanged, created = "unchanged", "created"
    assert outcomes(body) == [
        *(unchanged, unchanged, created),
        *(unchanged, created),
        *(unchanged, created),
        *(unchanged, created),
    ]
    score, dated, undated, favorite = (ids(body)[place] for place in (2, 4, 6, 8))
    assert ids(body) == [score] * 3 + [dated] * 2 + [undated] * 2 + [favorite] * 2
    assert Rating.objects.get().score == 3
    assert list(WatchEntry.objects.order_by("pk").values_list("progress", flat=True)) == [20, 40]


@pytest.mark.parametrize(
    ("moments", "scores", "wins"),
    [
        ((NOON, NOON - HOUR), (1, 2), 0),
        ((NOON - HOUR, NOON), (1, 2), 1),
        ((NOON, NOON), (1, 2), 1),
        ((None, NOON), (1, 2), 0),
        ((NOON, None), (1, 2), 1),
        ((None, None), (1, 2), 1),
    ],
)
def test_of_several_ratings_of_a_film_the_same_counts_as_one_after_the_other(
    movie: Movie,
    moments: tuple[datetime | None, ...],
    scores: tuple[int, ...],
    wins: int,
) -> None:
    events = [
        rating(movie, score, **({"rated_at": moment.isoformat()} if moment else {}))
        for score, moment in zip(scores, moments, strict=True)
    ]
    together, apart = make_user(), make_user()

    body = told(client_of(together), *events)
    for event in events:
        told(client_of(apart), event)

    assert outcomes(body) == ["created" if place == wins else "unchanged" for place in (0, 1)]
    assert Rating.objects.get(user=together).score == scores[wins]
    assert Rating.objects.get(user=apart).score == scores[wins]


def test_a_viewing_told_again_takes_the_progress_that_is_told(
    viewer_client: APIClient, movie: Movie
) -> None:
    moment = "2026-11-22T12:00:00Z"
    first = told(viewer_client, watch(movie, watched_at=moment, progress=0))

    again = told(viewer_client, watch(movie, watched_at=moment, progress=90))

    assert (outcomes(again), ids(again)) == (["changed"], ids(first))
    assert WatchEntry.objects.get().progress == 90


def test_a_viewing_without_a_moment_is_recorded_once(
    viewer: User, viewer_client: APIClient, movie: Movie
) -> None:
    entries = [WatchEntry.objects.create(user=viewer, movie=movie, progress=5) for _ in range(2)]

    body = told(viewer_client, watch(movie, progress=100), watch(movie, watched_at=None))

    assert (outcomes(body), ids(body)) == (["unchanged"] * 2, [entries[0].pk] * 2)
    assert list(WatchEntry.objects.values_list("progress", flat=True)) == [5, 5]


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


def bad_events(movie: Movie) -> list[tuple[Any, str, str | None]]:
    """Each with the code and the field that it is refused for."""
    film: dict[str, Any] = {"movie_id": movie.pk}
    viewing, score = {"kind": "watch", **film}, {"kind": "rating", **film, "score": 5}
    return [
        ("rating", "invalid", None),
        (None, "invalid", None),
        (7, "invalid", None),
        ([score], "invalid", None),
        ({}, "required", "kind"),
        (film, "required", "kind"),
        ({"kind": None, **film}, "invalid_choice", "kind"),
        ({"kind": "Rating", **film}, "invalid_choice", "kind"),
        ({"kind": ["rating"], **film}, "invalid_choice", "kind"),
        ({"kind": {"rating": 1}, **film}, "invalid_choice", "kind"),
        ({"kind": "\ud800", **film}, "invalid_choice", "kind"),
        ({"kind": "rating", **film}, "required", "score"),
        ({"kind": "favorite"}, "invalid", None),
        ({"kind": "favorite", **film, "tmdb_id": movie.tmdb_id}, "invalid", None),
        ({"kind": "not_interested", "person_id": 1, "genre_id": 1}, "invalid", None),
        ({"kind": "not_interested"}, "invalid", None),
        ({"kind": "favorite", **film, "score": 5}, "unknown_field", None),
        ({"kind": "watchlist", "person_id": 1}, "unknown_field", None),
        ({**score, "user": 1}, "unknown_field", None),
        ({**score, "watched_at": "2026-11-22T12:00:00Z"}, "unknown_field", None),
        ({**score, "\ud800": 1}, "unknown_field", None),
        *(({**score, "score": value}, "invalid", "score") for value in ("5", 5.0, True, [5], {})),
        ({**score, "score": None}, "null", "score"),
        *(
            ({**score, "score": value}, "rating_out_of_range", "score")
            for value in (0, 11, -1, 10**400)
        ),
        *(
            ({"kind": kind, name: value}, "invalid", name)
            for kind in ("favorite", "watch", "watchlist", "not_interested")
            for name in ("movie_id", "tmdb_id")
            for value in ("1", 1.0, True, [1], {})
        ),
        *(
            ({"kind": "not_interested", name: value}, "invalid", name)
            for name in ("person_id", "genre_id")
            for value in ("1", 1.0, True, [1], {})
        ),
        ({"kind": "favorite", "movie_id": None}, "null", "movie_id"),
        *(
            ({**viewing, "progress": value}, "invalid", "progress")
            for value in ("5", 5.0, True, [5])
        ),
        ({**viewing, "progress": None}, "null", "progress"),
        ({**viewing, "progress": -1}, "min_value", "progress"),
        ({**viewing, "progress": 101}, "max_value", "progress"),
        *(
            ({**viewing, "watched_at": value}, "no_moment", "watched_at")
            for value in (0, 1.5, True, [], {}, "yesterday", "2026-11-22T12:00:00")
        ),
        ({**viewing, "watched_at": "1894-12-31T23:59:59Z"}, "too_early", "watched_at"),
        ({**score, "rated_at": "2999-01-01T00:00:00Z"}, "too_late", "rated_at"),
        *(
            ({"kind": "favorite", name: value}, "movie_not_found", name)
            for name in ("movie_id", "tmdb_id")
            for value in (0, -1, 2**31, 2**63 - 1, 2**63, 10**400)
        ),
        *(
            ({"kind": "not_interested", "person_id": value}, "person_not_found", "person_id")
            for value in (0, 2**31, 2**63, 10**400)
        ),
        *(
            ({"kind": "not_interested", "genre_id": value}, "not_found", "genre_id")
            for value in (0, 2**31, 2**63, 10**400)
        ),
    ]


def test_bad_events_are_left_out_and_told_by_their_places(
    viewer: User, viewer_client: APIClient, movie: Movie
) -> None:
    bad = bad_events(movie)
    good = make_movie()

    body = told(
        viewer_client,
        rating(good, 4),
        *(event for event, _, _ in bad),
        watch(good),
        on_error="skip",
    )

    assert errors(body) == [None, *((code, field) for _, code, field in bad), None]
    assert outcomes(body) == ["created", *["refused"] * len(bad), "created"]
    assert ids(body)[1:-1] == [None] * len(bad)
    assert all(result["error"]["message"] for result in body["results"][1:-1])
    assert body["counts"] == {
        "created": 2,
        "changed": 0,
        "unchanged": 0,
        "refused": len(bad),
    }
    assert Rating.objects.get(user=viewer).score == 4
    assert WatchEntry.objects.get(user=viewer).movie == good


def test_one_bad_event_refuses_the_request(viewer_client: APIClient, movie: Movie) -> None:
    before = everything_written()

    for bad, code, _ in bad_events(movie):
        response = tell(viewer_client, rating(movie), bad, {"kind": "favorite", "movie_id": 0})

        error = refused(response, 400, "bulk_refused")
        assert list(error["details"]) == ["1", "2"]
        assert [list(each) for each in error["details"]["1"]] == [["code", "message"]]
        assert error["details"]["1"][0]["code"] == code
        assert error["details"]["2"] == [
            {"code": "movie_not_found", "message": "There is no such film."}
        ]
    assert everything_written() == before


def test_a_request_of_which_everything_is_left_out_writes_nothing(
    viewer_client: APIClient, movie: Movie
) -> None:
    before = everything_written()

    body = told(viewer_client, rating(movie, 11), {"kind": "x"}, on_error="skip")

    assert outcomes(body) == ["refused"] * 2
    assert body["taste_revision"] == 0
    assert everything_written() == before


@pytest.mark.parametrize(
    ("body", "code", "field", "error"),
    [
        ([], "invalid", "non_field_errors", "invalid"),
        ([{"kind": "favorite"}], "invalid", "non_field_errors", "invalid"),
        ({}, "invalid", "events", "required"),
        ({"events": None}, "invalid", "events", "null"),
        ({"events": {}}, "invalid", "events", "not_a_list"),
        ({"events": {"kind": "favorite"}}, "invalid", "events", "not_a_list"),
        ({"events": "rating"}, "invalid", "events", "not_a_list"),
        ({"events": 7}, "invalid", "events", "not_a_list"),
        ({"events": []}, "invalid", "events", "empty"),
        ({"events": [{}], "on_error": None}, "invalid", "on_error", "null"),
        ({"events": [{}], "on_error": "SKIP"}, "invalid", "on_error", "invalid_choice"),
        ({"events": [{}], "on_error": ""}, "invalid", "on_error", "invalid_choice"),
        ({"events": [{}], "on_error": True}, "invalid", "on_error", "invalid_choice"),
        ({"events": [{}], "on_error": ["skip"]}, "invalid", "on_error", "invalid_choice"),
        ({"events": [{}], "on_error": "\ud800"}, "invalid", "on_error", "invalid_choice"),
        ({"events": [{}], "user": 1}, "unknown_field", "non_field_errors", "unknown_field"),
    ],
)
def test_a_body_that_is_no_list_of_events_is_refused(
    viewer_client: APIClient, body: Any, code: str, field: str, error: str
) -> None:
    before = everything_written()

    details = refused(send(viewer_client, body), 400, code)["details"]

    assert list(details) == [field]
    assert [each["code"] for each in details[field]] == [error]
    assert everything_written() == before


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
