"""Which answers are compressed, for whom, and that they say the same."""

import gzip
import json
from typing import Any

import pytest
from django.conf import LazySettings
from rest_framework.test import APIClient

from apps.core.compression import SHORTEST_BYTES, accepts_gzip
from apps.users.models import User
from tests.apps.api import client_of
from tests.factories import PASSWORD, make_movie

pytestmark = pytest.mark.django_db

MOVIES = "/api/v1/movies/"


@pytest.fixture(autouse=True)
def _films() -> None:
    for number in range(5):
        make_movie(overview=f"A film of which much is told, the {number}th. " * 10)


def get(client: APIClient, path: str = MOVIES, accepted: str | None = "gzip", **params: Any) -> Any:
    headers = {} if accepted is None else {"Accept-Encoding": accepted}
    return client.get(path, params, headers=headers)


def varies(response: Any) -> set[str]:
    return {name.strip().lower() for name in response["Vary"].split(",")}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("gzip", True),
        ("GZip", True),
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, gzip;q=0.8", True),
        ("*", True),
        ("identity;q=0, gzip;q=0.1", True),
        ("identity, gzip", True),
        ("", False),
        ("br", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q = 0.000", False),
        ("*;q=0", False),
        ("gzip;q=0, *", False),
        ("gzip;q=0.5, identity", False),
        ("gzip;q=hello", False),
        ("gzipped", False),
    ],
)
def test_what_a_client_accepts(header: str, *, expected: bool) -> None:
    assert accepts_gzip(header) is expected


def test_a_long_answer_is_compressed_and_says_the_same(client: APIClient) -> None:
    plain, packed = get(client, accepted=None), get(client)

    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert int(packed["Content-Length"]) == len(packed.content) < len(plain.content) / 2
    assert json.loads(gzip.decompress(packed.content)) == plain.json()
    assert packed["ETag"] == plain["ETag"]
    assert "accept-encoding" in varies(plain) & varies(packed)


def test_head_tells_the_length_of_the_compressed_answer(client: APIClient) -> None:
    head = client.head(MOVIES, headers={"Accept-Encoding": "gzip"})

    assert head.content == b""
    assert head["Content-Encoding"] == "gzip"
    assert head["Content-Length"] == get(client)["Content-Length"]


def test_a_short_answer_is_sent_as_it_is(client: APIClient) -> None:
    response = get(client, "/api/v1/movies/genres/")

    assert len(response.content) < SHORTEST_BYTES
    assert "Content-Encoding" not in response
    assert "accept-encoding" in varies(response)


def test_what_carries_secrets_or_personal_data_is_never_compressed(viewer: User) -> None:
    # Long enough, were it not for what it is.
    User.objects.filter(pk=viewer.pk).update(display_name="n" * 60)
    client = client_of(viewer)
    for _ in range(20):
        client_of(viewer)

    sessions = get(client, "/api/v1/auth/sessions/")
    body = {"email": viewer.email, "password": PASSWORD}
    login = client.post("/api/v1/auth/login/", body, headers={"Accept-Encoding": "gzip"})

    assert len(sessions.content) > SHORTEST_BYTES
    for response in (sessions, login):
        assert response.status_code == 200
        assert "Content-Encoding" not in response
        assert "ETag" not in response


def test_an_export_is_streamed_as_before(viewer: User) -> None:
    response = get(client_of(viewer), "/api/v1/auth/export/")

    assert response.status_code == 200
    assert "Content-Encoding" not in response
    assert json.loads(response.getvalue())


def test_errors_are_sent_as_they_are(client: APIClient) -> None:
    response = get(client, colour="x" * 2 * SHORTEST_BYTES)

    assert response.status_code == 400
    assert "Content-Encoding" not in response


def test_the_document_keeps_its_tag_and_is_no_longer_a_strong_one(client: APIClient) -> None:
    path = "/api/schema/"
    packed, plain = get(client, path), get(client, path, accepted=None)

    assert packed["Content-Encoding"] == "gzip"
    assert packed["ETag"] == f"W/{plain['ETag']}"
    again = client.get(path, headers={"If-None-Match": packed["ETag"]})
    assert again.status_code == 304


def test_a_proxy_that_compresses_is_left_to_it(client: APIClient, settings: LazySettings) -> None:
    settings.COMPRESS_ANSWERS = False

    response = get(client)

    assert "Content-Encoding" not in response
    assert "accept-encoding" not in varies(response)
