"""Long polls of a real push process."""

import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.favorites.models import Taste
from apps.recommendations.models import Generation
from apps.recommendations.push import notifications
from apps.users.models import Session, User
from tests.apps.api import access_of, client_with, session_of, tokens_of
from tests.factories import make_list, make_movie
from tests.scrapes import value

from .server import LIST, PushServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["their first list", "their next list"])
def written(request: pytest.FixtureRequest, viewer: User, generation: Generation) -> User:
    """The viewer, with a write of revision 3 that no list has seen.

    Who has a list already is answered without the framework's way.
    """
    if request.param == "their next list":
        make_list(user=viewer, generation=generation, movies=[make_movie()], revision=2)
    taste = {"revision": 3, "changed_at": timezone.now(), "is_realtime": True}
    Taste.objects.update_or_create(user=viewer, defaults=taste)
    return viewer


def in_background(call: Callable[[], Any]) -> Callable[[], Any]:
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(call()))
    thread.start()

    def result() -> Any:
        thread.join(40)
        return results[0]

    return result


def waits_of(push: PushServer) -> float:
    return value(push.get("/metrics")[1], "nexus_push_opened_total", kind="wait")


def test_a_wait_is_answered_as_soon_as_there_is_a_list_and_as_the_web_process_does(
    push: PushServer, written: User, generation: Generation
) -> None:
    access, movies = tokens_of(written).access, [make_movie() for _ in range(3)]
    before = waits_of(push)
    answer = in_background(lambda: push.get(f"{LIST}?min_revision=3&limit=2&wait=30", access))
    push.eventually(lambda: waits_of(push) > before)
    with transaction.atomic():
        make_list(user=written, generation=generation, movies=movies, revision=3)
        notifications.tell_of_list(user_id=written.pk)

    status, page = answer()
    web = client_with(access).get(
        f"{LIST}?min_revision=3&limit=2", headers={"Host": f"127.0.0.1:{push.port}"}
    )

    assert status == 200
    expected = web.json()
    # Cursors are signed with the moment.
    cursors = [parse_qs(urlsplit(each.pop("next")).query) for each in (page, expected)]
    assert page == expected
    assert [sorted(query) for query in cursors] == [["cursor", "limit"]] * 2


def test_a_wait_whose_time_is_over_is_answered_like_one_that_did_not_wait(
    push: PushServer, written: User, generation: Generation
) -> None:
    status, body = push.get(f"{LIST}?min_revision=3&wait=1", tokens_of(written).access)

    assert (status, body["current_revision"]) == (202, 3)


def test_what_is_there_is_not_waited_for(
    push: PushServer, viewer: User, generation: Generation
) -> None:
    make_list(user=viewer, generation=generation, movies=[make_movie()], revision=2)
    before = waits_of(push)

    assert push.get(f"{LIST}?min_revision=2&wait=30", tokens_of(viewer).access)[0] == 200
    assert push.get(f"{LIST}?wait=30", tokens_of(viewer).access)[0] == 200
    assert waits_of(push) == before


@pytest.mark.parametrize("wait", ["0", "31", "x", "", "%31"])
def test_a_wait_is_from_1_to_30_seconds(push: PushServer, viewer: User, wait: str) -> None:
    status, body = push.get(f"{LIST}?min_revision=1&wait={wait}", tokens_of(viewer).access)

    assert (status, body["error"]["code"]) == (400, "invalid")
    assert list(body["error"]["details"]) == ["wait"]


def test_nobody_waits_without_a_session(push: PushServer, written: User) -> None:
    session = session_of(written)
    access = access_of(session)
    before = waits_of(push)
    answer = in_background(lambda: push.get(f"{LIST}?min_revision=3&wait=30", access))
    push.eventually(lambda: waits_of(push) > before)
    session.delete()

    status, body = answer()

    assert (status, body["error"]["code"]) == (401, "token_not_valid")
    assert push.get(f"{LIST}?min_revision=3&wait=30")[0] == 401


def test_who_has_too_much_open_may_not_wait(push: PushServer, written: User) -> None:
    access = tokens_of(written).access
    opened = waits_of(push)
    path = f"{LIST}?min_revision=3&wait=30"
    most = settings.PUSH_MAX_STREAMS_PER_VIEWER
    waiting = [in_background(lambda: push.get(path, access)) for _ in range(most)]
    push.eventually(lambda: waits_of(push) == opened + most)

    status, body = push.get(path, access)

    assert (status, body["error"]["code"]) == (429, "too_many_streams")
    Session.objects.filter(user=written).delete()
    notifications.tell_everyone()
    assert {answer()[0] for answer in waiting} == {401}


def test_a_client_that_goes_gives_its_place_back(push: PushServer, written: User) -> None:
    def gone() -> float:
        return value(
            push.get("/metrics")[1], "nexus_push_closed_total", kind="wait", reason="client"
        )

    before, opened = gone(), waits_of(push)
    import socket

    with socket.create_connection(("127.0.0.1", push.port)) as client:
        access = tokens_of(written).access
        client.sendall(
            f"GET {LIST}?min_revision=3&wait=30 HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer {access}\r\n\r\n".encode()
        )
        push.eventually(lambda: waits_of(push) > opened)
    push.eventually(lambda: gone() > before)
