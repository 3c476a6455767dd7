"""Recognises the processes a stack started, also after whoever started them was killed."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

# Every process of a stack carries these in its environment and hands them to its children.
FOLDER_VARIABLE = "NEXUS_STACK_DIR"
ID_VARIABLE = "NEXUS_STACK_ID"

POLL_SECONDS = 0.05

_SERVERS = ("postgres", "valkey-server", "redis-server")


def marker(folder: Path, stack_id: str) -> dict[str, str]:
    return {FOLDER_VARIABLE: str(folder), ID_VARIABLE: stack_id}


def is_alive(process: psutil.Process) -> bool:
    """A zombie is not: nobody may ever collect it where process 1 is a plain program."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def started_by(folder: Path, stack_id: str | None) -> list[psutil.Process]:
    """The living processes of the stack whose state is kept in this folder."""
    return [
        process
        for process in psutil.process_iter()
        if process.pid != os.getpid() and is_ours(process, folder, stack_id)
    ]


def is_ours(process: psutil.Process, folder: Path, stack_id: str | None) -> bool:
    """Whether the process lives and was started by the stack of this folder."""
    # A copy of the folder holds the same id and a container may see the same path, so neither
    # alone is proof: the path must lead here, or be gone while its id moved here with the folder.
    try:
        environment = process.environ()
        named = environment.get(FOLDER_VARIABLE)
        if named is None or not _shares_mounts(process) or not is_alive(process):
            return False
    except (psutil.Error, OSError):
        return False
    if Path(named).exists():
        return folder.exists() and Path(named).samefile(folder)
    return named == str(folder) or (
        stack_id is not None and environment.get(ID_VARIABLE) == stack_id
    )


def _shares_mounts(process: psutil.Process) -> bool:
    if not sys.platform.startswith("linux"):
        return True
    ours, theirs = (os.stat(f"/proc/{pid}/ns/mnt") for pid in ("self", process.pid))  # noqa: PTH116  # a link of the kernel
    return ours.st_ino == theirs.st_ino


def stop(processes: Iterable[psutil.Process], *, grace_seconds: float) -> None:
    """Ask the processes to end, those that use the servers before the servers; kill stragglers."""
    everything = list(processes)
    servers = [process for process in everything if _name(process) in _SERVERS]
    for batch in ([p for p in everything if p not in servers], servers):
        _stop_batch(batch, grace_seconds=grace_seconds)


def _stop_batch(batch: list[psutil.Process], *, grace_seconds: float) -> None:
    pids = {process.pid for process in batch}
    for process in batch:
        with contextlib.suppress(psutil.NoSuchProcess):
            # Children are ended by their own parent, which knows the order.
            if process.ppid() not in pids:
                process.send_signal(_stop_signal(process))
    for process in wait(batch, timeout_seconds=grace_seconds):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    wait(batch, timeout_seconds=grace_seconds)


def wait(batch: Iterable[psutil.Process], *, timeout_seconds: float) -> list[psutil.Process]:
    """Return as soon as all have ended, else after the time-out those that have not."""
    deadline = time.monotonic() + timeout_seconds
    alive = [process for process in batch if is_alive(process)]
    while alive and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        alive = [process for process in alive if is_alive(process)]
    return alive


def _stop_signal(process: psutil.Process) -> signal.Signals:
    # PostgreSQL's fast shutdown; on SIGTERM it would wait for its clients to leave.
    return signal.SIGINT if _name(process) == "postgres" else signal.SIGTERM


def _name(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.Error:
        return ""
