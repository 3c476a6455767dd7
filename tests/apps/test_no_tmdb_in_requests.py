"""Requests read and write rows. Whatever TMDb does or does not do, no request waits for it."""

import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings
from rest_framework.test import APIClient

from stack.ports import free_port
from tests.apps.api import client_of
from tests.apps.operations import caller_of, documented, is_operators, make_world, request_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def connections_elsewhere(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Where somebody wanted to connect to beside Redis, and could not.

    The database's library has sockets of its own, which are none of Python's.
    """
    settings.TMDB_URL = f"http://127.0.0.1:{free_port()}/3"
    settings.TMDB_EXPORT_URL = f"http://127.0.0.1:{free_port()}/p/exports"
    redis = urlsplit(settings.REDIS_URL)
    found: list[object] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def connect_here(self: socket.socket, address: Any) -> None:
        if address[1] != redis.port:
            found.append(address)
            raise ConnectionRefusedError(address)
        connect(self, address)

    def look_up_here(host: Any, *arguments: Any, **named: Any) -> Any:
        if host != redis.hostname:
            found.append(host)
            raise socket.gaierror(host)
        return look_up(host, *arguments, **named)

    monkeypatch.setattr(socket.socket, "connect", connect_here)
    monkeypatch.setattr(socket, "getaddrinfo", look_up_here)
    return found


def test_a_connection_to_tmdb_would_be_noticed(
    connections_elsewhere: list[object],
) -> None:
    with pytest.raises(requests.ConnectionError):
        requests.get("https://api.themoviedb.org/3/configuration", timeout=1)
    with socket.socket() as bare, pytest.raises(ConnectionRefusedError):
        bare.connect(("127.0.0.1", 9))

    assert connections_elsewhere == ["api.themoviedb.org", ("127.0.0.1", 9)]


def test_every_read_is_answered_without_tmdb(connections_elsewhere: list[object]) -> None:
    world = make_world()
    callers = {
        "anonymous": APIClient(),
        "viewer": client_of(world.viewer),
        "admin": client_of(world.operator),
    }
    reads = [operation for operation in documented() if operation.startswith("GET ")]

    statuses = {
        operation: {
            name: request_of(world, operation)(caller).status_code
            for name, caller in callers.items()
        }
        for operation in reads
    }

    assert len(reads) > 10
    for operation, by_caller in statuses.items():
        whom = "admin" if is_operators(operation) else "viewer"
        # A web process opens no streams.
        allowed = {421} if operation == "GET recommendations/events/" else {200, 202}
        assert by_caller[whom] in allowed, operation
        assert set(by_caller.values()) <= {200, 202, 401, 403, 404, 421}, operation
    assert connections_elsewhere == []


def test_every_write_is_answered_without_tmdb(
    connections_elsewhere: list[object],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    writes = [operation for operation in documented() if not operation.startswith("GET ")]

    statuses = {}
    for operation in writes:
        with transaction.atomic():
            world = make_world()
            send = request_of(world, operation)
            with django_capture_on_commit_callbacks(execute=True):
                statuses[operation] = send(caller_of(world, operation)).status_code
            transaction.set_rollback(True)

    assert len(writes) > 10
    assert {operation: status for operation, status in statuses.items() if status >= 400} == {}
    assert connections_elsewhere == []
