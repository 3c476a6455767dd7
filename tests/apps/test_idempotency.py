"""Requests that clients name with a key: repeated, they are answered as before and not written."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings
from rest_framework.test import APIClient

from apps.favorites.models import IdempotencyKey, Rating, Taste, WatchEntry
from apps.favorites.signals import events_saved
from apps.movies.models import Movie
from apps.users.models import User
from services.accounts.purging import purge
from tests.apps.api import client_of, everything_written, listening, refused
from tests.apps.bulk import BULK, rating, send
from tests.factories import make_movie, make_user

pytestmark = pytest.mark.django_db

HISTORY = "/api/v1/watch-history/"
KEY = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
NAMED = {KEY: "import 1/2 ~"}


def body_of(*events: Any, **fields: Any) -> dict[str, Any]:
    return {"events": list(events), **fields}


def same(one: Any, other: Any) -> bool:
    ours = ("Content-Type", "Content-Length", "Allow", "Vary")
    return bool(
        one.status_code == other.status_code
        and one.content == other.content
        and all(one[name] == other[name] for name in ours)
    )


def test_a_repeated_request_is_answered_byte_for_byte_and_writes_nothing(
    viewer_client: APIClient, movie: Movie
) -> None:
    body = body_of(rating(movie, 9), rating(movie, 11), on_error="skip")
    first = send(viewer_client, body, **NAMED)
    before = everything_written()

    again = send(viewer_client, body, **NAMED)

    assert first.status_code == 200
    assert (first.get(REPLAYED), again[REPLAYED]) == (None, "true")
    assert same(first, again)
    assert [result["outcome"] for result in again.json()["results"]] == ["created", "refused"]
    assert everything_written() == before


def test_an_answer_with_a_key_is_that_without_one(movie: Movie) -> None:
    body = body_of(rating(movie, 9))

    without = send(client_of(make_user()), body)
    named = send(client_of(make_user()), body, **NAMED)

    assert named.json()["counts"] == without.json()["counts"]
    assert list(named.json()) == list(without.json())
    assert all(named[name] == without[name] for name in ("Content-Type", "Allow", "Vary"))


def test_what_was_created_is_answered_as_created(viewer_client: APIClient, movie: Movie) -> None:
    viewing = {"movie_id": movie.pk}
    first = viewer_client.post(HISTORY, viewing, headers=NAMED)

    again = viewer_client.post(HISTORY, viewing, headers=NAMED)
    other = viewer_client.post(HISTORY, viewing, headers={KEY: "another"})

    assert (first.status_code, other.status_code) == (201, 201)
    assert same(first, again)
    assert WatchEntry.objects.count() == 2


def test_the_answer_stays_after_its_rows_went(viewer_client: APIClient, movie: Movie) -> None:
    body = body_of(rating(movie, 9))
    first = send(viewer_client, body, **NAMED)
    viewer_client.delete(f"/api/v1/ratings/{Rating.objects.get().pk}/")

    again = send(viewer_client, body, **NAMED)

    assert same(first, again)
    assert not Rating.objects.exists()
    assert Taste.objects.get().revision == 2


def test_a_key_of_another_request_is_refused(viewer_client: APIClient, movie: Movie) -> None:
    body = body_of(rating(movie, 9))
    send(viewer_client, body, **NAMED)
    before = everything_written()

    others = [
        send(viewer_client, body_of(rating(movie, 8)), **NAMED),
        send(viewer_client, body | {"on_error": "skip"}, **NAMED),
        viewer_client.post(HISTORY, {"movie_id": movie.pk}, headers=NAMED),
        viewer_client.generic(
            "POST",
            HISTORY,
            json.dumps(body),
            content_type="application/json",
            headers=NAMED,
        ),
        # Also one that would be refused by itself.
        send(viewer_client, body_of(), **NAMED),
    ]

    for response in others:
        refused(response, 409, "idempotency_key_reused")
        assert REPLAYED not in response
    assert everything_written() == before


def test_a_key_is_its_viewers_own(viewer_client: APIClient, movie: Movie) -> None:
    body = body_of(rating(movie, 9))
    send(viewer_client, body, **NAMED)

    response = send(client_of(make_user()), body, **NAMED)

    assert response.json()["counts"]["created"] == 1
    assert REPLAYED not in response
    assert IdempotencyKey.objects.count() == Rating.objects.count() == 2


def test_a_refused_request_does_not_use_its_key_up(viewer_client: APIClient, movie: Movie) -> None:
    before = everything_written()

    refused(send(viewer_client, body_of(rating(movie, 11)), **NAMED), 400, "bulk_refused")
    refused(send(viewer_client, {"events": {}}, **NAMED), 400, "invalid")
    unknown = viewer_client.post(HISTORY, {"movie_id": 0}, headers=NAMED)
    refused(unknown, 404, "movie_not_found")
    broken = viewer_client.generic(
        "POST", BULK, "{", content_type="application/json", headers=NAMED
    )
    refused(broken, 400, "parse_error")
    assert everything_written() == before

    mended = send(viewer_client, body_of(rating(movie, 10)), **NAMED)

    assert mended.json()["counts"]["created"] == 1


def test_a_request_that_changed_nothing_keeps_its_answer(
    viewer_client: APIClient, movie: Movie
) -> None:
    send(viewer_client, body_of(rating(movie, 9)))
    body = body_of(rating(movie, 9))
    unchanged = send(viewer_client, body, **NAMED)
    send(viewer_client, body_of(rating(movie, 2)))

    again = send(viewer_client, body, **NAMED)

    assert unchanged.json()["counts"]["unchanged"] == 1
    assert same(unchanged, again)
    assert Rating.objects.get().score == 2


def test_a_private_sessions_answer_is_kept_too(movie: Movie) -> None:
    viewer = make_user(is_private=True)
    client = client_of(viewer)
    first = client.post(HISTORY, {"movie_id": movie.pk}, headers=NAMED)
    User.objects.filter(pk=viewer.pk).update(is_private=False)

    again = client.post(HISTORY, {"movie_id": movie.pk}, headers=NAMED)

    assert first.json() == {"is_recorded": False, "taste_revision": 0}
    assert IdempotencyKey.objects.get().answer == '{"is_recorded":false,"taste_revision":0}'
    assert same(first, again)
    assert not WatchEntry.objects.exists()


@pytest.mark.parametrize("key", ["", "x" * 201, "ä", "a\tb", "\x7f", "日"])
def test_a_key_that_is_no_printable_ascii_is_refused(
    viewer_client: APIClient, movie: Movie, key: str
) -> None:
    before = everything_written()

    for url, body in ((BULK, body_of(rating(movie, 9))), (HISTORY, {"movie_id": movie.pk})):
        error = refused(viewer_client.post(url, body, headers={KEY: key}), 400, "invalid")
        assert list(error["details"]) == [KEY]
    assert everything_written() == before


@pytest.mark.parametrize("key", ["x", "x" * 200, "a b", '~!"#%;,=\\'])
def test_every_other_key_is_taken(viewer_client: APIClient, movie: Movie, key: str) -> None:
    response = send(viewer_client, body_of(rating(movie, 9)), **{KEY: key})

    assert response.status_code == 200
    assert IdempotencyKey.objects.get().key == key


def test_a_key_is_kept_for_a_day(viewer_client: APIClient, movie: Movie) -> None:
    body = body_of(rating(movie, 9))
    first = send(viewer_client, body, **NAMED)
    created_at = IdempotencyKey.objects.get().created_at

    purge(at=created_at + timedelta(hours=24) - timedelta(seconds=1))
    within = send(viewer_client, body, **NAMED)
    purge(at=created_at + timedelta(hours=24))
    after = send(viewer_client, body, **NAMED)

    assert same(first, within)
    assert REPLAYED not in after
    assert after.json()["counts"]["unchanged"] == 1


def test_an_answer_is_stored_as_it_was_sent(viewer_client: APIClient, movie: Movie) -> None:
    began = timezone.now()

    response = send(viewer_client, body_of(rating(movie, 9)), **NAMED)

    row = IdempotencyKey.objects.get()
    assert (row.status, row.answer.encode()) == (200, response.content)
    assert began <= row.created_at <= timezone.now()


def test_a_replay_is_not_announced(
    viewer: User,
    viewer_client: APIClient,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    body = body_of(rating(make_movie(), 9))
    with (
        listening(events_saved) as announced,
        django_capture_on_commit_callbacks(execute=True),
    ):
        send(viewer_client, body, **NAMED)
        send(viewer_client, body, **NAMED)

    assert announced == [(events_saved, {"user_id": viewer.pk, "revision": 1})]


def test_a_page_of_another_origin_sends_keys_and_reads_replays(
    viewer_client: APIClient, movie: Movie, settings: Settings
) -> None:
    origin = "https://app.nexus.example"
    settings.CORS_ALLOWED_ORIGINS = [origin]

    preflight = viewer_client.options(
        BULK,
        HTTP_ORIGIN=origin,
        HTTP_ACCESS_CONTROL_REQUEST_METHOD="POST",
        HTTP_ACCESS_CONTROL_REQUEST_HEADERS="authorization,content-type,idempotency-key",
    )
    answer = send(viewer_client, body_of(rating(movie, 9)), **NAMED, Origin=origin)

    assert "idempotency-key" in preflight["Access-Control-Allow-Headers"].split(", ")
    assert REPLAYED in answer["Access-Control-Expose-Headers"].split(", ")
