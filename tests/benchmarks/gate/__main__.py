"""`make bench-gate ARGS="[RATINGS] [--draws 8]"`: verdicts on sabotaged, honest, equal contenders.

It prints a table for each way to hold films out, and last one line of JSON. With
`ARGS="--viewers 10000 --ratings 1000000"` it measures instead what one gate costs, from so many
invented viewers and ratings, with popularity, the active configuration and a candidate.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import permutations
from typing import Any

from services.evaluation.ratings import read_ratings
from services.recommender import ials
from services.recommender.arrays import FloatArray
from services.recommender.blend import Blend, Part, fit_blend
from services.recommender.catalogue import Catalogue
from services.recommender.evaluation.events import RatedEvents
from services.recommender.evaluation.gate import METRIC, Contender, judge, popularity_values
from services.recommender.evaluation.newest import HeldOutBy, NewestSplit, split_newest
from services.recommender.local_ridge import fit as fit_local_ridge
from services.recommender.model import TrainingSet
from services.recommender.popularity import fit_popularity
from tests.benchmarks.gate.limit import measure_limit
from tests.benchmarks.machine import describe_machine
from tests.benchmarks.rating_files import add_ratings_argument, default_ratings
from tests.benchmarks.recommender.films import read_films
from tests.benchmarks.tables import show, show_facts
from tests.services.recommender.evaluation.sabotage import contender, fit_shuffled, fit_stale

MARGINS = (0.005, 0.01, 0.02, 0.03, 0.05)
SHIPPED = "as shipped"
SEED = 0


class Blends:
    """The blend of one training set, of which only the factors are fitted anew for a draw."""

    def __init__(self, training: TrainingSet) -> None:
        self._training = training
        self._blend = fit_blend(training)

    def shipped(self, _: TrainingSet) -> Blend:
        return self._blend

    def drawn(self, seed: int, **settings: Any) -> Blend:
        """With factors that begin at other draws, and are of other settings where there are any."""
        chosen = replace(ials.GRADED, seed=seed, **settings)
        factors = ials.fit(self._training, chosen)
        return Blend(
            [
                self._with(part, factors) if part.name == "ials" else part
                for part in self._blend.parts
            ]
        )

    @staticmethod
    def _with(part: Part, model: ials.IALS) -> Part:
        return replace(part, model=model)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="make bench-gate", description=__doc__)
    add_ratings_argument(parser)
    parser.add_argument("--draws", type=int, default=8, help="equal contenders beside the shipped")
    parser.add_argument("--viewers", type=int, help="measure the cost of a gate, of so many")
    parser.add_argument(
        "--ratings",
        type=int,
        default=1_000_000,
        dest="rating_count",
        help="that those have given",
    )
    options = parser.parse_args(arguments)
    report = measure_limit(options) if options.viewers else _judge(options, parser)
    sys.stdout.write(json.dumps(report) + "\n")


def _judge(options: argparse.Namespace, parser: argparse.ArgumentParser) -> dict[str, Any]:
    path = options.ratings or default_ratings(parser)
    events, catalogue = read_ratings(path).events, read_films(path)
    machine = describe_machine()
    show_facts("Machine", machine)
    measured = {
        held_out_by: _measure(_split(events, held_out_by, catalogue), options.draws)
        for held_out_by in HeldOutBy
    }
    return {"machine": machine, **measured}


def _split(events: RatedEvents, held_out_by: HeldOutBy, catalogue: Catalogue | None) -> NewestSplit:
    chosen = events if held_out_by is HeldOutBy.TIME else replace(events, times=None)
    return split_newest(chosen, SEED, catalogue)


def _measure(split: NewestSplit, draws: int) -> dict[str, Any]:
    blends, popularity = Blends(split.training), popularity_values(split)
    started = time.perf_counter()
    values = {name: each.values(split) for name, each in _contenders(split, blends).items()}
    seconds = round(time.perf_counter() - started, 1)
    equal = [values[SHIPPED], *_equal(split, blends, draws)]
    rows = [_row(name, each, values[SHIPPED], popularity) for name, each in values.items()]
    alarms = {margin: _alarms(equal, popularity, margin) for margin in MARGINS}
    facts = {
        "held_out_by": split.held_out_by,
        "viewers": len(split.part),
        "popularity": float(popularity.mean()),
        "pairs_of_equals": len(equal) * (len(equal) - 1),
    }
    show_facts(f"Held out by {split.held_out_by}", facts)
    _show(rows, alarms)
    return {**facts, "seconds": seconds, "contenders": rows, "stopped_equals": alarms}


def _contenders(split: NewestSplit, blends: Blends) -> Mapping[str, Contender]:
    shipped = blends.shipped
    by_time = {"stale data": contender(fit_stale)} if split.training.ages is not None else {}
    return {
        SHIPPED: contender(shipped),
        "shuffled films": contender(fit_shuffled),
        **by_time,
        "popularity only": contender(fit_popularity),
        "local ridge alone": contender(fit_local_ridge),
        "half the factors": contender(lambda _: blends.drawn(0, factors=64)),
        "two epochs": contender(lambda _: blends.drawn(0, epochs=2)),
        "debias .2": contender(shipped, popularity_debias=0.2),
        "debias .8": contender(shipped, popularity_debias=0.8),
        "no shrinkage": contender(shipped, shrinkage=0.0),
        "scores alone": contender(shipped, popularity_debias=0.0, diversity=0.0, calibration=0.0),
    }


def _equal(split: NewestSplit, blends: Blends, draws: int) -> Iterator[FloatArray]:
    for seed in range(1, draws + 1):
        blend = blends.drawn(seed)
        yield contender(lambda _, drawn=blend: drawn).values(split)


def _row(
    name: str, values: FloatArray, active: FloatArray, popularity: FloatArray
) -> dict[str, Any]:
    verdicts = {
        margin: judge(values, popularity=popularity, active=active, margin=margin, seed=SEED)
        for margin in MARGINS
    }
    compared = verdicts[MARGINS[0]]
    assert compared.against_active is not None
    return {
        "contender": name,
        METRIC: float(values.mean()),
        "against_active": asdict(compared.against_active),
        "against_popularity": asdict(compared.against_popularity),
        "relative": {
            bound: value / float(active.mean())
            for bound, value in asdict(compared.against_active).items()
        },
        "outcomes": {margin: each.outcome for margin, each in verdicts.items()},
    }


def _alarms(equal: list[FloatArray], popularity: FloatArray, margin: float) -> float:
    """The share of all ordered pairs of equal contenders in which the gate stops the first."""
    pairs = list(permutations(range(len(equal)), 2))
    stopped = [
        judge(
            equal[candidate],
            popularity=popularity,
            active=equal[active],
            margin=margin,
            seed=SEED,
        ).outcome
        != "passed"
        for candidate, active in pairs
    ]
    return sum(stopped) / len(pairs)


def _show(rows: list[dict[str, Any]], alarms: Mapping[float, float]) -> None:
    columns = ("contender", METRIC, "less the shipped", "from", "to", *map(str, MARGINS))
    show("Verdicts by margin", columns, [_cells(row) for row in rows])
    show(
        "Equal contenders stopped",
        ("margin", "share of pairs"),
        [(str(margin), f"{share:.3f}") for margin, share in alarms.items()],
    )


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    relative = (f"{row['relative'][bound]:+.1%}" for bound in ("mean", "low", "high"))
    outcomes = ("passed" if each == "passed" else "stopped" for each in row["outcomes"].values())
    return (row["contender"], f"{row[METRIC]:.4f}", *relative, *outcomes)


if __name__ == "__main__":
    main(sys.argv[1:])
