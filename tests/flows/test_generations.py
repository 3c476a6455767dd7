"""Generations replace each other under the hands of viewers who go on rating."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from .live import LivePlatform, Viewer

pytestmark = pytest.mark.flow

VIEWERS = 4

STALE = """
    SELECT taste.user_id, taste.revision, taste.listed_revision, held.revision
    FROM favorites_taste AS taste
    CROSS JOIN recommendations_activegeneration AS active
    LEFT JOIN LATERAL (
        SELECT revision FROM recommendations_recommendationlist
        WHERE user_id = taste.user_id AND generation_id = active.generation_id
        ORDER BY id DESC LIMIT 1
    ) AS held ON true
    WHERE held.revision IS DISTINCT FROM taste.revision
       OR taste.listed_revision <> taste.revision
"""
DELETE_UNTIL_THE_FLIP = """
import time
from apps.recommendations.models import ActiveGeneration
from apps.users.models import User

users = iter(User.objects.filter(email__startswith="seed").order_by("pk"))
while ActiveGeneration.objects.get().generation_id == {before}:
    next(users).delete()
    time.sleep(0.01)
"""


def test_ratings_during_build_flip_and_roll_back_all_count(platform: LivePlatform) -> None:
    before = _active(platform)
    viewers = [platform.register() for _ in range(VIEWERS)]

    with _rating_all_the_time(platform, viewers) as written:
        platform.manage("train", "--no-wait")
        flipped = platform.eventually(lambda: _active_after(platform, before))
        platform.manage("roll_back")
        assert _active(platform) == before
        written.wait_for(VIEWERS * 5)
    platform.eventually(lambda: not platform.rows(STALE))

    assert flipped > before
    lists = platform.rows(
        "SELECT generation_id, count(*) FROM recommendations_recommendationlist"
        " WHERE user_id = ANY(%s) GROUP BY 1",
        [viewer.id for viewer in viewers],
    )
    assert {generation_id for generation_id, _ in lists} >= {before, flipped}
    for viewer in viewers:
        page = viewer.recommendations()
        assert page["revision"] == page["current_revision"] == written.revisions[viewer.id]
        assert page["is_stale"] is False


def test_accounts_deleted_during_a_build_do_not_break_it(platform: LivePlatform) -> None:
    before = _active(platform)
    count = "SELECT count(*) FROM users_user"
    users = platform.row(count)

    with platform.running("shell", "-v0", "-c", DELETE_UNTIL_THE_FLIP.format(before=before)) as job:
        platform.eventually(lambda: platform.row(count) < users)
        platform.manage("train", "--no-wait")
        flipped = platform.eventually(lambda: _active_after(platform, before))
        assert job.wait(30) == 0
    platform.eventually(lambda: not platform.rows(STALE))

    assert platform.row(
        "SELECT state, error FROM recommendations_generation WHERE id = %s", flipped
    ) == (
        "active",
        "",
    )
    errors = "SELECT error FROM recommendations_generationshard WHERE generation_id = %s"
    assert set(platform.rows(errors, flipped)) == {("",)}


class _Written:
    """The last revision that each viewer's accepted ratings answered."""

    def __init__(self) -> None:
        self.revisions: dict[int, int] = {}
        self._progress = threading.Condition()

    def record(self, viewer: Viewer, revision: int) -> None:
        with self._progress:
            self.revisions[viewer.id] = revision
            self._progress.notify_all()

    def wait_for(self, more: int) -> None:
        """Return after so many further ratings."""
        with self._progress:
            goal = sum(self.revisions.values()) + more
            assert self._progress.wait_for(lambda: sum(self.revisions.values()) >= goal, 30)


@contextmanager
def _rating_all_the_time(platform: LivePlatform, viewers: list[Viewer]) -> Iterator[_Written]:
    written, stopped = _Written(), threading.Event()
    films = [movie_id for kind in range(4) for movie_id in platform.films(kind)]

    def rate(viewer: Viewer) -> None:
        choice = random.Random(viewer.id)
        while not stopped.wait(0.05):
            response = viewer.rate(choice.choice(films), choice.randint(1, 10))
            assert response.status_code in {200, 201}
            written.record(viewer, response.json()["taste_revision"])

    threads = [threading.Thread(target=rate, args=[viewer]) for viewer in viewers]
    for thread in threads:
        thread.start()
    try:
        written.wait_for(VIEWERS)
        yield written
    finally:
        stopped.set()
        for thread in threads:
            thread.join()


def _active(platform: LivePlatform) -> int:
    (generation_id,) = platform.row("SELECT generation_id FROM recommendations_activegeneration")
    return int(generation_id)


def _active_after(platform: LivePlatform, before: int) -> int | None:
    active = _active(platform)
    return active if active > before else None
