"""Each part of the platform is stopped, and `/health/ready` says so, until the part is back."""

import json
import os
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import psutil
import psycopg2
import pytest
import redis
import requests
from celery import Celery

from stack.servers import Postgres, Server, Valkey

from .live import UNTRACED, LivePlatform
from .processes import ROOT, PlatformProcess, python

pytestmark = pytest.mark.flow

MAX_AGE_SECONDS = 4
TIMEOUT_SECONDS = 1.0
# The real intervals, divided by five to ten.
LIMITS = {
    "HEALTH_MAX_AGE_SECONDS": str(MAX_AGE_SECONDS),
    "HEALTH_CANARY_SECONDS": "1",
    "HEALTH_BEAT_SECONDS": "1",
    "HEALTH_TIMEOUT_SECONDS": str(TIMEOUT_SECONDS),
}
# A sign of life may be sent just before the part is stopped, and a check takes its time, the more
# so beside other tests.
RED_SECONDS = MAX_AGE_SECONDS + 20
LIVE_SECONDS = 0.5
POLL_SECONDS = 0.1

Names = AbstractSet[str]
QUEUES = {
    f"queue:{name}" for name in ("realtime", "catalog", "batch", "training", "mail", "maintenance")
}
REALTIME = {"queue:realtime", "queue:maintenance"}
WORKERS = ("realtime", "batch")
# Longer than workers take to tell monitors that a task began, which comes first.
TOLD_SECONDS = 2
READ_FROM_DATABASE = {"database", "migrations", "beat", *QUEUES}


@dataclass
class Watched:
    """A platform, and what its health endpoints say."""

    platform: LivePlatform
    postgres: Postgres

    def get(self, path: str, **options: Any) -> requests.Response:
        return requests.get(f"http://127.0.0.1:{self.platform.port}{path}", timeout=10, **options)

    def checks(self) -> dict[str, dict[str, str]]:
        response = self.get("/health/ready")
        body = response.json()
        checks: dict[str, dict[str, str]] = body["checks"]
        is_ok = all(check["status"] == "ok" for check in checks.values())
        assert (response.status_code, body["status"]) == (
            (200, "ok") if is_ok else (503, "failing")
        )
        assert checks.keys() == {"broker", *READ_FROM_DATABASE}
        return checks

    def failing(self) -> set[str]:
        return {name for name, check in self.checks().items() if check["status"] != "ok"}

    def turns_red(self, expected: Names, *, never: Names = frozenset()) -> None:
        """Wait until exactly these checks fail. The process lives all along."""
        deadline = time.monotonic() + RED_SECONDS
        while (failing := self.failing()) != expected:
            assert time.monotonic() < deadline, f"failing: {failing}"
            assert not failing & never
            self.lives()
            time.sleep(POLL_SECONDS)

    def turns_green(self) -> None:
        self.platform.eventually(lambda: not self.failing(), otherwise=self.failing)

    def lives(self) -> None:
        started = time.monotonic()
        response = self.get("/health/live")
        assert (response.status_code, response.json()) == (200, {"status": "ok"})
        assert time.monotonic() - started < LIVE_SECONDS


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("health")
    with Postgres(folder / "pg") as postgres, Valkey(folder / "valkey") as valkey:
        live = LivePlatform(postgres.url, valkey, folder, {**LIMITS, **UNTRACED})
        live.manage("migrate", "-v0")
        try:
            live.start()
            yield Watched(live, postgres)
        finally:
            live.stop()


@pytest.fixture
def green(watched: Watched) -> Watched:
    watched.turns_green()
    return watched


@contextmanager
def stopped_process(process: PlatformProcess) -> Iterator[None]:
    """Hangs as a process does whose machine sleeps, its children with it."""
    os.killpg(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGCONT)


@contextmanager
def killed_process(process: PlatformProcess) -> Iterator[None]:
    process.kill()
    try:
        yield
    finally:
        process.start()


@contextmanager
def stopped_server(server: Server) -> Iterator[None]:
    main = psutil.Process(server.pid)
    # The first one stops first, so that it starts no more children.
    family = [main, *main.children(recursive=True)]
    for process in family:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in family:
            process.send_signal(signal.SIGCONT)


@contextmanager
def killed_server(server: Server) -> Iterator[None]:
    server.kill()
    try:
        yield
    finally:
        server.start().wait_ready()


HangProcess = Callable[[PlatformProcess], AbstractContextManager[None]]
HangServer = Callable[[Server], AbstractContextManager[None]]
away_processes = pytest.mark.parametrize("away", [stopped_process, killed_process])
away_servers = pytest.mark.parametrize("away", [stopped_server, killed_server])


@away_processes
@pytest.mark.parametrize(
    ("worker", "failing"), [("realtime", REALTIME), ("batch", QUEUES - REALTIME)]
)
def test_a_workers_queues_fail_while_it_is_away(
    green: Watched, worker: str, failing: set[str], away: HangProcess
) -> None:
    with away(green.platform.processes[worker]):
        green.turns_red(failing)

    green.turns_green()


SENT_AT_ONCE = 4000
# At a thousand a second, longer than a canary lives.
LONG_QUEUE = 1500


def add_backlog(broker: redis.Redis, *, url: str) -> None:
    """Refreshes of a viewer who has gone: copies of one message, as sending takes longer."""
    with Celery(broker=url) as sender:
        sender.send_task("realtime.refresh_recommendations", kwargs={"user_id": 0}, queue="mold")
    message = json.loads(cast("bytes", broker.lpop("mold")))
    with broker.pipeline(transaction=False) as pipeline:
        for _ in range(SENT_AT_ONCE):
            identity = str(uuid.uuid4())
            message["headers"]["id"] = message["headers"]["root_id"] = identity
            message["properties"]["delivery_tag"] = identity
            message["properties"]["delivery_info"]["routing_key"] = "realtime"
            pipeline.lpush("realtime", json.dumps(message))
        pipeline.execute()


def test_a_queue_that_is_worked_off_is_well_however_long_it_is(green: Watched) -> None:
    """Each canary expires behind the work, and the work itself shows that it is done."""
    deadline = time.monotonic() + MAX_AGE_SECONDS + 4
    url = green.platform.valkey.url
    with redis.Redis.from_url(url) as broker:
        try:
            while time.monotonic() < deadline:
                if broker.llen("realtime") < LONG_QUEUE + SENT_AT_ONCE:
                    add_backlog(broker, url=url)
                assert green.failing() == set()
                assert cast("int", broker.llen("realtime")) > LONG_QUEUE
            with stopped_process(green.platform.processes["realtime"]):
                green.turns_red(REALTIME)
        finally:
            broker.delete("realtime")

    green.turns_green()


@away_processes
def test_beat_and_what_it_sends_fail_while_it_is_away(green: Watched, away: HangProcess) -> None:
    with away(green.platform.processes["beat"]):
        green.turns_red({"beat", *QUEUES}, never={"database", "migrations", "broker"})

    green.turns_green()


def test_a_dead_broker_fails_at_once_the_queues_follow_and_beat_goes_on(green: Watched) -> None:
    with killed_server(green.platform.valkey):
        assert green.failing() == {"broker"}
        green.turns_red({"broker", *QUEUES}, never={"beat"})

    green.turns_green()


def test_a_hung_broker_fails_at_once_and_the_queues_follow(green: Watched) -> None:
    with stopped_server(green.platform.valkey):
        assert green.failing() == {"broker"}
        green.turns_red({"broker", *QUEUES}, never={"database", "migrations"})

    green.turns_green()


@contextmanager
def canaries_at_work(platform: LivePlatform) -> Iterator[None]:
    """Both workers are in a task that does not end: it waits for the row of its queue."""
    with closing(psycopg2.connect(platform.database_url)) as session, session.cursor() as cursor:
        cursor.execute(
            "SELECT FROM core_heartbeat WHERE name IN ('queue:realtime', 'queue:batch') FOR UPDATE"
        )
        waiting = (
            "SELECT FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND strpos(query, 'core_heartbeat') > 0"
        )
        platform.eventually(lambda: len(platform.rows(waiting)) == len(WORKERS))
        time.sleep(TOLD_SECONDS)
        yield


def test_workers_that_could_not_confirm_a_task_take_others_afterwards(green: Watched) -> None:
    """Each has one place, which the message that could not be confirmed must not keep."""
    logs = [green.platform.processes[name].log for name in WORKERS]
    told = [unconfirmed(log) for log in logs]
    with ExitStack() as work:
        work.enter_context(canaries_at_work(green.platform))
        with stopped_server(green.platform.valkey):
            work.close()
            green.platform.eventually(
                lambda: all(
                    unconfirmed(log) > before for log, before in zip(logs, told, strict=True)
                )
            )

    green.turns_green()


def unconfirmed(log: Path) -> int:
    return log.read_text().count("Couldn't ack")


@away_servers
def test_without_a_database_all_that_is_read_from_it_fails_at_once(
    green: Watched, away: HangServer
) -> None:
    with away(green.postgres):
        assert green.failing() == READ_FROM_DATABASE
        green.turns_red(READ_FROM_DATABASE, never={"broker"})
        green.lives()

    green.turns_green()


def test_a_hung_database_holds_up_neither_answers_nor_threads(green: Watched) -> None:
    (web,) = psutil.Process(green.platform.processes["web"].pid).children()
    with stopped_server(green.postgres):
        green.checks()
        threads = web.num_threads()
        seconds = [_timed(green.failing) for _ in range(30)]
        # At most as many as serve requests; the check that hangs has its one.
        assert web.num_threads() <= threads + 8
        details = {check["detail"] for check in green.checks().values()}
        green.lives()

    assert max(seconds) < TIMEOUT_SECONDS + LIVE_SECONDS
    assert sum(seconds) / len(seconds) < TIMEOUT_SECONDS / 2
    assert any("no answer since" in detail for detail in details)
    green.turns_green()


def test_a_migration_that_is_missing_fails_its_check_alone(green: Watched) -> None:
    (row,) = green.platform.rows(
        "DELETE FROM django_migrations WHERE app = 'users' AND name = '0001_initial'"
        " RETURNING id, applied"
    )

    try:
        assert green.failing() == {"migrations"}
        assert "users.0001_initial" in green.checks()["migrations"]["detail"]
        named = green.get("/health/ready", params={"checks": "database,broker"})
        assert (named.status_code, named.json()["checks"].keys()) == (200, {"database", "broker"})
    finally:
        green.platform.rows(
            "INSERT INTO django_migrations (id, app, name, applied)"
            " VALUES (%s, 'users', '0001_initial', %s) RETURNING id",
            *row,
        )

    assert green.failing() == set()


def test_the_command_says_the_same(green: Watched) -> None:
    healthy = _health(green.platform)
    with killed_server(green.platform.valkey):
        failing = _health(green.platform, "broker", "database")

    assert (healthy.returncode, healthy.stderr) == (0, "")
    assert all(name in healthy.stdout for name in {"broker", *READ_FROM_DATABASE})
    assert failing.returncode == 1
    assert "failing" in failing.stdout
    assert "queue:" not in failing.stdout


def test_probes_are_answered_whatever_name_the_server_is_called_by(green: Watched) -> None:
    for path in ("/health/live", "/health/ready"):
        url = f"http://127.0.0.1:{green.platform.port}{path}"
        answers = [
            requests.request(method, url, headers={"Host": "any.invalid"}, timeout=10)
            for method in ("GET", "HEAD")
        ]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[1].content == b""
        for answer in answers:
            assert answer.headers["Cache-Control"] == "no-store"
            assert "Set-Cookie" not in answer.headers


def _timed(call: Callable[[], object]) -> float:
    started = time.monotonic()
    call()
    return time.monotonic() - started


def _health(platform: LivePlatform, *checks: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        python("manage.py", "health", *checks),
        cwd=ROOT,
        env={**os.environ, **platform.environment},
        capture_output=True,
        text=True,
        check=False,
    )
