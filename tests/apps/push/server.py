"""A push process on the tests' database, and clients of its streams."""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from django.db import connection

from stack.ports import free_port

ROOT = Path(__file__).resolve().parents[3]
COMMAND = "-m movie_backend.push"
START_SECONDS = 90
# Nothing takes so long; a test that waits for it has failed.
PATIENCE_SECONDS = 30
EVENTS = "/api/v1/recommendations/events/"
LIST = "/api/v1/recommendations/"


@dataclass(frozen=True)
class Event:
    kind: str
    id: str
    data: dict[str, Any]


class EventStream:
    """An open response, read line by line."""

    def __init__(self, port: int, path: str, headers: Mapping[str, str]) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        accept = "text/event-stream" if path.startswith(EVENTS) else "application/json"
        self.connection.request("GET", path, headers={"Accept": accept, **headers})
        self.response = self.connection.getresponse()
        self.status = self.response.status
        self.comments = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.response.close()
        self.connection.close()

    def block(self) -> dict[str, str] | None:
        """Up to the next empty line; None at the end of the stream."""
        fields: dict[str, str] = {}
        while line := self.response.readline():
            text = line.decode().rstrip("\n")
            if not text:
                return fields
            name, _, value = text.partition(":")
            fields[name] = value.removeprefix(" ")
        return None

    def next(self) -> Event:
        """The next event, passing over comments."""
        while (fields := self.block()) is not None:
            if "data" in fields:
                return Event(fields["event"], fields["id"], json.loads(fields["data"]))
            self.comments += "" in fields
        raise AssertionError("the stream has ended")

    def wait_for_end(self) -> None:
        while self.block() is not None:
            pass


class PushServer:
    def __init__(self, folder: Path, **environment: str) -> None:
        self.port = free_port()
        self.log = folder / "push.log"
        self.environment = {
            "PUSH_PORT": str(self.port),
            "LOG_FORMAT": "json",
            "METRICS_DIR": "",
            "DATABASE_URL": database_url(),
            # Only what a test is about makes it look.
            "PUSH_HEARTBEAT_SECONDS": "600",
            **environment,
        }
        self.process: subprocess.Popen[bytes] | None = None

    @contextmanager
    def running(self) -> Iterator[Self]:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *COMMAND.split()],
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self._wait_ready()
            yield self
        finally:
            self.process.terminate()
            self.process.wait(30)

    def stream(self, access: str = "", path: str = EVENTS, **headers: str) -> EventStream:
        if access:
            headers["Authorization"] = f"Bearer {access}"
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return EventStream(self.port, path, headers)

    def get(self, path: str, access: str = "", **headers: str) -> tuple[int, Any]:
        """Status and body, which is JSON but for `/metrics`."""
        with self.stream(access, path, **headers) as opened:
            body = opened.response.read().decode()
        return opened.status, body if path == "/metrics" else json.loads(body)

    def eventually(self, condition: Any) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, self.log.read_text()[-2_000:]
            time.sleep(0.02)

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text()
            try:
                self.get("/health/live")
            except OSError:
                time.sleep(0.05)
            else:
                break
        # The first thing that it says when it listens.
        self.eventually(lambda: "Push hears notifications" in self.log.read_text())


def database_url() -> str:
    """Of the database of the tests, which is not the one that the environment names."""
    path = f"/{connection.settings_dict['NAME']}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=path).geturl()
