"""What the sequential rule finds in experiments whose truth is known, and how often it misleads.

Viewers with ratings held out, of MovieLens 1M unless a file of RATINGS is named, get lists by each
variant, and click on them by a known model. One experiment goes through PostgreSQL as a real one
does, with a look every night; others are repeated in memory. It prints tables, and last one line
of JSON.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import django

from services.evaluation.ratings import read_ratings
from tests.benchmarks.machine import describe_machine
from tests.benchmarks.rating_files import add_ratings_argument, default_ratings
from tests.benchmarks.recommender.films import read_films
from tests.benchmarks.tables import show_facts
from tests.flows.live import fresh_database
from tests.flows.processes import ROOT, python

from .audience import BETTER, CONTROL, VARIANTS, Audience
from .repetitions import repeat
from .report import as_json, report_json, show_repetitions, show_report


def main(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    machine = describe_machine()
    show_facts("Machine", machine)
    audience = Audience.of(read_ratings(options.ratings).events, read_films(options.ratings))
    show_facts(
        f"Clicks per impression of {len(audience):,} viewers' lists, as they truly are",
        {name: f"{audience.rate(name):.4f}" for name in VARIANTS},
    )
    sizes = {"viewers": options.viewers, "days": options.days}
    ran = _on_platform(audience, sizes)
    repeated = {
        "no effect": repeat(audience, CONTROL, repetitions=options.repetitions, **sizes),
        BETTER: repeat(audience, BETTER, repetitions=options.repetitions, **sizes),
    }
    show_repetitions(repeated)
    measured = {
        "machine": machine,
        **sizes,
        "rates": {name: audience.rate(name) for name in VARIANTS},
        "experiment": ran,
        "repeated": {name: as_json(counted) for name, counted in repeated.items()},
    }
    sys.stdout.write(json.dumps(measured) + "\n")
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-experiments", description=__doc__)
    add_ratings_argument(parser)
    parser.add_argument("--viewers", type=int, default=6_000, help="drawn from the real ones")
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--repetitions", type=int, default=200)
    options = parser.parse_args(arguments)
    options.ratings = Path(options.ratings or default_ratings(parser))
    return options


def _on_platform(audience: Audience, sizes: dict[str, int]) -> dict[str, Any]:
    """In a database of its own."""
    with fresh_database(os.environ["DATABASE_URL"]) as database_url:
        os.environ.update(
            {"DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "movie_backend.settings.test"}
        )
        subprocess.run(
            python("manage.py", "migrate", "--verbosity", "0"), cwd=ROOT, check=True, timeout=300
        )
        django.setup()
        from .on_platform import run  # needs Django to be set up

        ran = run(audience, seed=0, **sizes)
        show_report(ran, audience)
        return report_json(ran)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
