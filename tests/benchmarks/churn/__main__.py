"""How much lists churn from one night to the next, and what a broken night looks like.

`make bench-churn` fits what the platform trains by default to real ratings without the newest, or
without some viewers', and to all of them, and compares the first 20 films of viewers whose ratings
are the same in both; then to ratings whose films were shuffled, and with other settings. Nothing is
stored. It prints a table, and last one line of JSON.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from services.evaluation.ratings import read_ratings
from tests.benchmarks.churn.nights import measure
from tests.benchmarks.machine import describe_machine
from tests.benchmarks.recommender.films import read_films
from tests.benchmarks.tables import show, show_facts


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make bench-churn", description=__doc__)
    parser.add_argument("--dataset", default="ml-1m", help="a folder of NEXUS_DATASETS/data")
    parser.add_argument("--seeds", type=int, default=3, help="of what is drawn at random")
    options = parser.parse_args(arguments)
    location = Path(os.environ["NEXUS_DATASETS"]) / "data" / options.dataset
    show_facts("Machine", describe_machine())
    events = read_ratings(location).events
    nights = []
    for night in measure(events, read_films(location), seeds=range(options.seeds)):
        nights.append(night)
        sys.stderr.write(f"{night.name}: {night.churn:.1%}\n")
    show(
        f"Churn of the first 20 films, {options.dataset}",
        ("night", "viewers", "churn", "90 % below"),
        [
            (each.name, f"{each.viewers:,}", f"{each.churn:.1%}", f"{each.ninth_decile:.1%}")
            for each in nights
        ],
    )
    churn = {each.name: round(each.churn, 4) for each in nights}
    sys.stdout.write(f"{json.dumps({'dataset': options.dataset, 'churn': churn})}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
