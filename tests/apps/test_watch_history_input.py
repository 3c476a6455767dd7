"""What a viewing may not be: it answers in the one shape and changes nothing."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.test import APIClient

from apps.favorites.models import WatchEntry
from apps.favorites.serializers.moments import MomentField
from apps.movies.models import Movie
from apps.users.models import User
from tests.apps.api import everything_written, refused
from tests.factories import make_watch_entry

pytestmark = pytest.mark.django_db

HISTORY = "/api/v1/watch-history/"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def entry(viewer: User, movie: Movie) -> WatchEntry:
    return make_watch_entry(user=viewer, movie=movie, progress=50)


def send(client: APIClient, method: str, url: str, body: Any) -> Any:
    """As ASCII: the client's own renderer cannot write half a surrogate pair."""
    return client.generic(method, url, json.dumps(body), content_type="application/json")


def refused_everywhere(client: APIClient, entry: WatchEntry, name: str, value: Any) -> None:
    before = everything_written()

    posted = send(client, "POST", HISTORY, {"movie_id": entry.movie_id, name: value})
    patched = send(client, "PATCH", f"{HISTORY}{entry.pk}/", {name: value})

    for response in (posted, patched):
        assert list(refused(response, 400, "invalid")["details"]) == [name]
    assert everything_written() == before


@pytest.mark.parametrize(
    "value", [-1, 101, 2**31, 10**400, 50.0, 50.5, True, "50", "", None, [50], {"per": 50}]
)
def test_a_progress_is_a_whole_number_of_per_cent(
    viewer_client: APIClient, entry: WatchEntry, value: Any
) -> None:
    refused_everywhere(viewer_client, entry, "progress", value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "yesterday",
        "2026-05-01",
        "20:15:00Z",
        "2026-05-01T20:15:00",
        "2026-05-01 20:15:00",
        "20260501T201500Z",
        "2026-W18-5T20:15:00Z",
        "٢٠٢٦-05-01T20:15:00Z",
        "2026-02-30T20:15:00Z",
        "2026-05-01T25:15:00Z",
        "2026-05-01T20:15:00+99:00",
        "1894-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2200-01-01T00:00:00Z",
        "2026-05-01T20:15:00Z\x00",
        "\x00",
        "\ud800",
        "9" * 10_000,
        1_777_666_555,
        0,
        1.5,
        True,
        ["2026-05-01T20:15:00Z"],
        {"at": "2026-05-01T20:15:00Z"},
    ],
)
def test_a_moment_has_a_date_a_time_and_an_offset_and_is_past(
    viewer_client: APIClient, entry: WatchEntry, value: Any
) -> None:
    refused_everywhere(viewer_client, entry, "watched_at", value)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1895-01-01T00:00:00Z", datetime(1895, 1, 1, tzinfo=UTC)),
        ("2026-11-22T12:05:00Z", NOON + timedelta(minutes=5)),
        ("2026-11-22T17:45:00+05:45", NOON),
        ("2026-11-22T12:00:00.000000999Z", NOON),
        ("2026-11-22 06:00-0600", NOON),
    ],
)
def test_a_moment_is_told_in_utc(text: str, moment: datetime) -> None:
    assert MomentField(clock=lambda: NOON).run_validation(text) == moment


@pytest.mark.parametrize(
    "text",
    ["2026-05-01T24:00:01Z", "2026-05-01T20:15:00+24:00", "2026-02-30T20:15:00Z", "yesterday"],
)
def test_a_moment_that_cannot_be_is_told_what_one_is(text: str) -> None:
    with pytest.raises(ValidationError) as raised:
        MomentField(clock=lambda: NOON).run_validation(text)

    message = "A date, a time and the offset from UTC: 2026-11-22T15:30:00Z."
    assert raised.value.detail == [message]


def test_a_clock_that_is_further_ahead_than_five_minutes_is_refused() -> None:
    with pytest.raises(ValidationError) as raised:
        MomentField(clock=lambda: NOON).run_validation("2026-11-22T12:05:00.000001Z")

    assert raised.value.get_codes() == ["too_late"]


def test_the_clock_is_that_of_the_request(viewer_client: APIClient, movie: Movie) -> None:
    now = timezone.now()

    soon, late = (
        viewer_client.post(HISTORY, {"movie_id": movie.pk, "watched_at": (now + ahead).isoformat()})
        for ahead in (timedelta(minutes=4), timedelta(minutes=10))
    )

    assert soon.status_code == 201
    error = refused(late, 400, "invalid")
    assert error["details"]["watched_at"][0]["message"] == "This moment is still to come."


@pytest.mark.parametrize("name", ["movie_id", "tmdb_id"])
@pytest.mark.parametrize("unknown", [0, -1, 2**31, 2**63, 10**400])
def test_an_unknown_film_is_not_found(viewer_client: APIClient, name: str, unknown: int) -> None:
    before = everything_written()

    refused(viewer_client.post(HISTORY, {name: unknown}), 404, "movie_not_found")
    assert everything_written() == before


@pytest.mark.parametrize("unknown", [0, 2**31, 2**63, 10**400])
def test_an_unknown_viewing_is_not_found(viewer_client: APIClient, unknown: int) -> None:
    url = f"{HISTORY}{unknown}/"
    before = everything_written()

    for response in (
        viewer_client.get(url),
        viewer_client.patch(url, {"progress": 7}),
        viewer_client.delete(url),
    ):
        refused(response, 404, "not_found")
    assert everything_written() == before


def test_a_film_is_named_by_exactly_one_id(viewer_client: APIClient, movie: Movie) -> None:
    before = everything_written()

    for body in ({}, {"movie_id": movie.pk, "tmdb_id": movie.tmdb_id}):
        error = refused(viewer_client.post(HISTORY, body), 400, "invalid")
        assert list(error["details"]) == ["non_field_errors"]
    assert everything_written() == before


@pytest.mark.parametrize("extra", ["user", "id", "is_recorded", "created_at", "Progress"])
def test_an_unknown_field_is_refused(
    viewer_client: APIClient, entry: WatchEntry, extra: str
) -> None:
    before = everything_written()

    posted = viewer_client.post(HISTORY, {"movie_id": entry.movie_id, extra: 1})
    patched = viewer_client.patch(f"{HISTORY}{entry.pk}/", {extra: 1})
    moved = viewer_client.patch(f"{HISTORY}{entry.pk}/", {"movie_id": entry.movie_id})

    for response in (posted, patched, moved):
        refused(response, 400, "unknown_field")
    assert everything_written() == before


@pytest.mark.parametrize("body", [b"[]", b"null", b"7", b"{"])
def test_a_body_that_is_no_object_is_refused(
    viewer_client: APIClient, entry: WatchEntry, body: bytes
) -> None:
    before = everything_written()

    for method, url in (("POST", HISTORY), ("PATCH", f"{HISTORY}{entry.pk}/")):
        response = viewer_client.generic(method, url, body, content_type="application/json")
        refused(response, 400, "parse_error" if body == b"{" else "invalid")
    assert everything_written() == before


def test_a_change_of_nothing_is_refused(entry: WatchEntry, viewer_client: APIClient) -> None:
    before = everything_written()

    error = refused(viewer_client.patch(f"{HISTORY}{entry.pk}/", {}), 400, "invalid")
    assert error["details"] == {
        "non_field_errors": [
            {"code": "invalid", "message": "Send at least one of progress, watched_at."}
        ]
    }
    assert everything_written() == before
