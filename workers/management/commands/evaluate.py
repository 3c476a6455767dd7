"""`manage.py evaluate`: how well each model ranks what unseen viewers liked."""

import json
import time
from argparse import ArgumentTypeError
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from services.imports.movielens_files import MovieLensFileError, read_ratings
from services.recommender.evaluation.events import RatedEvents
from services.recommender.evaluation.protocols import PROTOCOLS, RANKING
from services.recommender.evaluation.results import Result
from services.recommender.evaluation.running import evaluate
from services.recommender.evaluation.splits import UnusableEventsError
from services.recommender.registry import MODELS

_RATING = np.dtype([("user", np.int32), ("movie", np.int32), ("score", np.int8)])


def seeds(text: str) -> list[int]:
    """Comma-separated whole numbers from 0, each once."""
    names = _unique(text)
    if not all(name.isascii() and name.isdecimal() for name in names):
        raise ArgumentTypeError(f"{text!r} is not a list of whole numbers such as 0,1,2")
    return [int(name) for name in names]


def models(text: str) -> list[str]:
    """Comma-separated names of known models, each once."""
    names = _unique(text)
    for name in names:
        if name not in MODELS:
            raise ArgumentTypeError(f"unknown model {name!r}; known are {', '.join(MODELS)}")
    return names


class Command(BaseCommand):
    help = "Evaluate models on a file of ratings. Needs no database."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "ratings",
            type=Path,
            metavar="RATINGS",
            help="ratings.csv, a ::-separated .dat, or a folder or ZIP that holds one",
        )
        parser.add_argument("--protocol", choices=PROTOCOLS, default="strong")
        parser.add_argument("--seeds", type=seeds, default=[0, 1, 2], metavar="0,1,2")
        parser.add_argument(
            "--models", type=models, default=list(MODELS), metavar="NAME,NAME", help=_known()
        )
        parser.add_argument(
            "--json", action="store_true", help="end with one line that holds the table as JSON"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        results = _evaluate(
            options["ratings"], options["protocol"], options["seeds"], options["models"]
        )
        self.stdout.write(_rendered(results, options["seeds"]))
        if options["json"]:
            rows = [result.row() for result in results]
            summary = {"protocol": options["protocol"], "seeds": options["seeds"], "rows": rows}
            self.stdout.write(json.dumps(summary))


def _known() -> str:
    return f"of {', '.join(MODELS)}; all by default"


def _evaluate(
    path: Path, protocol: str, seeds: Sequence[int], models: Sequence[str]
) -> list[Result]:
    try:
        return evaluate(
            _read_events(path),
            {name: MODELS[name] for name in models},
            protocol=protocol,
            seeds=seeds,
            clock=time.perf_counter,
        )
    except (MovieLensFileError, UnusableEventsError) as error:
        raise CommandError(str(error)) from error


def _read_events(path: Path) -> RatedEvents:
    rows = np.fromiter((row[:3] for row in read_ratings(path)), dtype=_RATING)
    return RatedEvents.from_arrays(
        user_ids=rows["user"], item_ids=rows["movie"], scores=rows["score"]
    )


def _rendered(results: Sequence[Result], seeds: Sequence[int]) -> str:
    users = " + ".join(map(str, results[0].user_counts))
    title = f"Strong generalisation, seeds {', '.join(map(str, seeds))}: {users} test users"
    table = Table(title=title, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("model", no_wrap=True)
    for name in (*RANKING, "train s"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in (result.row() for result in results):
        cells = (f"{_share(row[name])} ±{_share(row[f'{name}_se'])}" for name in RANKING)
        table.add_row(str(row["model"]), *cells, f"{row['train_seconds']:.2f}")
    console = Console()
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def _share(value: float | str) -> str:
    """A number from 0 to 1 without its leading zero, so that a row fits 80 columns."""
    return f"{value:.4f}".removeprefix("0")


def _unique(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    if len(set(names)) < len(names):
        raise ArgumentTypeError(f"{text!r} names something twice")
    return names
