"""gunicorn with the configuration that ships: two processes, one log, one set of totals."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from django.db import connection

from stack.ports import free_port
from tests.json_logs import lines_of, parsed
from tests.scrapes import value

ROOT = Path(__file__).resolve().parents[2]
COMMAND = "-m gunicorn --config python:movie_backend.gunicorn movie_backend.wsgi:application"
START_SECONDS = 30
NOWHERE = {"method": "GET", "route": "unmatched", "status": 404}


class WebServer:
    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.log = folder / "web.log"
        self.environment = {
            "PORT": str(self.port),
            "LOG_FORMAT": "json",
            "METRICS_DIR": str(folder / "metrics"),
            "WEB_CONCURRENCY": "2",
            "DATABASE_URL": _database_url(),
        }

    @contextmanager
    def running(self) -> Iterator[None]:
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *COMMAND.split()],
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self.wait_ready()
            yield
        finally:
            process.terminate()
            process.wait(30)

    def wait_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                if self.get("/health/live").ok:
                    return
            except requests.ConnectionError:
                time.sleep(0.05)
        pytest.fail(self.log.read_text())

    def get(self, path: str) -> requests.Response:
        return requests.get(f"http://127.0.0.1:{self.port}{path}", timeout=30)

    def count(self) -> float:
        return value(self.get("/metrics").text, "nexus_http_requests_total", **NOWHERE)

    def pids(self) -> set[int]:
        return {line["pid"] for line in lines_of(self.log, logger="nexus.access")}


def _database_url() -> str:
    """Of the database of the tests, which is not the one that the environment names."""
    path = f"/{connection.settings_dict['NAME']}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=path).geturl()


@pytest.fixture
def server(tmp_path: Path, django_db_setup: None) -> Iterator[WebServer]:
    web = WebServer(tmp_path)
    with web.running():
        yield web


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None
) -> Iterator[WebServer]:
    """For requests that leave no more than a line in its log."""
    web = WebServer(tmp_path_factory.mktemp("web"))
    with web.running():
        yield web


def _ask(server: WebServer, numbers: range) -> None:
    with ThreadPoolExecutor(8) as clients:
        list(clients.map(lambda number: server.get(f"/nowhere/{number}"), numbers))


def test_totals_are_exact_whichever_process_answers(server: WebServer) -> None:
    asked = 0
    # The second process may begin to answer a little later than the first.
    while asked < 200 or (len(server.pids()) < 2 and asked < 2_000):
        _ask(server, range(asked, asked + 100))
        asked += 100

    assert [server.count() for _ in range(20)] == [asked] * 20
    assert len(server.pids()) == 2


def test_totals_survive_the_processes_that_counted_them(server: WebServer) -> None:
    _ask(server, range(50))
    old = server.pids()
    for pid in old:
        os.kill(pid, signal.SIGKILL)
    server.wait_ready()

    assert server.count() == 50
    _ask(server, range(50))

    assert server.count() == 100
    assert len(server.pids() - old) >= 1
    (folder,) = (server.log.parent / "metrics").iterdir()
    assert len(list(folder.glob("counter_*.db"))) <= 2


def test_everything_the_server_says_is_json_under_its_role(server: WebServer) -> None:
    server.get("/nowhere/?secret=1")

    lines = parsed(server.log.read_text())
    assert {line["role"] for line in lines} == {"web"}
    assert {line["logger"] for line in lines} == {"gunicorn.error", "nexus.access"}
    (access,) = lines_of(server.log, logger="nexus.access")
    assert (access["path"], access["status"]) == ("/nowhere/", 404)


@pytest.mark.parametrize("path", ["/health/live", "/nowhere/", "/api/v1/ratings/"])
def test_a_head_is_answered_without_a_body_and_a_warning(undisturbed: WebServer, path: str) -> None:
    url = f"http://127.0.0.1:{undisturbed.port}{path}"

    head, got = requests.head(url, timeout=10), requests.get(url, timeout=10)

    assert (head.status_code, head.content) == (got.status_code, b"")
    assert int(head.headers["Content-Length"]) == len(got.content) > 0
    assert {line["level"] for line in parsed(undisturbed.log.read_text())} == {"INFO"}


def test_what_is_no_request_is_refused_and_not_repeated(server: WebServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(b"GET /?password=hunter2%s\r\nHost: x\r\n\r\n")
        assert b" 400 " in client.recv(4096)

    (line,) = lines_of(server.log, level="WARNING")
    assert line["message"] == "Invalid request from ip=127.0.0.1"
    assert "hunter2" not in server.log.read_text()


@pytest.mark.parametrize(
    ("address", "expected"), [("127.0.0.2", "127.0.0.2:8123"), ("::1", "[::1]:8123")]
)
def test_the_configuration_comes_from_the_environment(address: str, expected: str) -> None:
    shown = _configuration(WEB_ADDRESS=address, PORT="8123", WEB_CONCURRENCY="3", WEB_THREADS="5")

    assert shown["bind"] == f"['{expected}']"
    assert (shown["workers"], shown["threads"]) == ("3", "5")
    assert (shown["timeout"], shown["graceful_timeout"], shown["keepalive"]) == ("30", "10", "5")
    assert shown["control_socket_disable"] == "True"


def test_only_a_proxy_on_this_host_is_believed_by_default() -> None:
    shown = _configuration()

    assert shown["bind"] == "['127.0.0.1:8000']"
    assert shown["forwarded_allow_ips"] == "['127.0.0.1', '::1']"
    assert shown["forwarder_headers"] == "[]"
    assert shown["accesslog"] == "None"


def _configuration(**variables: str) -> dict[str, str]:
    unset = ("PORT", "WEB_ADDRESS", "WEB_CONCURRENCY", "WEB_THREADS", "FORWARDED_ALLOW_IPS")
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    finished = subprocess.run(
        [sys.executable, *COMMAND.split(), "--print-config"],
        cwd=ROOT,
        env={**kept, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    pairs = (line.partition("=") for line in finished.stdout.splitlines() if "=" in line)
    return {name.strip(): shown.strip() for name, _, shown in pairs}
