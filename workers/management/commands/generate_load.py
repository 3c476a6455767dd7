"""`manage.py generate_load`: invented viewers, films and ratings, into files or the platform."""

import time
from argparse import RawDescriptionHelpFormatter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from django.core.management.base import (
    BaseCommand,
    CommandError,
    CommandParser,
    DjangoHelpFormatter,
)
from django.utils import timezone
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

from services.imports.movielens import ImportRefusedError
from services.imports.source_files import SourceFile
from services.load.files import TargetError, refuse_target, write_files
from services.load.generating import Load
from services.load.sizes import SIZES, LoadSize, LoadSizeError, check
from services.load.storing import RealAccountsError, refuse_real_accounts, store
from workers.management.movielens_download import INTERRUPTED, WRONG_USAGE

SEED = 1
# Of a line of ratings.csv, and of a rating with its indexes in the database.
_FILE_BYTES, _STORED_BYTES = 25, 230
_MEGABYTE = 1_000_000

_HELP = """\
Invent a platform's load: films with titles and genres, viewers, and their ratings
with moments. Few films and few viewers have most of the ratings, and scores follow
tastes that a model can learn. The same size and seed give the same load, to the byte.

With --to it becomes the files of a MovieLens data set, and needs no database. Else it
goes into the platform's database, all or nothing: viewers who cannot log in, whose
origin is "generated", and films that have ids no film of TMDb or IMDb has. Run again,
it changes nothing.
"""


class _HelpFormatter(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    pass


class Command(BaseCommand):
    help = _HELP
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = _HelpFormatter
        parser.epilog = _epilog()
        parser.add_argument("size", choices=SIZES, metavar="SIZE", help=", ".join(SIZES))
        for name in ("viewers", "films", "ratings"):
            parser.add_argument(
                f"--{name}", type=int, metavar="N", help=f"other than the size's number of {name}"
            )
        parser.add_argument("--seed", type=_seed, default=SEED, help=f"by default {SEED}")
        parser.add_argument(
            "--to",
            type=Path,
            metavar="FOLDER|FILE.zip",
            help="write ratings.csv, movies.csv and links.csv there, and touch no database",
        )
        parser.add_argument(
            "--force", action="store_true", help="into a database with real accounts all the same"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would be written")
        parser.add_argument("--no-progress", action="store_true", help="show no progress")

    def handle(self, *_args: Any, **options: Any) -> None:
        size = _size(options)
        self.stdout.write(f"{size.name}, seed {options['seed']}: {size}")
        with _failures_reported():
            _refuse(options)
            if options["dry_run"]:
                self.stdout.write(_announcement(size, options["to"]))
                return
            self._generate(size, options)

    def _generate(self, size: LoadSize, options: dict[str, Any]) -> None:
        began = time.perf_counter()
        load = Load.draw(size, seed=options["seed"])
        with _bar(size, shown=not options["no_progress"]) as bar:
            done = _write(load, options["to"], bar) if options["to"] else _store(load, bar)
        seconds = time.perf_counter() - began
        rate = size.ratings / seconds
        self.stdout.write(f"{done} {seconds:.1f} s, {rate:,.0f} ratings/s")


class _Bar:
    """How many ratings there are so far, and the step that follows."""

    def __init__(self, progress: Progress, size: LoadSize) -> None:
        self._progress = progress
        self._task = progress.add_task("Generating", total=size.ratings)

    def told(self, ratings: int) -> None:
        self._progress.update(self._task, completed=ratings)

    def wrap(self, file: IO[bytes], _source: SourceFile) -> IO[bytes]:
        return file

    def step(self, text: str) -> None:
        self._progress.update(self._task, description=text)


def _write(load: Load, target: Path, bar: _Bar) -> str:
    written = write_files(load, target, told=bar.told)
    return f"{target}: {written.size / _MEGABYTE:,.1f} MB."


def _store(load: Load, bar: _Bar) -> str:
    report = store(load, at=timezone.now(), progress=bar, told=bar.told)
    if not report.changed_rows:
        return "Nothing changed: all of it was there before."
    return (
        f"New: {report.users_new:,} viewers, {report.films_new:,} films, "
        f"{report.ratings_new:,} ratings. Next: manage.py train."
    )


def _size(options: dict[str, Any]) -> LoadSize:
    given = {
        name: options[name] for name in ("viewers", "films", "ratings") if options[name] is not None
    }
    try:
        return check(replace(SIZES[options["size"]], **given))
    except LoadSizeError as error:
        raise CommandError(str(error), returncode=WRONG_USAGE) from error


def _refuse(options: dict[str, Any]) -> None:
    """Before anything is drawn."""
    if options["to"]:
        if options["force"]:
            raise CommandError("--force is for a database, not --to.", returncode=WRONG_USAGE)
        refuse_target(options["to"])
    elif not options["force"]:
        refuse_real_accounts()


def _announcement(size: LoadSize, target: Path | None) -> str:
    each = _FILE_BYTES if target else _STORED_BYTES
    place = str(target) if target else "the database"
    about = size.ratings * each / _MEGABYTE
    return f"Dry run: about {about:,.0f} MB would go to {place}; nothing was written."


def _seed(text: str) -> int:
    seed = int(text)
    if seed < 0:
        raise ValueError("negative")
    return seed


def _epilog() -> str:
    sizes = (f"  {name:8}{size}" for name, size in SIZES.items())
    return "\n".join(
        (
            "sizes:",
            *sizes,
            "",
            "exit codes:",
            "  0  done",
            "  1  what is there, in the folder or the database, does not allow it",
            f"  {WRONG_USAGE}  wrong usage",
            f"  {INTERRUPTED}  interrupted",
            "With any but 0 nothing was written.",
        )
    )


@contextmanager
def _bar(size: LoadSize, *, shown: bool) -> Iterator[_Bar]:
    console = Console(stderr=True)
    columns = (*Progress.get_default_columns()[:-1], MofNCompleteColumn(), TimeRemainingColumn())
    hidden = not shown or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as progress:
        yield _Bar(progress, size)


@contextmanager
def _failures_reported() -> Iterator[None]:
    try:
        yield
    except RealAccountsError as error:
        message = f"{error} Use a database of its own, or --force; nothing was written."
        raise CommandError(message) from error
    except (TargetError, ImportRefusedError) as error:
        raise CommandError(f"{error} Nothing was written.") from error
    except KeyboardInterrupt:
        raise CommandError("Interrupted: nothing was written.", returncode=INTERRUPTED) from None
