"""A real Flower beside a real worker: a password before everything, and no personal data."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from stack.ports import free_port
from stack.servers import Valkey
from tests.flows.live import UNTRACED
from tests.flows.processes import PlatformProcess

from .production import ROOT

pytestmark = pytest.mark.flow

LOGIN = ("ops", "a-password-of-flower")
EMAIL = "viewer.of.films@private.example"
SETTINGS = "movie_backend.settings.test"
APP = ("-m", "celery", "-A", "tests.deployment.invented_tasks")
START_SECONDS = 30.0
DATABASE_PASSWORD = "a-password-of-the-database"
# Nobody connects there: the invented task needs no database.
DATABASE_URL = f"postgres://nexus:{DATABASE_PASSWORD}@database.invalid/nexus"


@dataclass
class RunningFlower:
    url: str
    broker_url: str

    def get(self, path: str, **options: Any) -> requests.Response:
        return requests.get(f"{self.url}{path}", timeout=10, **options)

    def json(self, path: str) -> Any:
        return self.get(path, auth=LOGIN).json()

    def send(self, **kwargs: Any) -> str:
        """The id of the invented task, sent by a process of its own."""
        script = (
            "from tests.deployment.invented_tasks import app;"
            f"print(app.send_task('maintenance.write_to_viewer', kwargs={kwargs!r}).id)"
        )
        return subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env=environment(self.broker_url, **UNTRACED),
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()


def environment(broker_url: str, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "REDIS_URL": broker_url,
        "DATABASE_URL": DATABASE_URL,
        "REMAP_SIGTERM": "SIGQUIT",
        **more,
    }


def eventually(condition: Callable[[], Any], *, within_seconds: float = START_SECONDS) -> Any:
    deadline = time.monotonic() + within_seconds
    while time.monotonic() < deadline:
        try:
            if found := condition():
                return found
        except requests.ConnectionError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"not within {within_seconds} s")


@pytest.fixture(scope="module")
def flower(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningFlower]:
    folder = tmp_path_factory.mktemp("flower")
    login = folder / "login"
    login.write_text(":".join(LOGIN) + "\n")
    port = free_port()
    with Valkey(folder / "redis") as valkey:
        worker = PlatformProcess(
            "worker",
            (sys.executable, *APP, "worker", "-Q", "maintenance", "-c", "2", "-n", "worker@%h"),
            environment(valkey.url, **UNTRACED),
            folder,
        )
        server = PlatformProcess(
            "flower",
            (sys.executable, *APP, "flower", "--conf=workers/flower.py"),
            environment(
                valkey.url,
                FLOWER_PORT=str(port),
                FLOWER_BASIC_AUTH_FILE=str(login),
                # Would open the API; our configuration does not let it.
                FLOWER_UNAUTHENTICATED_API="true",
            ),
            folder,
        )
        running = RunningFlower(f"http://127.0.0.1:{port}", valkey.url)
        try:
            for process in (worker, server):
                process.start()
            eventually(lambda: running.json("/api/workers?refresh=1"))
            yield running
        finally:
            for process in (server, worker):
                process.stop()


PAGES = ("/", "/workers", "/tasks", "/broker", "/api/workers", "/api/tasks", "/api/queues/length")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("login", [None, ("ops", "guess"), ("ops", ""), ("", "")])
def test_nothing_is_shown_without_the_password(
    flower: RunningFlower, path: str, login: tuple[str, str] | None
) -> None:
    assert flower.get(path, auth=login).status_code == 401


@pytest.mark.parametrize("path", PAGES)
def test_everything_is_shown_with_the_password(flower: RunningFlower, path: str) -> None:
    assert flower.get(path, auth=LOGIN).status_code == 200


def test_without_the_password_no_worker_is_shut_down(flower: RunningFlower) -> None:
    (worker,) = flower.json("/api/workers?refresh=1")

    refused = requests.post(f"{flower.url}/api/worker/shutdown/{worker}", timeout=10)

    assert refused.status_code == 401
    assert worker in flower.json("/api/workers?refresh=1")


def test_these_two_answer_without_a_password_which_is_why_the_port_stays_closed(
    flower: RunningFlower,
) -> None:
    # docs/DEPLOYMENT.md says so; when this fails, it may say something better.
    assert flower.get("/healthcheck").text == "OK"
    metrics = flower.get("/metrics")
    assert metrics.status_code == 200
    assert "flower_worker_online" in metrics.text


def everything_flower_says(flower: RunningFlower, task_id: str) -> dict[str, str]:
    (worker,) = flower.json("/api/workers")
    table = "/tasks/datatable?draw=1&start=0&length=100&order[0][column]=0&columns[0][data]=name"
    paths = (
        *(f"/task/{task_id}", f"/api/task/info/{task_id}", "/api/tasks", table),
        *(f"{table}&search[value]={EMAIL}", f"/api/tasks?search=kwargs:{EMAIL}"),
        *(f"/api/workers?workername={worker}&refresh=1", f"/worker/{worker}", "/metrics"),
    )
    return {path: flower.get(path, auth=LOGIN).text for path in paths}


def state(flower: RunningFlower, task_id: str) -> str | None:
    found: str | None = flower.json("/api/tasks").get(task_id, {}).get("state")
    return found


@pytest.mark.parametrize(
    ("more", "seen_in"),
    [
        ({}, "SUCCESS"),
        ({"seconds": 3}, "STARTED"),
        ({"fail": True}, "FAILURE"),
        ({"refuse": True}, "FAILURE"),
    ],
)
def test_of_a_task_s_arguments_only_ids_are_shown(
    flower: RunningFlower, more: dict[str, Any], seen_in: str
) -> None:
    task_id = flower.send(user_id=4711, email=EMAIL, **more)
    eventually(lambda: state(flower, task_id) in (seen_in, "STARTED"))
    if seen_in != "STARTED":
        eventually(lambda: state(flower, task_id) == seen_in)

    said = everything_flower_says(flower, task_id)

    assert "maintenance.write_to_viewer" in said[f"/task/{task_id}"]
    assert "4711" in said[f"/task/{task_id}"]
    if seen_in == "STARTED":
        (worker_page,) = [text for path, text in said.items() if path.startswith("/worker/")]
        assert task_id in worker_page
    # The search repeats what was searched for, and nothing else may contain it.
    for path, text in said.items():
        assert EMAIL not in text, path
    # A worker with something to do takes its time to end.
    eventually(lambda: state(flower, task_id) in ("SUCCESS", "FAILURE"))


def test_nobody_is_told_how_to_reach_the_broker_and_the_database(flower: RunningFlower) -> None:
    task_id = flower.send(user_id=1, email=EMAIL)
    eventually(lambda: state(flower, task_id) == "SUCCESS")
    (worker,) = flower.json("/api/workers?refresh=1")
    configuration = flower.json("/api/workers?refresh=1")[worker]["conf"]
    password = urlsplit(flower.broker_url).password
    assert password

    said = everything_flower_says(flower, task_id)
    said |= {path: flower.get(path, auth=LOGIN).text for path in PAGES}

    assert "task_acks_late" in said[f"/worker/{worker}"]
    assert configuration["broker_url"].startswith("redis://:**")
    assert not [name for name in configuration if name.isupper() and "CELERY" not in name]
    for path, text in said.items():
        assert password not in text, path
        assert DATABASE_PASSWORD not in text, path
        assert "database.invalid" not in text, path


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "without a password"),
        ({"FLOWER_BASIC_AUTH": ""}, "without a password"),
        ({"FLOWER_BASIC_AUTH": "ops"}, "must read user:password"),
        ({"FLOWER_BASIC_AUTH": "ops:"}, "must read user:password"),
        ({"FLOWER_BASIC_AUTH": ":password"}, "must read user:password"),
        ({"FLOWER_BASIC_AUTH": "ops:pässword"}, "must read user:password"),
        ({"FLOWER_BASIC_AUTH_FILE": "/nowhere/at/all"}, "FLOWER_BASIC_AUTH_FILE must be a read"),
    ],
)
def test_flower_does_not_start_without_a_login(given: dict[str, str], reason: str) -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "workers", "flower", "--conf=workers/flower.py"],
        cwd=ROOT,
        env=environment("redis://127.0.0.1:1/0", FLOWER_PORT=str(free_port()), **given),
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )

    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert refused.stderr.startswith("Flower does not start")
    assert "ässword" not in refused.stderr
