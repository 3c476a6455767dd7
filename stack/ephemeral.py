"""Servers for the length of one command, in a temporary folder that goes with them."""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

import psutil

from stack import processes
from stack.servers import Postgres, Server, Valkey

PREFIX = "nexus-servers-"
GRACE_SECONDS = 10.0
SIGNAL_EXIT_BASE = 128


def run_with_servers(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command with DATABASE_URL and REDIS_URL set, starting what is not given already.

    Returns its exit code. Interrupted or terminated, the command is told, then the servers end.
    """
    with _servers(environment) as urls:
        process = subprocess.Popen(command, env={**environment, **urls})
        with _passing_on_signals(process):
            code = process.wait()
    return code if code >= 0 else SIGNAL_EXIT_BASE - code


@contextlib.contextmanager
def _servers(environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    missing = [name for name in ("DATABASE_URL", "REDIS_URL") if not environment.get(name)]
    if not missing:
        yield {}
        return
    remove_abandoned(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        _claim(folder)
        with contextlib.ExitStack() as running:
            yield {name: _start(running, name, folder).url for name in missing}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start(running: contextlib.ExitStack, name: str, folder: Path) -> Server:
    server: Server
    server = Postgres(folder / "pg") if name == "DATABASE_URL" else Valkey(folder / "redis")
    server.environment = processes.marker(folder, secrets.token_hex(8))
    return running.enter_context(server)


@contextlib.contextmanager
def _passing_on_signals(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    def pass_on(number: int, _: FrameType | None) -> None:
        # A Control-C at the terminal has reached the command already.
        if number != signal.SIGINT or not sys.stdin.isatty():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(number)

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    previous = {number: signal.signal(number, pass_on) for number in numbers}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _claim(folder: Path) -> None:
    ourselves = psutil.Process()
    (folder / "owner").write_text(f"{ourselves.pid} {ourselves.create_time()}")


def remove_abandoned(parent: Path) -> None:
    """End the servers and remove the folders of commands that were killed before they could."""
    for folder in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError, ValueError):
            if folder.stat().st_uid == os.geteuid() and not _has_owner(folder):
                processes.stop(processes.started_by(folder, None), grace_seconds=GRACE_SECONDS)
                shutil.rmtree(folder, ignore_errors=True)


def _has_owner(folder: Path) -> bool:
    pid, created = (folder / "owner").read_text().split()
    try:
        return psutil.Process(int(pid)).create_time() == float(created)
    except psutil.NoSuchProcess:
        return False
