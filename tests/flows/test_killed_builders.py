"""Batch workers die in the middle of a generation; the others and their successors finish it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from .live import UNTRACED, LivePlatform
from .processes import PlatformProcess, celery

pytestmark = [pytest.mark.flow, pytest.mark.timeout(900)]

MORE_WORKERS = 2
MORE_VIEWERS = 8_000
KILLS = 2
# On a busy machine three workers that start take most of it.
START_SECONDS = 120
BUILD_SECONDS = 240

# Who has a taste gets a list, also without a rating.
ADD_VIEWERS = f"""
from django.utils import timezone
from apps.favorites.models import Taste
from apps.users.models import User

viewers = User.objects.bulk_create(
    User(email=f"builder{{number}}@example.com", password="!") for number in range({MORE_VIEWERS})
)
Taste.objects.bulk_create(
    Taste(user=viewer, is_realtime=False, changed_at=timezone.now()) for viewer in viewers
)
"""
DELETE_VIEWERS = "DELETE FROM users_user WHERE email LIKE 'builder%'"
# By somebody who lives: what a dead worker held stays so until another takes it.
RUNNING = (
    "SELECT id FROM recommendations_generationshard"
    " WHERE generation_id = %s AND state = 'running' AND leased_until > now()"
)
# As if half a minute had passed, for those who died and also for those who did not.
LET_LEASES_END = (
    "UPDATE recommendations_generationshard SET leased_until = now() WHERE state = 'running'"
)
HOW_IT_IS = """
    SELECT state, publish, refusal, error,
        (SELECT string_agg(concat_ws(' ', number, state, attempts, error), '; ' ORDER BY number)
         FROM recommendations_generationshard WHERE generation_id = generation.id)
    FROM recommendations_generation AS generation WHERE id = %s
"""
WRONG = """
    SELECT viewer.id, count(list.id) FROM users_user AS viewer
    LEFT JOIN recommendations_recommendationlist AS list
        ON list.user_id = viewer.id AND list.generation_id = %s AND list.written_at IS NULL
    WHERE EXISTS (SELECT FROM favorites_taste WHERE user_id = viewer.id)
    GROUP BY viewer.id HAVING count(list.id) <> 1
"""


@pytest.fixture
def workers(platform: LivePlatform) -> Iterator[list[PlatformProcess]]:
    """All that build shards; those beside the platform's own end with the test."""
    more = [
        PlatformProcess(
            f"batch{number}",
            celery("worker", "-Q", "batch", "-c", "1", "-n", f"b{number}@%h"),
            {**platform.environment, **UNTRACED},
            platform.folder,
        )
        for number in range(MORE_WORKERS)
    ]
    for process in more:
        process.start()
        platform.processes[process.name] = process
    yield [platform.processes["batch"], *more]
    for process in more:
        del platform.processes[process.name]
        process.stop()


@contextmanager
def many_viewers(platform: LivePlatform) -> Iterator[None]:
    platform.manage("shell", "-v0", "-c", ADD_VIEWERS)
    try:
        yield
    finally:
        platform.execute(DELETE_VIEWERS)


def test_killed_builders_leave_no_viewer_out_and_none_twice(
    platform: LivePlatform, workers: list[PlatformProcess]
) -> None:
    operator = platform.operator()
    with many_viewers(platform):
        asked = operator.session.post(f"{operator.url}/ops/generations/", json={}, timeout=30)
        assert asked.status_code == 202, asked.text
        generation_id = asked.json()["id"]
        for _ in range(KILLS):
            _kill_in_mid_build(platform, workers, generation_id)
        state = "SELECT state, list_count FROM recommendations_generation WHERE id = %s"
        platform.eventually(
            lambda: platform.row(state, generation_id)[0] == "active",
            within=BUILD_SECONDS,
            otherwise=lambda: platform.row(HOW_IT_IS, generation_id),
        )

        assert platform.rows(WRONG, generation_id) == []
        lists = platform.row(
            "SELECT count(*) FROM recommendations_recommendationlist"
            " WHERE generation_id = %s AND written_at IS NULL",
            generation_id,
        )
        assert platform.row(state, generation_id)[1:] == lists
        assert lists > (MORE_VIEWERS,)


def _kill_in_mid_build(
    platform: LivePlatform, workers: list[PlatformProcess], generation_id: int
) -> None:
    platform.eventually(lambda: platform.rows(RUNNING, generation_id), within=START_SECONDS)
    for worker in workers:
        worker.kill()
    assert platform.rows(RUNNING, generation_id), "all were done before they could be killed"
    platform.execute(LET_LEASES_END)
