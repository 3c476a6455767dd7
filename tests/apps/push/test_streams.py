"""Streams of a real push process, whose heartbeat never comes: what is told was nudged."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.movies.models import SyncRun
from apps.recommendations import actions, publishing
from apps.recommendations.models import Generation, StreamTicket
from apps.recommendations.push import notifications
from apps.recommendations.push.listening import APPLICATION_NAME
from apps.users.models import Session, User
from apps.users.tokens import SessionAccessToken
from services.catalog.preparing import finish
from tests.apps.api import expired_access, session_of, tokens_of
from tests.factories import make_generation, make_list, make_user
from tests.scrapes import value

from .server import EVENTS, PushServer

pytestmark = pytest.mark.django_db(transaction=True)


def add_list(viewer: User, generation: Generation, revision: int) -> int:
    """As a worker does: the row and the nudge in one transaction."""
    with transaction.atomic():
        row = make_list(user=viewer, generation=generation, movies=[], revision=revision)
        notifications.tell_of_list(user_id=viewer.pk)
    return row.pk


def access_of(session: Session) -> str:
    return str(SessionAccessToken.of(session))


def ticket_path(session: Session, *, extra: str = "") -> str:
    ticket = actions.issue_ticket(session=session, at=timezone.now())
    return f"{EVENTS}?ticket={ticket.text}{extra}"


def test_a_viewer_is_told_of_each_new_list_and_nobody_else_is(
    push: PushServer, viewer: User, generation: Generation
) -> None:
    stranger = make_user()
    with (
        push.stream(tokens_of(viewer).access) as own,
        push.stream(tokens_of(stranger).access) as others,
    ):
        assert own.response.headers["Content-Type"] == "text/event-stream"
        assert own.response.headers["Cache-Control"] == "no-store"
        assert own.block() == {"retry": "3000"}
        assert own.next().data["list_id"] is None
        assert others.next().data["list_id"] is None

        list_id = add_list(viewer, generation, 4)
        event = own.next()
        strangers_id = add_list(stranger, generation, 2)

        assert event.kind == "list"
        assert event.id == f"4-{list_id}-{generation.pk}-0"
        assert event.data["list_id"] == list_id
        assert event.data["revision"] == 4
        assert event.data["generation_id"] == generation.pk
        assert event.data["generated_at"].endswith("Z")
        # The first thing that the stranger hears.
        assert others.next().data["list_id"] == strangers_id


def test_whoever_comes_back_is_told_at_once_of_what_is_newer_and_of_nothing_else(
    push: PushServer, viewer: User, generation: Generation
) -> None:
    access = tokens_of(viewer).access
    add_list(viewer, generation, 1)
    with push.stream(access) as stream:
        first = stream.next()
    newer = add_list(viewer, generation, 2)

    with push.stream(access, Last_Event_ID=first.id) as stream:
        second = stream.next()
    with push.stream(access, f"{EVENTS}?last_event_id={first.id}") as stream:
        assert stream.next() == second
    with push.stream(access, Last_Event_ID=second.id) as stream:
        newest = add_list(viewer, generation, 3)
        assert stream.next().data["list_id"] == newest
    with push.stream(access, Last_Event_ID="nonsense") as stream:
        assert stream.next().data["list_id"] == newest

    assert second.data["list_id"] == newer


def test_equal_revisions_of_two_generations_are_told_apart(
    push: PushServer, viewer: User, generation: Generation
) -> None:
    access = tokens_of(viewer).access
    add_list(viewer, generation, 5)
    with push.stream(access) as stream:
        old = stream.next()
        rebuilt = make_generation()
        row = make_list(user=viewer, generation=rebuilt, movies=[], revision=5)

        publishing.publish(generation_id=rebuilt.pk, at=timezone.now())
        flipped = stream.next()
        publishing.roll_back(at=timezone.now())
        back = stream.next()

    assert flipped.id == f"5-{row.pk}-{rebuilt.pk}-0"
    assert back == old


def test_everybody_is_told_of_a_sync_that_is_done(
    push: PushServer, viewer: User, generation: Generation
) -> None:
    with push.stream(tokens_of(viewer).access) as stream:
        stream.next()
        run = SyncRun.objects.create(kind=SyncRun.Kind.GENRES)
        with transaction.atomic():
            finish(run, at=timezone.now())
            run.save()
        event = stream.next()

    assert (event.kind, event.data["sync_id"], event.data["kind"]) == ("sync", run.pk, "genres")
    assert event.id.endswith(f"-{run.pk}")


def test_nothing_is_told_of_what_was_rolled_back(
    push: PushServer, viewer: User, generation: Generation
) -> None:
    with push.stream(tokens_of(viewer).access) as stream:
        stream.next()
        with transaction.atomic():
            make_list(user=viewer, generation=generation, movies=[], revision=1)
            notifications.tell_of_list(user_id=viewer.pk)
            transaction.set_rollback(True)
        kept = add_list(viewer, generation, 2)
        assert stream.next().data["list_id"] == kept


def test_a_lost_connection_is_made_again_and_what_was_missed_is_told(
    push: PushServer, viewer: User, generation: Generation
) -> None:
    with push.stream(tokens_of(viewer).access) as stream:
        stream.next()
        with transaction.atomic(), connection.cursor() as cursor:
            # Without a nudge: only whoever looks for itself finds it.
            row = make_list(user=viewer, generation=generation, movies=[], revision=9)
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = %s AND datname = current_database()",
                [APPLICATION_NAME],
            )
            assert cursor.fetchall() == [(True,)]
        assert stream.next().data["list_id"] == row.pk
        assert stream.response.closed is False


@pytest.mark.parametrize("way", ["logout", "password", "deactivated", "deleted"])
def test_a_stream_ends_with_its_session(
    push: PushServer, viewer: User, generation: Generation, way: str
) -> None:
    session, other = session_of(viewer), make_user()
    with push.stream(access_of(session)) as own, push.stream(tokens_of(other).access) as others:
        own.next()
        others.next()
        if way == "logout":
            session.delete()
        elif way == "password":
            viewer.set_password("another correct horse")
            viewer.save()
        elif way == "deactivated":
            User.objects.filter(pk=viewer.pk).update(is_active=False)
        else:
            viewer.delete()

        own.wait_for_end()
        add_list(other, generation, 1)
        assert others.next().data["revision"] == 1


def test_a_ticket_opens_one_stream(push: PushServer, viewer: User, generation: Generation) -> None:
    path = ticket_path(session_of(viewer))
    list_id = add_list(viewer, generation, 1)

    with push.stream(path=path) as stream:
        assert stream.next().data["list_id"] == list_id
        status, body = push.get(path)

    assert (status, body["error"]["code"]) == (401, "ticket_not_valid")
    assert path.partition("=")[2] not in push.log.read_text()


def test_a_ticket_is_worth_nothing_when_its_time_or_its_session_is_over(
    push: PushServer, viewer: User
) -> None:
    late, ended = ticket_path(session_of(viewer)), ticket_path(session := session_of(viewer))
    StreamTicket.objects.exclude(session=session).update(expires_at=timezone.now())
    session.delete()

    for path in (late, ended, f"{EVENTS}?ticket=short"):
        status, body = push.get(path)
        assert (status, body["error"]["code"]) == (401, "ticket_not_valid")


def test_nobody_gets_a_stream_without_a_live_session(push: PushServer, viewer: User) -> None:
    ended = session_of(viewer)
    access = access_of(ended)
    ended.delete()

    answers = [push.get(EVENTS), push.get(EVENTS, expired_access(viewer)), push.get(EVENTS, access)]

    codes = [(status, body["error"]["code"]) for status, body in answers]
    assert codes == [(401, "not_authenticated")] + [(401, "token_not_valid")] * 2


def test_a_session_that_expires_ends_its_stream_at_the_next_look(
    push: PushServer, viewer: User, generation: Generation
) -> None:
    session = session_of(viewer)
    with push.stream(access_of(session)) as stream:
        stream.next()
        Session.objects.filter(pk=session.pk).update(
            expires_at=timezone.now() - timedelta(seconds=1)
        )
        with transaction.atomic():
            notifications.tell_everyone()
        stream.wait_for_end()


@pytest.mark.parametrize(
    ("query", "code"),
    [("last_event_id=x", "invalid"), ("page=2", "unknown_parameter"), ("wait=2", None)],
)
def test_what_a_stream_does_not_know_is_refused(
    push: PushServer, viewer: User, query: str, code: str | None
) -> None:
    status, body = push.get(f"{EVENTS}?{query}", tokens_of(viewer).access)

    assert (status, body["error"]["code"]) == (400, code or "unknown_parameter")


def test_hosts_and_routes_are_checked_as_in_a_web_process(push: PushServer) -> None:
    assert push.get("/api/v1/movies/")[0] == 404
    assert push.get("/health/live") == (200, {"status": "ok"})


def test_streams_and_what_they_send_are_counted(
    push: PushServer, viewer: User, generation: Generation
) -> None:
    def count(name: str, **labels: str) -> float:
        return value(push.get("/metrics")[1], name, **labels)

    sent = count("nexus_push_events_total", event="list")
    seconds = count("nexus_push_seconds_count")
    closed = count("nexus_push_closed_total", kind="stream", reason="client")
    with push.stream(tokens_of(viewer).access) as stream:
        stream.next()
        add_list(viewer, generation, 1)
        stream.next()
        assert count("nexus_push_open") >= 1
    push.eventually(
        lambda: count("nexus_push_closed_total", kind="stream", reason="client") == closed + 1
    )

    assert count("nexus_push_events_total", event="list") == sent + 2
    # Only what was told while somebody waited for it.
    assert count("nexus_push_seconds_count") == seconds + 1
