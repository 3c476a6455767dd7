"""The server as tests use it.

with StandIn(rate=40) as tmdb:
    ...  # tmdb.url, tmdb.export_url, tmdb.token
    tmdb.faults(faults.maintenance(times=2))
"""

import asyncio
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Self

from stack.ports import free_port
from tests.tmdb_server.arrivals import Arrival
from tests.tmdb_server.faults import Fault
from tests.tmdb_server.listener import HOST
from tests.tmdb_server.server import REAL_RATE, Options, Server
from tests.tmdb_server.service import api_key_of

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 10.0
POLL_SECONDS = 0.01
CALL_SECONDS = 60.0


class InProcess:
    """The server in a process of its own."""

    def __init__(self, options: Options) -> None:
        # The token is no argument, as it would be with the real one.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.tmdb_server", *_arguments(options)],
            cwd=ROOT,
            env={**os.environ, "TMDB_API_TOKEN": options.token},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        if not self._process.stdout.readline():
            raise RuntimeError(f"the stand-in ended with {self._process.wait()}")

    @property
    def pid(self) -> int:
        return self._process.pid

    def pause(self) -> None:
        self._process.send_signal(signal.SIGUSR1)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGUSR2)

    def end(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=STOP_SECONDS)


class InThread:
    """The server in a thread of the test, which starts at once and is counted by coverage."""

    def __init__(self, options: Options) -> None:
        self._server = Server(options)
        self._is_ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        if not self._is_ready.wait(STOP_SECONDS):
            raise RuntimeError("the stand-in did not start")

    @property
    def pid(self) -> int:
        return os.getpid()

    def pause(self) -> None:
        self._server.loop.call_soon_threadsafe(self._server.pause)

    def resume(self) -> None:
        self._server.loop.call_soon_threadsafe(self._server.resume)

    def end(self) -> None:
        self._server.loop.call_soon_threadsafe(self._server.stop)
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        asyncio.run(self._server.run(lambda _url: self._is_ready.set()))


class StandIn:
    """`catalogue` is a catalog.jsonl; without it, there are the titles of the starter set.

    `rate` 0 is no limit; `export_lines` beyond the catalogue are invented titles.
    """

    def __init__(
        self,
        *,
        catalogue: Path | None = None,
        token: str = "stand-in-token",  # noqa: S107  # of a server of our own
        rate: int = REAL_RATE,
        export_lines: int | None = None,
        log: Path | None = None,
        in_thread: bool = False,
    ) -> None:
        self.token = token
        self.api_key = api_key_of(token)
        self._options = Options(
            port=0,
            token=token,
            catalogue=catalogue,
            rate=rate,
            export_lines=export_lines,
            log=log,
        )
        self._kind = InThread if in_thread else InProcess
        self._running: InProcess | InThread | None = None

    def __enter__(self) -> Self:
        self._options = replace(self._options, port=free_port())
        self._running = self._kind(self._options)
        return self

    def __exit__(self, *_: object) -> None:
        if self._running is not None:
            self._running.end()
            self._running = None

    @property
    def url(self) -> str:
        """Where the API is, as TMDB_URL names it."""
        return f"{self._root}/3"

    @property
    def export_url(self) -> str:
        """Where the files of ids are, as TMDB_EXPORT_URL names it."""
        return f"{self._root}/p/exports"

    @property
    def pid(self) -> int:
        return self._required.pid

    def faults(self, *faults: Fault) -> None:
        """Add faults of `tests.tmdb_server.faults`; they are tried in this order."""
        self._call("POST", "faults", [fault.to_json() for fault in faults])

    def clear_faults(self) -> None:
        self._call("DELETE", "faults")

    def faults_left(self) -> list[dict[str, Any]]:
        """All that were added, with the `times` that remain of each."""
        found: list[dict[str, Any]] = self._json("faults")
        return found

    def arrivals(self) -> list[Arrival]:
        lines = self._call("GET", "arrivals").decode().splitlines()
        return [Arrival(**_without_time(json.loads(line))) for line in lines]

    def forget_arrivals(self) -> None:
        self._call("DELETE", "arrivals")

    def summary(self) -> dict[str, Any]:
        """What `Arrivals.summary` says of the requests to the API."""
        found: dict[str, Any] = self._json("summary")
        return found

    def edit(self, tmdb_id: int, **fields: Any) -> None:
        """Replace fields and blocks of a title, or add a title of that id.

        What has no Python name, such as `watch/providers`, goes in by `**{...}`.
        """
        self._call("POST", f"movies/{tmdb_id}", fields)

    def remove(self, tmdb_id: int) -> None:
        self._call("DELETE", f"movies/{tmdb_id}")

    def changed(self, day: date, tmdb_ids: Sequence[int]) -> None:
        """These titles and no others changed on that day."""
        self._call("POST", f"changes/{day}", list(tmdb_ids))

    def write_export(self, day: date) -> None:
        """Before anyone asks for it: a million lines take longer than some clients wait."""
        self._call("POST", f"exports/{day}")

    def configure(self, **settings: Any) -> None:
        """`rate`; `retry_after` of its own 429 (None: absent); `today` (None: as it is)."""
        self._call("POST", "settings", {k: _plain(v) for k, v in settings.items()})

    def stop(self) -> None:
        """Refuse connections until `start`; what it knows and what was scripted stays."""
        self._required.pause()
        self._wait(is_open=False)

    def start(self) -> None:
        self._required.resume()
        self._wait(is_open=True)

    @property
    def _root(self) -> str:
        return f"http://{HOST}:{self._options.port}"

    @property
    def _required(self) -> InProcess | InThread:
        if self._running is None:
            raise RuntimeError("the stand-in is used outside of its `with`")
        return self._running

    def _json(self, path: str) -> Any:
        return json.loads(self._call("GET", path))

    def _call(self, method: str, path: str, content: Any = None) -> bytes:
        connection = http.client.HTTPConnection(HOST, self._options.port, timeout=CALL_SECONDS)
        try:
            body = None if content is None else json.dumps(content)
            connection.request(method, f"/stand-in/{path}", body)
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        if response.status != http.HTTPStatus.OK:
            raise ValueError(answer.decode())
        return answer

    def _wait(self, *, is_open: bool) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        while self._accepts() != is_open:
            if time.monotonic() > deadline:
                raise TimeoutError
            time.sleep(POLL_SECONDS)

    def _accepts(self) -> bool:
        try:
            socket.create_connection((HOST, self._options.port), timeout=1).close()
        except OSError:
            return False
        return True


def _arguments(options: Options) -> list[str]:
    values: Mapping[str, object] = {
        "--port": options.port,
        "--catalog": options.catalogue,
        "--rate": options.rate,
        "--export-lines": options.export_lines,
        "--log": options.log,
    }
    given = [(name, str(value)) for name, value in values.items() if value is not None]
    return [part for pair in given for part in pair]


def _without_time(content: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name != "time"}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
