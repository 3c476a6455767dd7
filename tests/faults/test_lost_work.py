"""Workers and messages that are lost in the middle: everything is made good without a hand."""

import pytest
import redis

from tests.flows.live import LivePlatform, Viewer
from tests.flows.test_generations import STALE

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]

RUN = "SELECT state FROM recommendations_modelversion ORDER BY id DESC LIMIT 1"
ACTIVE = "SELECT generation_id FROM recommendations_activegeneration"


def converge(platform: LivePlatform, viewers: dict[Viewer, int]) -> None:
    platform.eventually(lambda: not platform.rows(STALE), within=90)
    for viewer, revision in viewers.items():
        assert viewer.recommendations()["revision"] == revision
    duplicates = platform.rows(
        "SELECT user_id, revision FROM recommendations_recommendationlist"
        " JOIN recommendations_activegeneration USING (generation_id)"
        " GROUP BY 1, 2 HAVING count(*) > 1"
    )
    assert duplicates == []


@pytest.mark.parametrize("phase", ["training", "building"])
def test_a_killed_batch_workers_run_is_finished_by_the_next(
    platform: LivePlatform, phase: str
) -> None:
    (before,) = platform.row(ACTIVE)
    worker = platform.processes["batch"]
    platform.manage("train", "--no-wait")
    if phase == "building":
        platform.eventually(lambda: platform.row(RUN) == ("ready",))
    worker.kill()

    platform.eventually(
        lambda: platform.row(ACTIVE)[0] > before,
        within=120,
    )
    assert platform.row(RUN) == ("ready",)
    converge(platform, {})


def test_a_killed_realtime_worker_loses_no_viewer(platform: LivePlatform) -> None:
    viewers = {platform.register(): 0 for _ in range(8)}
    films = platform.films(0)
    for number in range(5):
        for viewer in viewers:
            viewers[viewer] = viewer.rate(films[number], 9).json()["taste_revision"]
        if number == 2:
            platform.processes["realtime"].kill()

    converge(platform, viewers)


def test_a_wiped_broker_loses_no_viewer(platform: LivePlatform) -> None:
    viewers = {platform.register(): 0 for _ in range(8)}
    films = platform.films(1)
    platform.processes["realtime"].kill()
    for viewer in viewers:
        viewers[viewer] = viewer.rate(films[0], 9).json()["taste_revision"]
    with redis.Redis.from_url(platform.valkey.url) as broker:
        assert broker.llen("realtime") >= len(viewers)
        broker.flushall()

    converge(platform, viewers)
