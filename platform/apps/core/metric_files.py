"""Totals that several processes count together and that outlive each of them.

With METRICS_DIR set, each process writes to files of its own below `METRICS_DIR/METRICS_NAME/`.
They carry a number instead of the process id, and a lock says who owns it: a process takes the
lowest free number and goes on counting where its former owner, however it ended, stopped. So
totals never fall, and there are never more files than processes that ever ran at once.

Counting never stops what is counted: a process that cannot use its files says so once and counts
in its own memory from then on.
"""

import fcntl
import logging
import os
import struct
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from prometheus_client import values
from prometheus_client.metrics_core import Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

logger = logging.getLogger(__name__)

KINDS = ("counter", "histogram")
# Where prometheus_client looks for the folder.
VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
# A file may vanish or break between its check and the reading.
READ_ATTEMPTS = 3
_UNREADABLE = (OSError, RuntimeError, ValueError, struct.error)
# Not every error: the one that ends a task for its time may arrive while it is being counted.
_UNUSABLE = (*_UNREADABLE, AttributeError, IndexError, TypeError)
# As large as prometheus_client makes a new file; it doubles what is full.
FILE_BYTES = 1 << 16
# Its length, the key with up to eight bytes of padding, value and time.
_ENTRY_BYTES = 4 + 8 + 16


class UnreadableCounts(Exception):  # noqa: N818  # reads as what it says
    """The files below METRICS_DIR cannot be read."""


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
        # What a fork inherited stays its parent's: closing our copy does not unlock it. If no
        # number can be had, the descriptor soon belongs to somebody else.
        inherited, self._lock = self._lock, None
        if inherited is not None:
            os.close(inherited)
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
            except OSError:
                os.close(lock)
                raise
            else:
                yield number, lock


class AllocatedDict(MmapedDict):
    """A file whose pages are all on the disk before it is mapped.

    Writing to a mapped page for which a full disk has no room ends the process by SIGBUS.
    """

    def __init__(self, filename: str, read_mode: bool = False) -> None:  # noqa: FBT001, FBT002  # the library's signature
        if not read_mode:
            with Path(filename).open("a+b") as file:
                _allocate(file.fileno(), FILE_BYTES)
        super().__init__(filename, read_mode)  # type: ignore[no-untyped-call]

    def _init_value(self, key: str) -> None:
        needed = self._used + _ENTRY_BYTES + len(key.encode())
        capacity: int = self._capacity
        while capacity < needed:
            capacity *= 2
        if capacity > self._capacity:
            _allocate(self._f.fileno(), capacity)
        super()._init_value(key)  # type: ignore[no-untyped-call]


def _allocate(file: int, size: int) -> None:
    """Have the file hold `size` bytes, or what it has if that is more. Raises OSError."""
    present = os.fstat(file).st_size
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, max(size, present))
    elif size > present:
        with open(file, "ab", closefd=False) as zeros:
            zeros.write(bytes(size - present))


class SharedFiles:
    """The files of this process, until they fail it."""

    def __init__(self) -> None:
        self.failed = False

    def attempt(self, action: Callable[[], None]) -> bool:
        """Whether the action worked; once one did not, none is tried again."""
        if self.failed:
            return False
        try:
            action()
        except _UNUSABLE as error:
            self.failed = True
            logger.warning("Counts are kept in this process only, METRICS_DIR fails: %r", error)
        return not self.failed

    def value_class(self, number: ProcessNumber) -> type:
        """What prometheus_client keeps each number in."""
        shared_class = values.MultiProcessValue(number)  # type: ignore[no-untyped-call]
        files = self

        class Value(values.MutexValue):
            _multiprocess = True
            shared: Any = None

            def __init__(self, *args: Any, **options: Any) -> None:
                super().__init__(*args, **options)  # type: ignore[no-untyped-call]

                def share() -> None:
                    self.shared = shared_class(*args, **options)

                files.attempt(share)

            def inc(self, amount: float) -> None:
                if not files.attempt(lambda: self.shared.inc(amount)):
                    super().inc(amount)  # type: ignore[no-untyped-call]

        return Value


shared_files = SharedFiles()


def share_counts(root: Path, *, name: str) -> None:
    """Have all metrics made from now on count in files in the folder `name` below `root`."""
    shared_files.attempt(lambda: _share_counts(root, root / name))


def _share_counts(root: Path, folder: Path) -> None:
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    # A process may change its working folder.
    os.environ[VARIABLE] = str(folder.resolve())
    values.MmapedDict = AllocatedDict  # type: ignore[attr-defined]
    values.ValueClass = shared_files.value_class(ProcessNumber(folder.resolve()))


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
        """Raises UnreadableCounts."""
        files = [path for kind in KINDS for path in sorted(self._root.glob(f"*/{kind}_*.db"))]
        for _ in range(READ_ATTEMPTS):
            try:
                return list(MultiProcessCollector.merge(map(str, files)))  # type: ignore[no-untyped-call]
            except _UNREADABLE:
                files = [path for path in files if _is_readable(path)]
        raise UnreadableCounts("The files of metrics change faster than they can be read")
