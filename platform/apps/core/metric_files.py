"""Totals that several processes count together and that outlive each of them.

With METRICS_DIR set, each process writes to files of its own below `METRICS_DIR/<hostname>/`.
They carry a number instead of the process id, and a lock says who owns it: a process takes the
lowest free number and goes on counting where its former owner, however it ended, stopped. So
totals never fall, and there are never more files than processes that ever ran at once.
"""

import fcntl
import logging
import os
import socket
import struct
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path

from prometheus_client import values
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector

logger = logging.getLogger(__name__)

KINDS = ("counter", "histogram")
# Where prometheus_client looks for the folder.
VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
# A file may vanish or break between its check and the reading.
READ_ATTEMPTS = 3
_UNREADABLE = (OSError, RuntimeError, ValueError, struct.error)


class ProcessNumber:
    """Called by prometheus_client at each count: the number of the process that calls."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pid = 0
        self._number = 0
        self._lock: int | None = None

    def __call__(self) -> int:
        if self._pid != os.getpid():
            self._take_number()
        return self._number

    def _take_number(self) -> None:
        # What a fork inherited stays its parent's: closing our copy does not unlock it.
        if self._lock is not None:
            os.close(self._lock)
        self._number, self._lock = next(self._free_numbers())
        self._pid = os.getpid()
        for kind in KINDS:
            _remove_unreadable(self._folder / f"{kind}_{self._number}.db")

    def _free_numbers(self) -> Iterator[tuple[int, int]]:
        for number in count():
            lock = os.open(self._folder / f"{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
            else:
                yield number, lock


def share_counts(root: Path) -> None:
    """Have all metrics made from now on count in files below `root`."""
    folder = root / socket.gethostname()
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    # A process may change its working folder.
    os.environ[VARIABLE] = str(folder.resolve())
    values.ValueClass = values.MultiProcessValue(ProcessNumber(folder.resolve()))  # type: ignore[no-untyped-call]


def _remove_unreadable(path: Path) -> None:
    if path.exists() and not _is_readable(path):
        logger.warning("A file of metrics is broken and begins anew: %s", path.name)
        path.unlink(missing_ok=True)


def _is_readable(path: Path) -> bool:
    try:
        MultiProcessCollector.merge([str(path)])  # type: ignore[no-untyped-call]
        with path.open("rb") as file:
            used: int = struct.unpack("i", file.read(4))[0]
        # A process that continues the file needs what reading alone does not.
        return path.stat().st_size >= used
    except _UNREADABLE:
        return False


class SharedCounts:
    """A collector: the sums over all processes of all hosts that write below `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def collect(self) -> Iterable[Metric]:
        files = [path for kind in KINDS for path in sorted(self._root.glob(f"*/{kind}_*.db"))]
        for _ in range(READ_ATTEMPTS):
            try:
                return list(MultiProcessCollector.merge(map(str, files)))  # type: ignore[no-untyped-call]
            except _UNREADABLE:
                files = [path for path in files if _is_readable(path)]
        logger.warning("The files of metrics change faster than they can be read")
        return []
