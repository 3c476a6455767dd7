"""What it takes to import a MovieLens data set into a platform that is up, beside the ordinary way.

`make bench-import` (`ARGS="--ratings 20000000"`) generates a data set (`manage.py generate_load`)
and imports it with `manage.py load_movielens`: constraints and indexes in place, commits durable,
web server, workers and beat running. Each round is a fresh database. The ordinary way (the csv
module and `bulk_create` by thousands) runs in the same rounds, on the first ratings of the same
file, and is told by the row. `--beside 4000000` imports once as many, to see whether memory grows.
It prints a table and last one JSON line.
"""

import argparse
import json
import math
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stack.postgres_settings import POSTGRES_SETTINGS
from stack.servers import Postgres, Valkey
from tests.benchmarks.importing.rounds import (
    Imported,
    Servers,
    import_by_command,
    import_ordinarily,
)
from tests.benchmarks.machine import describe_machine
from tests.benchmarks.sync import say
from tests.benchmarks.tables import show
from tests.benchmarks.viewer_library.__main__ import terminate
from tests.flows.processes import ROOT, python

RATINGS = 1_000_000
ROUNDS = 3
BASELINE_RATINGS = 100_000
# The size whose films a data set has, and how many ratings a viewer, up to so many ratings.
SHAPES = ((2_000_000, "ml-1m", 165), (10_000_000, "medium", 139), (math.inf, "ml-20m", 145))


def generate(folder: Path, ratings: int) -> Path:
    """By a process of its own: what starts an import must be small, as its memory counts too."""
    size, each = next((size, each) for most, size, each in SHAPES if ratings <= most)
    target = folder / f"generated-{ratings}"
    counts = ("--ratings", str(ratings), "--viewers", str(max(ratings // each, 1)))
    command = python("manage.py", "generate_load", size, *counts, "--to", str(target))
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    say(done.stdout.strip())
    return target


@contextmanager
def servers(folder: Path) -> Iterator[Servers]:
    """As those of `make up`: they keep what was committed."""
    keys = {name: secrets.token_hex(32) for name in ("SECRET_KEY", "SIGNING_KEY")}
    with (
        Postgres(folder / "pg", settings=POSTGRES_SETTINGS) as postgres,
        Valkey(folder / "valkey") as valkey,
    ):
        found = Servers(postgres, valkey, folder, keys)
        found.platform(postgres.url).manage("migrate", "-v0")
        yield found


def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    data_set = generate(folder, options.ratings)
    larger = generate(folder, options.beside) if options.beside else None
    fraction = min(options.baseline_ratings, options.ratings)
    ours: list[Imported] = []
    ordinary: list[Imported] = []
    beside: list[Imported] = []
    with servers(folder) as found:
        for number in range(options.rounds):
            with found.running(2 * number) as live:
                ours.append(import_by_command(live, data_set, ratings=options.ratings))
            tell("load_movielens", ours[-1])
            with found.running(2 * number + 1) as live:
                ordinary.append(import_ordinarily(live, data_set, ratings=fraction))
            tell("ordinary way", ordinary[-1])
        if larger:
            with found.running(2 * options.rounds) as live:
                beside.append(import_by_command(live, larger, ratings=options.beside))
            tell("load_movielens", beside[-1])
    show_table({"load_movielens": ours, "ordinary way": ordinary, "load_movielens, more": beside})
    return report(ours, ordinary) | {"beside": [told(each) for each in beside]}


def tell(way: str, imported: Imported) -> None:
    say(f"{way}: {told(imported)}")


def told(imported: Imported) -> dict[str, float]:
    return {
        "ratings": imported.ratings,
        "seconds": round(imported.seconds, 2),
        "rows_per_second": round(imported.rows_per_second),
        "peak_mib": imported.peak_mib,
    }


def show_table(ways: dict[str, list[Imported]]) -> None:
    rows = (
        (
            way,
            f"{rounds[0].ratings:,}",
            f"{statistics.median(each.seconds for each in rounds):.1f}",
            f"{min(each.seconds for each in rounds):.1f}-{max(e.seconds for e in rounds):.1f}",
            f"{statistics.median(each.rows_per_second for each in rounds):,.0f}",
            f"{max(each.peak_mib for each in rounds)}",
        )
        for way, rounds in ways.items()
        if rounds
    )
    show("Imports", ("", "ratings", "seconds", "spread", "ratings/s", "peak MiB"), rows)


def report(ours: Sequence[Imported], ordinary: Sequence[Imported]) -> dict[str, Any]:
    rate = statistics.median(each.rows_per_second for each in ours)
    baseline_rate = statistics.median(each.rows_per_second for each in ordinary)
    seconds = [each.seconds for each in ours]
    return {
        "ratings": ours[0].ratings,
        "rows_per_second": round(rate),
        "baseline_rows_per_second": round(baseline_rate),
        "ratio": round(rate / baseline_rate, 2),
        "peak_mib": max(each.peak_mib for each in ours),
        "baseline_peak_mib": max(each.peak_mib for each in ordinary),
        "baseline_ratings": ordinary[0].ratings,
        "seconds": {
            "median": round(statistics.median(seconds), 2),
            "spread": [round(min(seconds), 2), round(max(seconds), 2)],
        },
        "rounds": len(ours),
    }


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-import", description=__doc__)
    parser.add_argument("--ratings", type=int, default=RATINGS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument(
        "--baseline-ratings", type=int, default=BASELINE_RATINGS, help="of the ordinary way"
    )
    parser.add_argument("--beside", type=int, metavar="RATINGS", help="one import of so many more")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    options = parse(arguments)
    signal.signal(signal.SIGTERM, terminate)
    with tempfile.TemporaryDirectory() as name:
        result = measure(Path(name), options)
    say(json.dumps(result | {"machine": describe_machine()}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
