"""Who asks for a list that has seen a write hears at once that there is none yet, and why."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from .live import LivePlatform, Viewer

pytestmark = pytest.mark.flow

ASKED = 3


def ask(viewer: Viewer, min_revision: int) -> requests.Response:
    return viewer.session.get(
        f"{viewer.url}/recommendations/", params={"min_revision": min_revision}, timeout=30
    )


def list_of(viewer: Viewer, min_revision: int) -> requests.Response | None:
    response = ask(viewer, min_revision)
    assert response.status_code in {200, 202}, response.text
    return response if response.status_code == 200 else None


@contextmanager
def standing_still(platform: LivePlatform) -> Iterator[None]:
    """No realtime worker does anything, and none says that it is gone."""
    pid = platform.processes["realtime"].pid
    os.killpg(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(pid, signal.SIGCONT)


def test_a_client_waits_by_asking_again(platform: LivePlatform) -> None:
    viewer = platform.register()
    first, second, third = platform.films(2)[:3]
    revision = viewer.rate(first, 9).json()["taste_revision"]
    seen = platform.eventually(lambda: list_of(viewer, revision)).json()
    assert seen["revision"] == revision
    assert first not in {item["movie"]["id"] for item in seen["results"]}

    with standing_still(platform):
        viewer.rate(second, 9)
        revision = viewer.rate(third, 9).json()["taste_revision"]
        answers = [ask(viewer, revision) for _ in range(ASKED)]
        platform.execute(
            "UPDATE core_heartbeat SET seen_at = now() - interval '1 hour'"
            " WHERE name = 'queue:realtime'"
        )
        platform.execute(
            "UPDATE recommendations_recommendationlist SET created_at = now() - interval '1 hour'"
            " WHERE written_at IS NOT NULL"
        )
        hopeless = ask(viewer, revision)

    assert {answer.status_code for answer in (*answers, hopeless)} == {202}
    for answer in answers:
        body = answer.json()
        assert (body["reason"], body["revision"]) == ("waiting", revision - 2)
        assert 0 <= body["estimated_ms"] <= 1000 * int(answer.headers["Retry-After"])
    assert (hopeless.json()["reason"], hopeless.json()["estimated_ms"]) == ("no_worker", None)
    shown = platform.eventually(lambda: list_of(viewer, revision)).json()
    assert (shown["revision"], shown["list_id"] > seen["list_id"]) == (revision, True)
    (stored,) = platform.row(
        "SELECT movie_ids FROM recommendations_recommendationlist WHERE id = %s", shown["list_id"]
    )
    assert not set(stored) & {first, second, third}
