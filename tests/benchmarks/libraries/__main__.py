"""`python -m tests.benchmarks.libraries [RATINGS] [--speed | --small]`: tables, a line of JSON."""

import argparse
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from services.imports.movielens_files import MovieLensFileError
from services.recommender.evaluation.events import RatedEvents
from services.recommender.evaluation.protocols import PROTOCOLS
from services.recommender.evaluation.results import Result
from services.recommender.evaluation.running import FitScorer, evaluate
from services.recommender.evaluation.splits import UnusableEventsError
from services.recommender.registry import MODELS
from tests.benchmarks.machine import describe_machine, peak_rss_mb
from tests.benchmarks.recommender.ratings import Ratings

from . import report
from .candidates import Candidate
from .comparison import Difference, Tuned, difference, tune
from .versions import library_versions

DATASETS = "NEXUS_DATASETS"
DEFAULT = Path("data", "ml-1m", "ratings.csv")
SEEDS = (0, 1, 2)
# The last one is what all others are compared with.
OURS = ("popularity", "ease", "local_ridge", "ials", "user_kernel", "blend")
# Others publish by these; the settings are those that the first one's validation viewers chose.
MEASURED_BY = ("strong", "leave-one-out-100")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.libraries")
    parser.add_argument(
        "ratings",
        type=Path,
        nargs="?",
        metavar="RATINGS",
        help=f"MovieLens ratings; by default {DEFAULT} in the folder that ${DATASETS} names",
    )
    parser.add_argument(
        "--speed", action="store_true", help="measure only how fast lists are made, on made-up data"
    )
    parser.add_argument("--small", action="store_true", help="try it: short grids, one seed")
    options = parser.parse_args()
    try:
        libraries = _libraries()
    except ModuleNotFoundError as error:
        parser.error(f"{error.name} is not installed here; `make bench-libraries` installs it")
    if options.speed:
        from .speed import measure_speed

        report.show_json(measure_speed(small=options.small))
        return
    path = options.ratings or _default(parser)
    try:
        report.show_json(_compare(Ratings.read(path), libraries, small=options.small))
    except (MovieLensFileError, UnusableEventsError) as error:
        parser.error(str(error))


def _libraries() -> Sequence[Candidate]:
    from . import implicit_models, irspack_models, similaripy_models

    return (
        *implicit_models.CANDIDATES,
        *irspack_models.CANDIDATES,
        *similaripy_models.CANDIDATES,
    )


def _default(parser: argparse.ArgumentParser) -> Path:
    folder = os.environ.get(DATASETS)
    if not folder:
        parser.error(f"name a file of RATINGS, or set {DATASETS} to a folder that holds {DEFAULT}")
    return Path(folder) / DEFAULT


def _compare(ratings: Ratings, candidates: Sequence[Candidate], *, small: bool) -> dict[str, Any]:
    started = time.perf_counter()
    if small:
        candidates = [replace(each, grid=each.grid[:2]) for each in candidates]
    machine = describe_machine() | library_versions()
    sizes = ratings.describe()
    report.show_facts("Machine and libraries", machine)
    report.show_facts("Ratings", sizes)
    events = ratings.to_events()
    tuned = [tune(candidate, events, report=report.tell) for candidate in candidates]
    report.show_tuning(tuned)
    seeds = SEEDS[:1] if small else SEEDS
    return {
        "machine": machine,
        "sizes": sizes,
        "tuning": {each.candidate.name: each.describe() for each in tuned},
        "protocols": {
            protocol: _measure(events, tuned, protocol=protocol, seeds=seeds)
            for protocol in MEASURED_BY
            if protocol in PROTOCOLS
        },
        "seconds": time.perf_counter() - started,
        "peak_rss_mb": peak_rss_mb(),
    }


def _measure(
    events: RatedEvents, tuned: Sequence[Tuned], *, protocol: str, seeds: Sequence[int]
) -> dict[str, Any]:
    """Test viewers; ours first, then what the libraries were tuned to."""
    ours: dict[str, FitScorer] = {name: MODELS[name] for name in OURS if name in MODELS}
    theirs = {each.candidate.name: each.fit for each in tuned}
    results = evaluate(
        events,
        ours | theirs,
        protocol=protocol,
        seeds=seeds,
        clock=time.perf_counter,
        report=report.tell,
    )
    metrics = PROTOCOLS[protocol].metrics
    rows = [result.row() for result in results]
    baseline = results[len(ours) - 1]
    differences = _differences(results, baseline, metrics)
    title = f"{protocol}, test viewers of seeds {', '.join(map(str, seeds))}"
    report.show_rows(title, rows, metrics)
    report.show_differences(f"{title}: model minus {baseline.model}", differences, metrics)
    return {
        "seeds": seeds,
        "viewers": results[0].user_counts,
        "rows": rows,
        "baseline": baseline.model,
        "differences": {
            model: {name: asdict(each) for name, each in by_metric.items()}
            for model, by_metric in differences.items()
        },
    }


def _differences(
    results: Sequence[Result], baseline: Result, metrics: Sequence[str]
) -> dict[str, dict[str, Difference]]:
    return {
        result.model: {metric: difference(result, baseline, metric) for metric in metrics}
        for result in results
        if result is not baseline
    }


if __name__ == "__main__":
    main()
