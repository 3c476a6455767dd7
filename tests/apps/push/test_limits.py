"""A push process that beats often, with few places and without Redis, and how one stops."""

import signal
import socket
from collections.abc import Iterator

import pytest
from django.db import transaction

from apps.recommendations.models import Generation
from apps.recommendations.push import notifications
from apps.users.models import Session, User
from tests.apps.api import access_of, session_of, tokens_of
from tests.factories import make_list, make_user

from .server import EVENTS, LIST, PushServer

pytestmark = pytest.mark.django_db(transaction=True)

ORIGIN = "https://app.nexus.example"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[PushServer]:
    server = PushServer(
        tmp_path_factory.mktemp("small"),
        PUSH_HEARTBEAT_SECONDS="0.2",
        PUSH_MAX_STREAMS="3",
        PUSH_MAX_STREAMS_PER_VIEWER="2",
        # Nobody listens there.
        REDIS_URL="redis://127.0.0.1:1/0",
        CORS_ALLOWED_ORIGINS=ORIGIN,
        # Host checks are off in tests otherwise.
        DJANGO_SETTINGS_MODULE="tests.apps.push.hosts",
    )
    with server.running():
        yield server


def test_heartbeats_come_while_nothing_happens_and_find_what_nobody_told(
    small: PushServer, viewer: User, generation: Generation
) -> None:
    with small.stream(tokens_of(viewer).access) as stream:
        stream.next()
        assert stream.block() == {"": ""}
        assert stream.block() == {"": ""}
        row = make_list(user=viewer, generation=generation, movies=[], revision=3)
        assert stream.next().data["list_id"] == row.pk


def test_a_session_that_ends_without_a_word_ends_its_stream(
    small: PushServer, viewer: User
) -> None:
    session = session_of(viewer)
    with (
        small.stream(tokens_of(viewer).access) as other,
        small.stream(access_of(session)) as stream,
    ):
        other.next()
        stream.next()
        Session.objects.filter(pk=session.pk).update(expires_at=session.created_at)
        stream.wait_for_end()
        assert other.block() is not None


def test_a_viewer_and_a_process_have_so_many_streams_and_no_more(
    small: PushServer, viewer: User, generation: Generation
) -> None:
    access, others = tokens_of(viewer).access, tokens_of(make_user()).access
    with small.stream(access) as first, small.stream(access) as second:
        assert (first.status, second.status) == (200, 200)
        status, body = small.get(EVENTS, access)
        assert (status, body["error"]["code"]) == (429, "too_many_streams")
        with small.stream(others):
            with small.stream(tokens_of(make_user()).access) as refused:
                assert refused.status == 503
                assert refused.response.headers["Retry-After"] == "10"
                assert b"streams_full" in refused.response.read()
            assert small.get(f"{LIST}?limit=1", others)[0] == 200

    def has_room() -> bool:
        with small.stream(access) as stream:
            return stream.status == 200

    small.eventually(has_room)


def test_browsers_of_the_named_origins_may_listen(small: PushServer, viewer: User) -> None:
    with small.stream(tokens_of(viewer).access, Origin=ORIGIN) as stream:
        assert stream.response.headers["Access-Control-Allow-Origin"] == ORIGIN
    with small.stream(Origin=ORIGIN) as refused:
        assert refused.status == 401
        assert refused.response.headers["Access-Control-Allow-Origin"] == ORIGIN
    with small.stream(tokens_of(viewer).access, Origin="https://evil.example") as stream:
        assert "Access-Control-Allow-Origin" not in stream.response.headers


def test_other_hosts_are_refused(small: PushServer, viewer: User) -> None:
    status, _ = small.get(EVENTS, tokens_of(viewer).access, Host="evil.example")

    assert status == 400


def test_streams_and_waits_end_when_the_process_is_told_to_stop(
    tmp_path_factory: pytest.TempPathFactory, viewer: User, generation: Generation
) -> None:
    server = PushServer(tmp_path_factory.mktemp("stopping"))
    with server.running(), server.stream(tokens_of(viewer).access) as stream:
        stream.next()
        assert server.process is not None
        server.process.send_signal(signal.SIGTERM)

        stream.wait_for_end()
        assert server.process.wait(20) in {0, -signal.SIGTERM}
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", server.port), timeout=5)
    assert "Cancel" not in server.log.read_text()
    assert "Traceback" not in server.log.read_text()


def test_an_environment_at_fault_is_refused_with_one_line(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None
) -> None:
    server = PushServer(tmp_path_factory.mktemp("fault"), PUSH_MAX_STREAMS="many")
    with pytest.raises(AssertionError), server.running():
        pass
    assert server.log.read_text().count("\n") == 1
    assert "PUSH_MAX_STREAMS must be a whole number" in server.log.read_text()


def test_a_nudge_reaches_whoever_listens_when_the_transaction_commits(
    small: PushServer, viewer: User, generation: Generation
) -> None:
    with small.stream(tokens_of(viewer).access) as stream:
        stream.next()
        with transaction.atomic():
            row = make_list(user=viewer, generation=generation, movies=[], revision=1)
            notifications.tell_of_list(user_id=viewer.pk)
        assert stream.next().data["list_id"] == row.pk
