"""The broker dies or hangs: the API answers at once, and lists follow when it is back."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from stack.servers import Valkey

from .live import PASSWORD, LivePlatform, Viewer

pytestmark = pytest.mark.flow

# Of a request, the throttle and the publisher may wait a tenth of a second each.
SLOWEST_SECONDS = 0.5


@contextmanager
def killed(valkey: Valkey) -> Iterator[None]:
    valkey.kill()
    try:
        yield
    finally:
        valkey.start().wait_ready()


@contextmanager
def hung(valkey: Valkey) -> Iterator[None]:
    os.kill(valkey.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(valkey.pid, signal.SIGCONT)


@pytest.mark.parametrize("away", [killed, hung])
def test_a_rating_is_accepted_at_once_and_the_list_follows(
    platform: LivePlatform, away: object
) -> None:
    viewer = platform.register()
    films = platform.films(3)
    revision = viewer.rate(films[0], 9).json()["taste_revision"]
    platform.eventually(lambda: viewer.list_of_revision(revision))

    with away(platform.valkey):  # type: ignore[operator]  # one of the two above
        for movie_id in films[1:6]:
            revision = _rate_quickly(viewer, movie_id)
        assert viewer.recommendations()["is_stale"] is True
        _answers_quickly(platform, viewer)
    page = platform.eventually(lambda: viewer.list_of_revision(revision))

    assert page["revision"] == revision == 6
    assert not {item["movie"]["id"] for item in page["results"]} & set(films[:6])


def _answers_quickly(platform: LivePlatform, viewer: Viewer) -> None:
    """Log-in, catalogue, favourites and recommendations, whose limits are counted in the broker."""
    (email,) = platform.row("SELECT email FROM users_user WHERE id = %s", viewer.id)
    for method, path, body in (
        ("POST", "auth/login/", {"email": email, "password": PASSWORD}),
        ("GET", "movies/", None),
        ("GET", "favorites/", None),
        ("GET", "recommendations/", None),
    ):
        response = viewer.session.request(method, f"{viewer.url}/{path}", json=body, timeout=30)
        assert response.status_code == 200
        assert int(response.headers["X-RateLimit-Remaining"]) > 0
        assert response.elapsed.total_seconds() < SLOWEST_SECONDS


def _rate_quickly(viewer: Viewer, movie_id: int) -> int:
    started = time.monotonic()
    response = viewer.rate(movie_id, 9)
    seconds = time.monotonic() - started
    assert response.status_code == 201
    assert seconds < SLOWEST_SECONDS
    return int(response.json()["taste_revision"])
