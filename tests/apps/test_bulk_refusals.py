"""Bad events and bad bodies: what is left out, what refuses the request, and that nothing stays."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.favorites.models import Rating, WatchEntry
from apps.movies.models import Movie
from apps.users.models import User
from tests.apps.api import everything_written, refused
from tests.apps.bulk import errors, ids, outcomes, rating, send, tell, told, watch
from tests.factories import make_movie

pytestmark = pytest.mark.django_db


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
        assert [list(each) for each in error["details"]["1"]] == [["code", "message", "field"]]
        assert error["details"]["1"][0]["code"] == code
        assert error["details"]["2"] == [
            {
                "code": "movie_not_found",
                "message": "There is no such film.",
                "field": "movie_id",
            }
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
