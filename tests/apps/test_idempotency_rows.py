"""What is stored of requests that clients name, how much of it, and when it is locked."""

import json
from hashlib import sha256

import pytest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from pytest_django import Settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient, APIRequestFactory

from apps.favorites.actions import idempotency
from apps.favorites.models import IdempotencyKey
from apps.favorites.views.idempotency import answered_once
from apps.movies.models import Movie
from apps.users.models import User
from tests.apps.api import client_of
from tests.apps.bulk import BULK, rating, send
from tests.apps.query_counts import captured_queries
from tests.factories import make_user

pytestmark = pytest.mark.django_db

HISTORY = "/api/v1/watch-history/"
KEY = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
NAMED = {KEY: "import 1/2 ~"}
CLAIM = "INSERT INTO favorites_idempotencykey"


def test_a_digest_cannot_be_made_without_the_secret(
    viewer_client: APIClient, movie: Movie, settings: Settings
) -> None:
    body = {"events": [rating(movie, 9)]}
    asked = f"POST {BULK}\n{json.dumps(body)}".encode()

    send(viewer_client, body, **NAMED)

    digest = IdempotencyKey.objects.get().request_digest
    assert len(digest) == 64
    assert digest != sha256(asked).hexdigest()
    salt, secret = "favorites.idempotency", settings.SECRET_KEY
    assert digest == salted_hmac(salt, asked, secret, algorithm="sha256").hexdigest()


def test_of_each_viewer_the_newest_keys_are_kept(
    viewer_client: APIClient, movie: Movie, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "MOST_KEYS", 2)
    body, other = {"events": [rating(movie, 9)]}, client_of(make_user())
    send(other, body, **NAMED)
    for key in ("1", "2", "3"):
        send(viewer_client, body, **{KEY: key})

    replayed = [send(viewer_client, body, **{KEY: key}).get(REPLAYED) for key in ("3", "2", "1")]

    assert replayed == ["true", "true", None]
    assert send(other, body, **NAMED)[REPLAYED] == "true"
    assert sorted(IdempotencyKey.objects.values_list("key", flat=True)) == ["1", "3", NAMED[KEY]]


def test_a_replay_forgets_nothing(
    viewer_client: APIClient, movie: Movie, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"events": [rating(movie, 9)]}
    for key in ("1", "2"):
        send(viewer_client, body, **{KEY: key})
    monkeypatch.setattr(idempotency, "MOST_KEYS", 1)

    assert send(viewer_client, body, **{KEY: "1"})[REPLAYED] == "true"
    assert IdempotencyKey.objects.count() == 2


def test_a_request_is_checked_before_its_key_is_claimed(
    viewer_client: APIClient, movie: Movie
) -> None:
    refusals = (
        (BULK, {"events": {}}),
        (HISTORY, {"movie_id": movie.pk, "progress": 101}),
        (HISTORY, {"movie_id": 0}),
    )
    for url, body in refusals:
        with captured_queries() as statements:
            viewer_client.post(url, body, headers=NAMED)
        assert not any(CLAIM in statement for statement in statements), body

    with captured_queries() as statements:
        assert viewer_client.post(HISTORY, {"movie_id": movie.pk}, headers=NAMED).status_code == 201

    assert positions(statements, "FROM movies_movie")[-1] < positions(statements, CLAIM)[0]
    assert positions(statements, CLAIM)[0] < positions(statements, "favorites_taste")[0]


def positions(statements: list[str], part: str) -> list[int]:
    return [index for index, statement in enumerate(statements) if part in statement]


@pytest.mark.parametrize("headers", [{}, NAMED])
def test_a_fault_of_the_answer_is_no_missing_row(viewer: User, headers: dict[str, str]) -> None:
    request = Request(APIRequestFactory().post(BULK, {}, headers=headers))
    request.user = viewer

    def write() -> Response:
        raise Movie.DoesNotExist

    with pytest.raises(Movie.DoesNotExist):
        answered_once(request, at=timezone.now(), prepare=lambda: write)
    with pytest.raises(Movie.DoesNotExist):
        answered_once(request, at=timezone.now(), prepare=write)  # type: ignore[arg-type]  # never returns
    assert not IdempotencyKey.objects.exists()
