"""One rating, followed through the logs and metrics of every process that it passes."""

import uuid

import pytest
import requests

from tests.json_logs import lines_of, parsed
from tests.scrapes import value

from .live import LivePlatform

pytestmark = pytest.mark.flow

TASK = "realtime.refresh_recommendations"


def test_a_rating_is_found_in_the_logs_of_web_and_worker_under_its_request_id(
    platform: LivePlatform,
) -> None:
    viewer = platform.register()
    request_id = f"abc-{uuid.uuid4().hex}"
    viewer.session.headers["X-Request-ID"] = request_id

    response = viewer.rate(platform.films(0)[0], 9)
    del viewer.session.headers["X-Request-ID"]
    revision = response.json()["taste_revision"]
    platform.eventually(lambda: viewer.list_of_revision(revision))

    assert response.headers["X-Request-ID"] == request_id
    (access,) = lines_of(platform.processes["web"].log, request_id=request_id)
    assert (access["logger"], access["role"]) == ("nexus.access", "web")
    assert (access["path"], access["status"]) == ("/api/v1/ratings/", 201)
    assert access["user_id"] == viewer.id
    worker = platform.processes["realtime"].log
    (task,) = platform.eventually(lambda: lines_of(worker, request_id=request_id))
    assert (task["logger"], task["task"], task["state"]) == ("nexus.tasks", TASK, "SUCCESS")
    assert access["timestamp"] <= task["timestamp"]


def test_a_rating_is_seen_in_the_metrics(platform: LivePlatform) -> None:
    viewer = platform.register()
    before = _scrape(platform)

    revision = viewer.rate(platform.films(0)[0], 9).json()["taste_revision"]
    platform.eventually(lambda: viewer.list_of_revision(revision))

    def has_grown(name: str, **labels: object) -> bool:
        return value(_scrape(platform), name, **labels) > value(before, name, **labels)

    route = {"method": "POST", "route": "api/v1/ratings/"}
    platform.eventually(lambda: has_grown("nexus_http_requests_total", **route, status=201))
    platform.eventually(lambda: has_grown("nexus_tasks_total", task=TASK, state="SUCCESS"))
    platform.eventually(lambda: has_grown("nexus_task_wait_seconds_count", queue="realtime"))
    platform.eventually(lambda: has_grown("nexus_freshness_seconds_count"))
    platform.eventually(lambda: value(_scrape(platform), "nexus_viewers_waiting") == 0)
    after = _scrape(platform)
    assert value(after, "nexus_up", part="database") == 1
    assert value(after, "nexus_up", part="broker") == 1
    assert value(after, "nexus_generation_lists") > 0
    assert value(after, "nexus_heartbeat_age_seconds", name="queue:realtime") < 60


def test_every_line_of_every_process_is_json(platform: LivePlatform) -> None:
    roles = {
        name: {line["role"] for line in parsed(process.log.read_text())}
        for name, process in platform.processes.items()
    }

    assert roles == {"web": {"web"}, "realtime": {"r"}, "batch": {"b"}, "beat": {"beat"}}


def _scrape(platform: LivePlatform) -> str:
    response = requests.get(platform.url.replace("/api/v1", "/metrics"), timeout=10)
    assert response.status_code == 200
    return response.text
