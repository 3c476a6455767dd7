"""A web process gives up waiting for the database, says so, and has changed nothing."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest
import requests
from django.db import connection

from apps.favorites.models import Rating, Taste
from apps.users.models import User
from tests.factories import make_movie, make_user

from .api import tokens_of
from .test_web_server import WebServer

pytestmark = pytest.mark.django_db(transaction=True)

LOCK_TIMEOUT_MS = 300
STATEMENT_TIMEOUT_MS = 1_500


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WebServer]:
    web = WebServer(tmp_path)
    web.environment |= {
        "LOCK_TIMEOUT_MS": str(LOCK_TIMEOUT_MS),
        "STATEMENT_TIMEOUT_MS": str(STATEMENT_TIMEOUT_MS),
    }
    with web.running():
        yield web


SHOW = """
import movie_backend.wsgi
from django.db import connection
with connection.cursor() as cursor:
    for name in ("statement_timeout", "lock_timeout"):
        cursor.execute(f"SHOW {name}")
        print(*cursor.fetchone())
"""


@contextmanager
def held(server: WebServer, statement: str) -> Iterator[None]:
    """What the statement locks stays locked until the block ends."""
    other = psycopg2.connect(server.environment["DATABASE_URL"])
    try:
        with other.cursor() as cursor:
            cursor.execute(statement)
            yield
    finally:
        other.close()


def rate(server: WebServer, user: User, movie_id: int) -> requests.Response:
    return requests.post(
        f"http://127.0.0.1:{server.port}/api/v1/ratings/",
        json={"movie_id": movie_id, "score": 7},
        headers={"Authorization": f"Bearer {tokens_of(user).access}"},
        timeout=30,
    )


def test_a_web_process_has_time_outs_unless_told_otherwise() -> None:
    unset = ("STATEMENT_TIMEOUT_MS", "LOCK_TIMEOUT_MS")
    variables = {name: value for name, value in os.environ.items() if name not in unset}

    shown = subprocess.run(
        [sys.executable, "-c", SHOW], env=variables, check=True, capture_output=True, text=True
    ).stdout

    assert shown.split() == ["10s", "5s"]


def test_a_request_that_waits_for_a_lock_is_told_so_and_may_come_again(server: WebServer) -> None:
    user, movie = make_user(), make_movie()

    with held(server, "LOCK TABLE favorites_rating"):
        began = time.monotonic()
        refused = rate(server, user, movie.pk)
        waited = time.monotonic() - began

    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "unavailable")
    assert waited >= LOCK_TIMEOUT_MS / 1000
    assert not Rating.objects.exists()
    assert not Taste.objects.exists()
    assert rate(server, user, movie.pk).status_code == 201
    assert Rating.objects.get().score == 7
    assert "canceling statement due to lock timeout" in server.log.read_text()


def test_a_statement_that_takes_too_long_is_ended(server: WebServer) -> None:
    user, movie = make_user(), make_movie()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS "
            "$$BEGIN PERFORM pg_sleep(60); RETURN NEW; END$$"
        )
        cursor.execute(
            "CREATE TRIGGER dawdle BEFORE INSERT ON favorites_rating "
            "FOR EACH ROW EXECUTE FUNCTION dawdle()"
        )
    try:
        refused = rate(server, user, movie.pk)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION dawdle CASCADE")

    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "unavailable")
    assert not Rating.objects.exists()
    assert rate(server, user, movie.pk).status_code == 201
