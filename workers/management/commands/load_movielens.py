"""`manage.py load_movielens`: a MovieLens data set into the catalogue, users and ratings."""

import resource
import sys
import time
from argparse import RawDescriptionHelpFormatter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from django.conf import settings
from django.core.management.base import (
    BaseCommand,
    CommandError,
    CommandParser,
    DjangoHelpFormatter,
)
from django.utils import timezone
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from services.imports.grouplens.archives import Archive, fetch_archive
from services.imports.grouplens.data_sets import DATA_SETS, DataSet
from services.imports.movielens import (
    ImportProgress,
    ImportRefusedError,
    ImportReport,
    Unwatched,
    import_movielens,
)
from services.imports.movielens_files import MovieLensFileError, SourceFile
from workers.management.movielens_download import (
    DOWNLOAD_FAILED,
    DOWNLOAD_UNFINISHED,
    INTERRUPTED,
    LICENCE_NOT_ACCEPTED,
    WRONG_USAGE,
    Consent,
    download_failures_reported,
    download_progress,
    megabytes,
)

WIDTH = 78
KIBIBYTES_PER_MIB = 1024
# What getrusage counts in: bytes on macOS, KiB elsewhere.
_RSS_PER_MIB = KIBIBYTES_PER_MIB**2 if sys.platform == "darwin" else KIBIBYTES_PER_MIB

_HELP = """\
Import a MovieLens data set: movies, ratings and, where there are some, links, each
as .csv or as ::-separated .dat. All or nothing; run again, it changes nothing.

A data set's name downloads it from GroupLens first, or takes the archive that an
earlier run verified. GroupLens allows research and non-commercial use only: the
licence is shown before the download and must be accepted, at the terminal or by
--accept-licence. A folder or ZIP of your own is imported as it is.
"""


class _HelpFormatter(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    pass


class Command(BaseCommand):
    help = _HELP
    # How patient a download is; for callers, there is no option.
    stealth_options = ("patience",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = _HelpFormatter
        parser.epilog = _epilog()
        parser.add_argument(
            "location",
            metavar="NAME|FOLDER|ZIP",
            help=f"{', '.join(DATA_SETS)}, or a data set on disk, unpacked or not; a folder "
            "that is called like a data set is ./small",
        )
        parser.add_argument(
            "--accept-licence",
            action="store_true",
            help="accept the licence of the data set that is downloaded, as shown",
        )
        parser.add_argument(
            "--offline",
            action="store_true",
            help="make no request: take the archive that an earlier run downloaded and verified",
        )
        parser.add_argument(
            "--links",
            metavar="NAME|FILE",
            help="links to TMDb ids, instead of its own: a table, or a folder or ZIP that has "
            "one, or the name of a data set, which is downloaded for it",
        )
        parser.add_argument(
            "--name", help="users become NAME-<userId>@movielens.invalid; the folder's by default"
        )
        parser.add_argument("--no-progress", action="store_true", help="show no progress")
        ending = parser.add_mutually_exclusive_group()
        ending.add_argument(
            "--dry-run",
            action="store_true",
            help="check and count everything, write nothing to the database; what is named is "
            "downloaded all the same, and the archive stays",
        )
        ending.add_argument(
            "--download-only", action="store_true", help="download and verify, import nothing"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        _refuse_contradictions(options)
        location = self._source(options["location"], options)
        links = self._source(options["links"], options) if options["links"] else None
        if options["download_only"]:
            return
        self._import(location, links, options)
        self._say_what_lacks_links(options)

    def _source(self, given: str, options: dict[str, Any]) -> Path:
        """A path as it is; for a data set's name the path of its verified archive."""
        data_set = DATA_SETS.get(given)
        if data_set is None:
            return Path(given)
        if Path(given).exists():
            self.stdout.write(f"Taking {data_set.name} from GroupLens; yours is ./{given}")
        archive = self._archive(data_set, options)
        self.stdout.write(f"{archive.path}: {archive.outcome.value} (MD5 {archive.md5}).")
        if readme := archive.readme():
            self.stdout.write(f"Licence, citation and contents: {readme} in it.")
        return archive.path

    def _archive(self, data_set: DataSet, options: dict[str, Any]) -> Archive:
        consent = Consent(data_set, accepted=options["accept_licence"], write=self.stdout.write)
        with (
            download_failures_reported(),
            download_progress(shown=not options["no_progress"]) as watch,
        ):
            return fetch_archive(
                data_set,
                base_url=settings.GROUPLENS_URL,
                folder=settings.DATASETS_DIR,
                consent=consent,
                watch=watch,
                patience=options.get("patience"),
                offline=options["offline"],
            )

    def _import(self, location: Path, links: Path | None, options: dict[str, Any]) -> None:
        started = time.perf_counter()
        try:
            with _progress(shown=not options["no_progress"]) as progress:
                report = import_movielens(
                    location=location,
                    links=links,
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

    def _say_what_lacks_links(self, options: dict[str, Any]) -> None:
        data_set = DATA_SETS.get(options["location"])
        if data_set and not data_set.has_links and not options["links"]:
            self.stdout.write(
                f"{data_set.name} has no links to TMDb. MovieLens numbers films alike in all its "
                "sets, so --links small adds those that ml-latest-small knows."
            )


def _refuse_contradictions(options: dict[str, Any]) -> None:
    if options["location"] in DATA_SETS or options["links"] in DATA_SETS:
        return
    for option in ("offline", "download_only"):
        if options[option]:
            raise CommandError(
                f"--{option.replace('_', '-')} needs a data set's name: {', '.join(DATA_SETS)}",
                returncode=WRONG_USAGE,
            )


def _epilog() -> str:
    sets = (
        f"  {data_set.key:7}{megabytes(data_set.archive_bytes):>9}  {data_set.contents}"
        for data_set in DATA_SETS.values()
    )
    return "\n".join(
        (
            "data sets, with the size of the download:",
            *sets,
            "",
            "settings: GROUPLENS_URL, where they come from; DATASETS_DIR, where they are kept.",
            "",
            "exit codes:",
            "  0  done",
            "  1  the data set, or what is stored here, does not allow the import",
            f"  {WRONG_USAGE}  wrong usage",
            f"  {LICENCE_NOT_ACCEPTED}  the licence was not accepted",
            f"  {DOWNLOAD_UNFINISHED}  the download did not finish (server away, disk full,",
            "     another run at it); run again, it goes on",
            f"  {DOWNLOAD_FAILED}  the download failed for good (not there, sums differ)",
            f"  {INTERRUPTED}  interrupted while downloading; run again, it goes on",
            "With any but 0 nothing was imported.",
        )
    )


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
