"""How the download of a data set shows at the terminal: licence, acceptance, progress."""

import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from django.core.management.base import CommandError
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from services.imports.grouplens.data_sets import DataSet
from services.imports.grouplens.errors import DownloadError, DownloadUnfinishedError
from services.imports.grouplens.transfer import DownloadProgress

WIDTH = 78
SECONDS_BETWEEN_LINES = 10
BYTES_PER_MB = 1e6

WRONG_USAGE = 2
LICENCE_NOT_ACCEPTED = 3
DOWNLOAD_UNFINISHED = 4
DOWNLOAD_FAILED = 5
INTERRUPTED = 130


class LicenceNotAcceptedError(Exception):
    """Nobody agreed to the licence, so nothing was downloaded."""


def megabytes(size: int) -> str:
    return f"{size / BYTES_PER_MB:.1f} MB"


class Consent:
    """Shows a licence once and takes the answer: the flag's, or what is typed at a terminal."""

    def __init__(
        self, data_set: DataSet, *, accepted: bool, write: Callable[[str], object]
    ) -> None:
        self._data_set = data_set
        self._accepted = accepted
        self._write = write
        self._given = False

    def __call__(self) -> None:
        if self._given:
            return
        self._write(licence_text(self._data_set))
        if self._accepted:
            self._write("Accepted by --accept-licence.")
        elif not (sys.stdin and sys.stdin.isatty()):
            raise LicenceNotAcceptedError(
                "Nobody is at the terminal to accept the licence. Read it and, if you accept it,"
                " say so with --accept-licence."
            )
        elif not _answered_yes():
            raise LicenceNotAcceptedError("The licence was not accepted.")
        self._given = True


def licence_text(data_set: DataSet) -> str:
    lines = [
        f"{data_set.name}: {data_set.contents}, {megabytes(data_set.archive_bytes)} as a ZIP.",
        "Its usage licence in short; the text that counts is at",
        f"  {data_set.licence_url}",
    ]
    for condition in data_set.conditions:
        lines += textwrap.wrap(
            condition, WIDTH, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False
        )
    return "\n".join(lines)


def _answered_yes() -> bool:
    try:
        answer = input("Do you accept the licence? [y/N] ")
    except EOFError:
        return False
    return answer.strip().lower() in {"y", "yes"}


class Lines:
    """Progress for a log: a line at the start, then one now and then."""

    def __init__(
        self,
        stream: TextIO,
        *,
        quiet: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = stream
        self._clock = clock
        self._quiet = quiet
        self._name = ""
        self._total: int | None = None
        self._done = self._begun_with = 0
        self._begun_at = self._said_at = 0.0

    def start(self, name: str, *, done: int, total: int | None) -> None:
        self._name, self._total = name, total
        self._done = self._begun_with = done
        self._begun_at = self._said_at = self._clock()
        if not self._quiet:
            going_on = f", going on after {megabytes(done)}" if done else ""
            size = megabytes(total) if total else "unknown size"
            self.note(f"Downloading {name}: {size}{going_on}")

    def advance(self, size: int) -> None:
        self._done += size
        now = self._clock()
        if not self._quiet and now - self._said_at >= SECONDS_BETWEEN_LINES:
            self._said_at = now
            self.note(self._line(now - self._begun_at))

    def note(self, text: str) -> None:
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def _line(self, seconds: float) -> str:
        rate = (self._done - self._begun_with) / BYTES_PER_MB / seconds
        share = (
            f" of {megabytes(self._total)} ({self._done / self._total:.0%})" if self._total else ""
        )
        return f"{self._name}: {megabytes(self._done)}{share}, {rate:.1f} MB/s"


class Bar:
    """Progress for a terminal: bytes, rate and the time that is left.

    The display starts with the transfer: a live one would swallow the question before it.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None, visible=False)

    def start(self, name: str, *, done: int, total: int | None) -> None:
        text = f"Downloading {name}"
        self._progress.start()
        self._progress.reset(
            self._task, total=total, completed=done, description=text, visible=True
        )

    def advance(self, size: int) -> None:
        self._progress.advance(self._task, size)

    def note(self, text: str) -> None:
        self._progress.console.print(text, markup=False, highlight=False)


@contextmanager
def download_progress(*, shown: bool) -> Iterator[DownloadProgress]:
    console = Console(stderr=True)
    if not (shown and console.is_terminal):
        yield Lines(sys.stderr, quiet=not shown)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    progress = Progress(*columns, console=console, transient=True)
    try:
        yield Bar(progress)
    finally:
        progress.stop()


@contextmanager
def download_failures_reported() -> Iterator[None]:
    """Turn what ends a download into the command's message and exit code."""
    try:
        yield
    except LicenceNotAcceptedError as error:
        raise _refusal(f"{error} Nothing was downloaded.", LICENCE_NOT_ACCEPTED) from error
    except DownloadUnfinishedError as error:
        message = f"{error}. The same command, run again, goes on where this one stopped."
        raise _refusal(message, DOWNLOAD_UNFINISHED) from error
    except DownloadError as error:
        raise _refusal(f"{error}.", DOWNLOAD_FAILED) from error
    except KeyboardInterrupt as error:
        message = "Interrupted. The same command, run again, goes on where this one stopped."
        raise _refusal(message, INTERRUPTED) from error


def _refusal(message: str, returncode: int) -> CommandError:
    return CommandError(f"Nothing was imported. {message}", returncode=returncode)
