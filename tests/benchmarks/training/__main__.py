"""Trains from generated ratings in PostgreSQL, in one process and side by side in several.

`make bench-training` (`ARGS="--ratings 5000000 --workers 2"`) fills an empty database with ratings
that are spread like those of MovieLens 20M, trains the whole blend twice and compares: the arrays
must be the same, bit for bit. Seconds are those of the run's own row, from phase to phase; of one
process the peak of memory is told phase by phase. A kernel of users is part of the blend
where users times items are few enough (`--items 10000`). It prints what it does, and last one JSON
line.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import django

from tests.benchmarks.machine import describe_machine
from tests.flows.live import fresh_database
from tests.flows.processes import ROOT, python

RATINGS = 1_000_000
ITEMS = 20_000
# More threads than processes have cores would only fight.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def train(folder: Path, *, processes: int) -> dict[str, Any]:
    """One training by so many processes of one host that has no matrix yet."""
    from apps.recommendations import actions
    from apps.recommendations.models import ModelVersion

    version = actions.request_training(publish=False)
    environment = {**os.environ, "RECOMMENDER_CACHE_DIR": str(folder / f"models-{processes}")}
    command = python("-m", "tests.benchmarks.training.trainer", str(version.pk))
    began = time.monotonic()
    running = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    told = [process.communicate()[0] for process in running]
    seconds = time.monotonic() - began
    if any(process.returncode for process in running):
        raise RuntimeError("a training process failed")
    version = ModelVersion.objects.get(pk=version.pk)
    report = {
        "processes": processes,
        "seconds": round(seconds, 1),
        "phases": {
            phase: version.seconds[phase]
            for phase in ModelVersion.Phase
            if phase in version.seconds
        },
        "shards": version.shard_count,
        "each": [json.loads(line) for line in told],
        "arrays": {name: facts["sha256"] for name, facts in version.arrays.items()},
    }
    say(describe(report))
    return report


def describe(report: dict[str, Any]) -> str:
    phases = ", ".join(f"{phase} {took} s" for phase, took in report["phases"].items())
    each = report["each"]
    peaks = ", ".join(f"{one['peak_rss_mb']} MB" for one in each)
    if len(each) == 1:
        # Of several, nobody knows at which phase of the others' making a step began.
        told = (f"{phase} {peak}" for phase, peak in each[0]["peak_rss_mb_of_phases"].items())
        peaks += f" ({', '.join(told)})"
    return f"{report['processes']} processes: {report['seconds']} s ({phases}); peak RSS {peaks}"


def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    from tests.benchmarks.training.population import fill

    began = time.monotonic()
    shape = fill(ratings=options.ratings, items=options.items)
    say(f"{shape}, filled in {time.monotonic() - began:.0f} s")
    alone = train(folder, processes=1)
    together = train(folder, processes=options.workers)
    same = alone.pop("arrays") == together.pop("arrays")
    return {
        **asdict(shape),
        "items": options.items,
        "runs": [alone, together],
        "same_arrays": same,
        "machine": describe_machine(),
    }


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make bench-training", description=__doc__)
    parser.add_argument("--ratings", type=int, default=RATINGS)
    parser.add_argument("--items", type=int, default=ITEMS)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(arguments)
    with (
        fresh_database(os.environ["DATABASE_URL"]) as database_url,
        tempfile.TemporaryDirectory() as folder,
    ):
        os.environ.update(
            {
                "DATABASE_URL": database_url,
                "DJANGO_SETTINGS_MODULE": "movie_backend.settings.test",
                **ONE_THREAD,
            }
        )
        subprocess.run(
            python("manage.py", "migrate", "--verbosity", "0"), cwd=ROOT, check=True, timeout=300
        )
        django.setup()
        report = measure(Path(folder), options)
    say(json.dumps(report))
    return 0 if report["same_arrays"] else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
