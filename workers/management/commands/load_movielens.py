"""`manage.py load_movielens`: a MovieLens data set into the catalogue, users and ratings."""

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from services.imports.movielens import (
    ImportProgress,
    ImportRefusedError,
    ImportReport,
    Unwatched,
    import_movielens,
)
from services.imports.movielens_files import MovieLensFileError, SourceFile

WIDTH = 78
KIBIBYTES_PER_MIB = 1024
# What getrusage counts in: bytes on macOS, KiB elsewhere.
_RSS_PER_MIB = KIBIBYTES_PER_MIB**2 if sys.platform == "darwin" else KIBIBYTES_PER_MIB


class Command(BaseCommand):
    help = (
        "Import a MovieLens data set (grouplens.org/datasets/movielens): movies, ratings and, "
        "where there are some, links, each as .csv or as ::-separated .dat. All or nothing; "
        "run again, it changes nothing. GroupLens allows non-commercial use only: read the "
        "licence in the data set's README before you build on it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "location", type=Path, metavar="FOLDER|ZIP", help="the data set, unpacked or not"
        )
        parser.add_argument(
            "--links", type=Path, metavar="FILE", help="links to TMDb ids, instead of its own"
        )
        parser.add_argument(
            "--name", help="users become NAME-<userId>@movielens.invalid; the folder's by default"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="check and count everything, write nothing"
        )
        parser.add_argument("--no-progress", action="store_true", help="show no progress bar")

    def handle(self, *_args: Any, **options: Any) -> None:
        started = time.perf_counter()
        try:
            with _progress(shown=not options["no_progress"]) as progress:
                report = import_movielens(
                    location=options["location"],
                    links=options["links"],
                    name=options["name"],
                    dry_run=options["dry_run"],
                    at=timezone.now(),
                    progress=progress,
                )
        except (MovieLensFileError, ImportRefusedError) as error:
            raise CommandError(f"Nothing was imported. {error}") from error
        seconds = time.perf_counter() - started
        self.stdout.write(_rendered(report, seconds))
        self.stdout.write(_conclusion(report, dry_run=options["dry_run"]))


class _Bar:
    """A bar for each file that is read and a line for each step that follows."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._step = progress.add_task("Reading", total=None, visible=False)

    def wrap(self, file: IO[bytes], source: SourceFile) -> IO[bytes]:
        return self._progress.wrap_file(
            cast("BinaryIO", file), total=source.size, description=f"Reading {source.name}"
        )

    def step(self, text: str) -> None:
        self._progress.update(self._step, description=text, visible=True)


@contextmanager
def _progress(*, shown: bool) -> Iterator[ImportProgress]:
    if not shown:
        yield Unwatched()
        return
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        yield _Bar(progress)


def _rendered(report: ImportReport, seconds: float) -> str:
    table = Table(box=SIMPLE_HEAD, title=f"MovieLens import: {report.name}")
    table.add_column("")
    table.add_column("count", justify="right")
    table.add_column("what that means", style="dim")
    for name, count, meaning in _lines(report):
        table.add_row(name, f"{count:,}", meaning)
    rate = report.ratings_read / seconds
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _RSS_PER_MIB
    console = Console(width=WIDTH, force_terminal=False)
    with console.capture() as capture:
        console.print(table)
        console.print(f"{seconds:.1f} s, {rate:,.0f} ratings/s, peak memory {peak:.0f} MiB")
    return capture.get()


def _lines(report: ImportReport) -> list[tuple[str, int, str]]:
    return [
        ("films new", report.films_new, ""),
        ("films matched", report.films_matched, "known by MovieLens or TMDb id"),
        ("films filled", report.films_filled, "facts added where there were none"),
        ("films merged", report.films_merged, "titles that share a TMDb id with another"),
        ("films apart", report.films_apart, "their TMDb id belongs to another film here"),
        ("users new", report.users_new, "without a usable password"),
        ("users known", report.users_known, ""),
        ("users changed", report.users_changed, "wait for the next generation of lists"),
        ("ratings read", report.ratings_read, ""),
        ("ratings new", report.ratings_new, ""),
        ("ratings updated", report.ratings_updated, ""),
        ("ratings unchanged", report.ratings_unchanged, ""),
        ("ratings kept", report.ratings_kept, "what is stored is newer"),
        ("ratings repeated", report.ratings_repeated, "same user and film, the newest counts"),
        ("ratings merged", report.ratings_merged, "of merged films, the newest counts"),
    ]


def _conclusion(report: ImportReport, *, dry_run: bool) -> str:
    if dry_run:
        return f"Dry run: {report.changed_rows:,} rows would change; nothing was written."
    if not report.changed_rows:
        return "Nothing changed: all of it was imported before."
    return f"{report.changed_rows:,} rows changed. Next: manage.py train"
