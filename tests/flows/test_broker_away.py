"""The broker dies or hangs; ratings are accepted at once, and the lists follow when it is back."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from stack.servers import Valkey

from .live import LivePlatform, Viewer

pytestmark = pytest.mark.flow

SLOWEST_SECONDS = 0.3


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
    page = platform.eventually(lambda: viewer.list_of_revision(revision))

    assert page["revision"] == revision == 6
    assert not {item["movie"]["id"] for item in page["results"]} & set(films[:6])


def _rate_quickly(viewer: Viewer, movie_id: int) -> int:
    started = time.monotonic()
    response = viewer.rate(movie_id, 9)
    seconds = time.monotonic() - started
    assert response.status_code == 201
    assert seconds < SLOWEST_SECONDS
    return int(response.json()["taste_revision"])
