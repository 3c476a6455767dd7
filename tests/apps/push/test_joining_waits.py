"""How a long poll begins: without the framework's way, and missing nothing that comes meanwhile."""

import asyncio
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest
from django.db import connections
from django.http import HttpResponseBase
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import Settings

from apps.favorites.models import Taste
from apps.recommendations.models import Generation
from apps.recommendations.push import application as application_module
from apps.recommendations.push import counts, notifications
from apps.recommendations.push.answering import Answerer
from apps.recommendations.push.application import PushApplication
from apps.recommendations.push.list_views import WaitingListView
from apps.recommendations.push.opening import WAIT_TEXT, noted_wait
from apps.recommendations.push.places import places
from apps.recommendations.push.states import read_states
from apps.recommendations.push.waits import Wait
from apps.users.models import User
from tests.apps.api import access_of, session_of, tokens_of
from tests.apps.query_counts import captured_queries
from tests.factories import make_list, make_movie

from .server import LIST

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 20
QUERY = {"min_revision": "3"}


@pytest.fixture
def written(viewer: User, generation: Generation) -> User:
    """The viewer, with a list of revision 2 and a write that came after it."""
    make_list(user=viewer, generation=generation, movies=[make_movie()], revision=2)
    taste = {"revision": 3, "changed_at": timezone.now(), "is_realtime": True}
    Taste.objects.update_or_create(user=viewer, defaults=taste)
    return viewer


def test_whoever_has_a_list_waits_after_one_statement(written: User) -> None:
    session = session_of(written)
    request = RequestFactory().get(
        LIST, QUERY, headers={"Authorization": f"Bearer {access_of(session)}"}
    )
    request.META[WAIT_TEXT] = "7"
    before = places.taken()

    with captured_queries() as statements:
        answer = WaitingListView.as_view(waits=True)(request)

    assert answer.status_code == 202
    assert noted_wait(request) == Wait(written.pk, session.pk, 3, 7)
    assert len(statements) == 1
    assert places.taken() == before + 1
    places.free(written.pk)


def test_a_list_that_comes_before_its_viewer_waits_is_not_missed(
    written: User, generation: Generation, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.PUSH_HEARTBEAT_SECONDS = 10 * SECONDS
    movies = [make_movie()]
    # Other tests look at what this process tells of itself.
    monkeypatch.setattr(counts, "register", lambda: None)
    ordinary, looks = Answerer.answer, []

    @leaving_no_connection
    def answer(answerer: Answerer, request: Any) -> tuple[HttpResponseBase, bytes]:
        answered = ordinary(answerer, request)
        looks.append(answered[0].status_code)
        if len(looks) == 1:
            heard = application.hub.heard
            make_list(user=written, generation=generation, movies=movies, revision=3)
            notifications.tell_of_list(user_id=written.pk)
            until_more_is_heard(application, heard)
        return answered

    monkeypatch.setattr(Answerer, "answer", answer)
    monkeypatch.setattr(application_module, "read_states", leaving_no_connection(read_states))
    application = PushApplication(urlconf="movie_backend.push_urls")

    status = asyncio.run(asked_once(application, tokens_of(written).access))

    assert (status, looks) == (200, [202, 200])


def leaving_no_connection(call: Callable[..., Any]) -> Callable[..., Any]:
    """The process's threads would keep theirs beyond the test, and with them the database."""

    @wraps(call)
    def called(*arguments: Any) -> Any:
        try:
            return call(*arguments)
        finally:
            connections.close_all()

    return called


def until_more_is_heard(application: PushApplication, heard: int) -> None:
    deadline = time.monotonic() + SECONDS
    while application.hub.heard == heard:
        assert time.monotonic() < deadline
        time.sleep(0.001)


async def asked_once(application: PushApplication, access: str) -> int:
    """The status of one request that waits, of a process that was started for it."""
    sent: list[dict[str, Any]] = []
    life: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    request: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def send(message: Any) -> None:
        sent.append(message)

    life.put_nowait({"type": "lifespan.startup"})
    living = asyncio.create_task(application({"type": "lifespan"}, life.get, send))
    # Who begins to listen tells everybody to look.
    await asyncio.to_thread(until_more_is_heard, application, 0)
    request.put_nowait({"type": "http.request", "body": b""})
    async with asyncio.timeout(SECONDS):
        await application(scope(access), request.get, send)
    life.put_nowait({"type": "lifespan.shutdown"})
    await living
    (status,) = (each["status"] for each in sent if each["type"] == "http.response.start")
    return int(status)


def scope(access: str) -> dict[str, Any]:
    return {
        "type": "http",
        "method": "GET",
        "path": LIST,
        "query_string": b"min_revision=3&wait=30",
        "headers": [(b"host", b"127.0.0.1"), (b"authorization", f"Bearer {access}".encode())],
    }
