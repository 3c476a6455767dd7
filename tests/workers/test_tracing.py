"""A real worker: under which request its tasks run, what it says of them and what it counts."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from apps.core.metric_files import SharedCounts
from apps.core.request_ids import reset_request_id, set_request_id
from stack.servers import Valkey
from tests.json_logs import lines_of, parsed
from tests.scrapes import value
from workers.publisher import Publisher

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30
SETTLE_SECONDS = 20
# One child process, so that whatever leaks from task to task is seen; a new one now and then.
TASKS_PER_CHILD = 5
TASKS = "nexus_tasks_total"
_ids = count(1)


@dataclass
class Worker:
    process: "subprocess.Popen[bytes]"
    publisher: Publisher
    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / "worker.log"

    def send(self, name: str, *, request_id: str | None = None, **kwargs: Any) -> None:
        token = set_request_id(request_id) if request_id else None
        assert self.publisher.send(name, **kwargs)
        if token:
            reset_request_id(token)

    def run(self, name: str, *, state: str = "SUCCESS", **kwargs: Any) -> dict[str, Any]:
        """Send a task and wait for its line."""
        before = len(self.ended(name, state=state))
        self.send(name, **kwargs)
        return self.eventually(lambda: self.ended(name, state=state)[before:])[0]  # type: ignore[no-any-return]

    def ended(self, name: str, **fields: Any) -> list[dict[str, Any]]:
        return lines_of(self.log, logger="nexus.tasks", task=name, **fields)

    def scrape(self) -> str:
        registry = CollectorRegistry()
        registry.register(SharedCounts(self.folder / "metrics"))
        return generate_latest(registry).decode()

    def total(self, name: str, state: str) -> float:
        return value(self.scrape(), TASKS, task=name, state=state)

    def eventually(self, condition: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline:
            if found := condition():
                return found
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def kill_children(self) -> None:
        for child in psutil.Process(self.process.pid).children():
            child.kill()


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    folder = tmp_path_factory.mktemp("worker")
    with Valkey(folder / "valkey") as valkey, (folder / "worker.log").open("wb") as log:
        publisher = Publisher(broker_url=valkey.url)
        command = "-m celery -A workers worker -Q realtime,maintenance -c 1 -n realtime@%h"
        options = (
            f" --loglevel INFO --without-gossip --without-mingle"
            f" --include tests.workers.traced_tasks --max-tasks-per-child {TASKS_PER_CHILD}"
        )
        process = subprocess.Popen(
            [sys.executable, *(command + options).split()],
            cwd=ROOT,
            env={
                **os.environ,
                "REDIS_URL": valkey.url,
                "LOG_FORMAT": "json",
                "METRICS_DIR": str(folder / "metrics"),
            },
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        worker = Worker(process, publisher, folder)
        try:
            worker.run("maintenance.succeed")
            yield worker
        finally:
            process.terminate()
            process.wait(START_SECONDS)
            publisher.app.close()


@pytest.fixture
def request_id() -> str:
    return f"request-{next(_ids):04}"


def test_a_task_runs_under_the_id_of_the_request_that_sent_it(
    worker: Worker, request_id: str
) -> None:
    line = worker.run("maintenance.succeed", request_id=request_id)

    assert line["request_id"] == request_id
    assert (line["role"], line["level"]) == ("realtime", "INFO")
    assert line["message"] == f"maintenance.succeed SUCCESS {line['duration_ms']} ms"
    assert 0 < line["duration_ms"] < 5000


def test_the_id_goes_on_to_tasks_that_a_task_sends(worker: Worker, request_id: str) -> None:
    parent = worker.run("maintenance.send_another", request_id=request_id)

    (child,) = worker.eventually(lambda: worker.ended("maintenance.succeed", request_id=request_id))
    assert child["task_id"] != parent["task_id"]


def test_the_id_does_not_leak_into_the_next_task(worker: Worker, request_id: str) -> None:
    worker.run("maintenance.succeed", request_id=request_id)

    line = worker.run("maintenance.succeed")

    assert line["request_id"] == line["task_id"] != request_id


def test_tasks_of_no_request_share_the_id_of_the_first(worker: Worker) -> None:
    parent = worker.run("maintenance.send_another")

    (child,) = worker.eventually(
        lambda: [
            line
            for line in worker.ended("maintenance.succeed", request_id=parent["task_id"])
            if line["task_id"] != parent["task_id"]
        ]
    )
    assert parent["request_id"] == parent["task_id"] == child["request_id"]


def test_a_retry_keeps_the_id_and_is_counted(worker: Worker, request_id: str) -> None:
    line = worker.run("maintenance.retry", request_id=request_id)

    (first,) = worker.ended("maintenance.retry", state="RETRY")
    assert first["request_id"] == line["request_id"] == request_id
    assert first["task_id"] == line["task_id"]
    assert worker.total("maintenance.retry", "RETRY") == 1
    assert worker.total("maintenance.retry", "SUCCESS") == 1


def test_a_lost_process_costs_neither_the_id_nor_the_count(worker: Worker, request_id: str) -> None:
    line = worker.run("maintenance.lose_process", request_id=request_id)

    assert line["request_id"] == request_id
    assert worker.total("maintenance.lose_process", "LOST") == 1
    assert worker.total("maintenance.lose_process", "SUCCESS") == 1


def test_a_task_that_is_ended_for_its_time_is_counted(worker: Worker) -> None:
    worker.send("maintenance.run_too_long")

    worker.eventually(lambda: worker.total("maintenance.run_too_long", "TIMEOUT") == 1)


def test_a_failure_has_its_traceback_and_no_arguments(worker: Worker, request_id: str) -> None:
    worker.run("maintenance.fail", state="FAILURE", secret="s3cr3t", request_id=request_id)

    (error,) = lines_of(worker.log, level="ERROR", request_id=request_id)
    assert error["task"] == "maintenance.fail"
    assert error["exc_info"].endswith("ValueError: 6 letters")
    assert worker.total("maintenance.fail", "FAILURE") == 1
    assert "s3cr3t" not in worker.log.read_text()


def test_what_ticks_every_few_seconds_is_counted_without_a_line(worker: Worker) -> None:
    worker.send("realtime.sweep")

    worker.eventually(lambda: worker.total("realtime.sweep", "SUCCESS") == 1)
    worker.run("maintenance.succeed")
    assert not worker.ended("realtime.sweep")


def test_waiting_is_measured_and_a_countdown_is_none(worker: Worker) -> None:
    name = "nexus_task_wait_seconds"
    before = worker.scrape()
    began = time.monotonic()
    worker.run("maintenance.send_for_later")
    worker.eventually(lambda: worker.ended("realtime.succeed"))
    after = worker.scrape()

    assert time.monotonic() - began > 1.5
    waits = value(after, f"{name}_count", queue="realtime")
    assert waits - value(before, f"{name}_count", queue="realtime") == 1
    seconds = value(after, f"{name}_sum", queue="realtime")
    # The worker looks for what is due about once a second.
    assert 0 <= seconds - value(before, f"{name}_sum", queue="realtime") < 1.2
    assert value(after, "nexus_task_seconds_count", task="realtime.succeed") == 1


def test_totals_never_fall_and_lose_nothing_when_processes_die(worker: Worker) -> None:
    def done() -> float:
        return worker.total("maintenance.succeed", "SUCCESS")

    before = seen = done()
    for number in range(1, 31):
        worker.send("maintenance.succeed")
        if number % 10 == 0:
            worker.eventually(lambda goal=before + number: done() == goal)
            worker.kill_children()
        now = done()
        assert now >= seen
        seen = now

    assert worker.eventually(lambda: done() == before + 30)
    (host,) = (worker.folder / "metrics").iterdir()
    # The parent, the child and a child that is about to replace it.
    assert len(list(host.glob("counter_*.db"))) <= 3


def test_everything_the_worker_says_is_json(worker: Worker) -> None:
    worker.kill_children()
    lost = "exited with 'signal 9 (SIGKILL)'"
    lines = worker.eventually(
        lambda: [line for line in parsed(worker.log.read_text()) if lost in line["message"]]
    )

    assert {line["logger"] for line in lines} == {"multiprocessing"}
    assert {line["role"] for line in parsed(worker.log.read_text())} == {"realtime"}
