"""The HTTP servers and settings that are tried, and the processes that run them."""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import requests

from stack.ports import free_port
from tests.flows.live import UNTRACED
from tests.flows.processes import PlatformProcess

from .ordinary.filling import SETTINGS

START_SECONDS = 60
# A new process writes most of the films that it keeps in this time, while it is asked for lists.
SETTLE_SECONDS = 8.0
SHIPPED = ("--config", "python:movie_backend.gunicorn", "movie_backend.wsgi:application")


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """`threads` are those of each of the processes."""

    software: str
    processes: int
    threads: int

    @property
    def name(self) -> str:
        return f"{self.software} {self.processes}x{self.threads}"

    def command(self, port: int) -> tuple[str, ...]:
        if self.software == "granian":
            return (sys.executable, "-m", "granian", *self._granian(port))
        # With one thread gunicorn takes its worker `sync`, which keeps no connection.
        kind = "gthread" if self.software == "gthread" else "sync"
        return (sys.executable, "-m", "gunicorn", "--worker-class", kind, *SHIPPED)

    def _granian(self, port: int) -> tuple[str, ...]:
        return (
            *("--interface", "wsgi", "--http", "1", "--no-ws", "--host", "127.0.0.1"),
            *("--port", str(port), "--workers", str(self.processes), "--log-level", "warning"),
            *("--blocking-threads", str(self.threads), "movie_backend.wsgi:application"),
        )

    def environment(self, port: int) -> dict[str, str]:
        return {
            "PORT": str(port),
            "WEB_CONCURRENCY": str(self.processes),
            "WEB_THREADS": str(self.threads),
        }


def server_of(name: str) -> Server:
    """From such a name as `gthread 2x4`."""
    software, _, size = name.partition(" ")
    processes, _, threads = size.partition("x")
    return Server(software=software, processes=int(processes), threads=int(threads))


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """What answers: ours, or the ordinary way."""

    name: str
    variables: Mapping[str, str] = field(default_factory=dict)


OURS = Way(name="ours")
ORDINARY = Way(name="ordinary", variables={"DJANGO_SETTINGS_MODULE": SETTINGS})


@dataclass
class Running:
    server: Server
    port: int
    process: PlatformProcess

    def cpu_seconds(self) -> float:
        """That its processes have taken so far, of users and of the kernel.

        On a machine that does other things as well it says more than the clock.
        """
        parent = psutil.Process(self.process.pid)
        times = [each.cpu_times() for each in (parent, *parent.children(recursive=True))]
        return sum(each.user + each.system for each in times)

    def memory(self) -> dict[str, int]:
        """Mebibytes of all its processes: resident, and with shared pages counted once."""
        parent = psutil.Process(self.process.pid)
        infos = [each.memory_full_info() for each in (parent, *parent.children(recursive=True))]
        return {
            "processes": len(infos),
            "rss_mib": round(sum(info.rss for info in infos) / 2**20),
            "pss_mib": round(sum(info.pss for info in infos) / 2**20),
        }

    def wait_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                if requests.get(f"http://127.0.0.1:{self.port}/health/live", timeout=5).ok:
                    return
            except (requests.ConnectionError, requests.Timeout):
                time.sleep(0.05)
        raise SystemExit(f"{self.server.name} does not answer: {self.process.log.read_text()}")


@contextmanager
def running(
    server: Server, way: Way, environment: Mapping[str, str], folder: Path
) -> Iterator[Running]:
    port = free_port()
    name = f"{way.name}-{server.name}".replace(" ", "-")
    variables = {**environment, **UNTRACED, **server.environment(port), **way.variables}
    # Counted apart: the metrics of another server's processes are none of its own.
    variables["METRICS_NAME"] = f"{name}-{port}"
    process = PlatformProcess(name, server.command(port), variables, folder)
    process.start()
    try:
        found = Running(server, port, process)
        found.wait_ready()
        yield found
    finally:
        process.stop()


# Two cores: as many processes, or one more, as some of the time is spent waiting for the database.
CANDIDATES: Sequence[str] = (
    *("sync 2x1", "sync 3x1", "gthread 2x2", "gthread 2x4", "gthread 3x2"),
    *("granian 2x1", "granian 2x2", "granian 3x1"),
)
