"""Users per second of the default pipeline, from ratings in PostgreSQL to lists in PostgreSQL.

`make bench-precompute` fills an empty database with MovieLens 1M (in the folder that NEXUS_DATASETS
names, else with invented ratings of its size; `ARGS="--ratings 20000000"` with as many and as
uneven ones as MovieLens 20M has), fits and stores what the platform trains by default, and has
worker processes build the lists of all users: re-ranking and reasons included. Beside it, simpler
models. It prints tables, and last one line of JSON.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

import django

from tests.benchmarks.machine import describe_machine
from tests.benchmarks.tables import show_facts
from tests.flows.live import fresh_database
from tests.flows.processes import ROOT, python

# MovieLens 1M, where there is no folder with it.
SMALL = {"ratings": 1_000_209, "users": 6_040, "items": 3_706}
LARGE_ITEMS = 20_000
TRAINED_ON = 4_000_000
NOT_RERANKED = {
    "RECOMMENDER_PIPELINE": json.dumps(
        {
            "related": 0,
            "popularity_debias": 0,
            "diversity": 0,
            "calibration": 0,
            "exploration_rate": 0,
        }
    )
}


def main(arguments: Sequence[str]) -> int:
    options = parse(arguments)
    with (
        fresh_database(os.environ["DATABASE_URL"]) as database_url,
        tempfile.TemporaryDirectory() as folder,
    ):
        os.environ.update(
            {
                "DATABASE_URL": database_url,
                "DJANGO_SETTINGS_MODULE": "movie_backend.settings.test",
                "RECOMMENDER_CACHE_DIR": folder,
            }
        )
        subprocess.run(
            python("manage.py", "migrate", "--verbosity", "0"), cwd=ROOT, check=True, timeout=300
        )
        django.setup()
        report = measure(options)
    say(json.dumps(report))
    return 0


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-precompute", description=__doc__)
    parser.add_argument("--ratings", type=int, help="invented ones; by default MovieLens 1M")
    parser.add_argument("--users", type=int, help="by default as many as MovieLens 20M has to them")
    parser.add_argument("--items", type=int, default=LARGE_ITEMS)
    parser.add_argument("--unrated", type=int, default=0, help="films more that nobody rated")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--trained-on", type=int, default=TRAINED_ON, help="ratings at most")
    options = parser.parse_args(arguments)
    options.datasets = None if options.ratings else os.environ.get("NEXUS_DATASETS")
    if not options.ratings:
        vars(options).update(SMALL)
    return options


def measure(options: argparse.Namespace) -> dict[str, Any]:
    from apps.recommendations.models import Generation
    from tests.benchmarks.precompute import models, report, workers
    from tests.benchmarks.precompute.population import populate
    from tests.benchmarks.precompute.shares import Split

    show_facts("Machine", describe_machine())
    say(f"{populate(options)}\n")
    model = models.fit_default(options.trained_on)
    published = workers.measure(
        models.store(model).pk, workers=options.workers, rounds=options.rounds, environment={}
    )
    watch = Split.of(Generation.objects.latest("pk")).measure()
    simpler = {
        name: workers.measure(
            models.store(other).pk, workers=options.workers, rounds=1, environment=NOT_RERANKED
        )
        for name, other in models.simpler_than(model).items()
    }
    report.show_rates({"as published": published, **simpler})
    report.show_steps(watch)
    return report.to_json(published, watch, model)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
