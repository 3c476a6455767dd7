"""A connection to the database that is kept is looked at before it is used, at no cost."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from .test_web_server import WebServer

pytestmark = pytest.mark.django_db(transaction=True)

NOTICED_SECONDS = 10
LAST_QUERY = "SELECT query_start FROM pg_stat_activity WHERE pid = %s"
END = "SELECT pg_terminate_backend(%s)"
OTHERS = """
    SELECT {what} FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'nexus' AND pid <> pg_backend_pid()
"""


@pytest.fixture
def kept() -> Iterator[BaseDatabaseWrapper]:
    own = connections.create_connection("default")
    own.ensure_connection()
    yield own
    own.close()


def _last_query(pid: int) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute(LAST_QUERY, [pid])
        (at,) = cursor.fetchone()
    return at


def test_looking_sends_nothing(kept: BaseDatabaseWrapper) -> None:
    with kept.cursor() as cursor:
        cursor.execute("SELECT 1")
    pid = kept.connection.info.backend_pid
    before = _last_query(pid)

    assert kept.is_usable()
    assert _last_query(pid) == before
    # What Django does instead is seen there.
    assert super(type(kept), kept).is_usable()
    assert _last_query(pid) > before


def test_a_connection_that_the_server_ended_is_not_usable(kept: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        cursor.execute(END, [kept.connection.info.backend_pid])

    deadline = time.monotonic() + NOTICED_SECONDS
    while kept.is_usable():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_closed_connection_is_not_usable(kept: BaseDatabaseWrapper) -> None:
    kept.connection.close()

    assert not kept.is_usable()


def test_no_request_notices_that_all_connections_were_ended(
    tmp_path: Path, django_db_setup: None
) -> None:
    server = WebServer(tmp_path)
    with server.running():
        assert _answers(server) == {200}
        assert _of_others("pg_terminate_backend(pid)")
        deadline = time.monotonic() + NOTICED_SECONDS
        while _of_others("pid"):
            assert time.monotonic() < deadline

        assert _answers(server) == {200}


def _answers(server: WebServer) -> set[int]:
    return {server.get("/api/v1/movies/genres/").status_code for _ in range(30)}


def _of_others(what: str) -> list[tuple[object]]:
    with connection.cursor() as cursor:
        cursor.execute(OTHERS.format(what=what))
        return list(cursor.fetchall())
