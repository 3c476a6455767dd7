"""`python -m tests.benchmarks.libraries [RATINGS] [--speed | --small]`: tables, a line of JSON."""

import argparse
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.evaluation.ratings import read_ratings
from services.imports.movielens_files import MovieLensFileError
from services.imports.rating_scales import ScaleError
from services.recommender.evaluation.events import RatedEvents
from services.recommender.evaluation.protocols import PROTOCOLS
from services.recommender.evaluation.results import Result
from services.recommender.evaluation.running import FitScorer, evaluate
from services.recommender.evaluation.splits import UnusableEventsError
from services.recommender.evaluation.statistics import Difference, compare
from services.recommender.registry import MODELS
from tests.benchmarks.machine import describe_machine, peak_rss_mb
from tests.benchmarks.rating_files import add_ratings_argument, default_ratings
from tests.benchmarks.tables import show_facts

from . import report
from .candidates import Candidate
from .tuning import Tuned, tune
from .versions import library_versions

BASELINE = "blend"
OURS = ("popularity", "ease", "local_ridge", "ials", "user_kernel", BASELINE)
# Protocols and their seeds. The settings of all are those chosen under the first one. The second
# tests every user, for whom another seed would only draw other films to rank the one among.
SEEDS: Mapping[str, Sequence[int]] = {"strong": (0, 1, 2), "leave-one-out-100": (0,)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.libraries")
    add_ratings_argument(parser)
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
    path = options.ratings or default_ratings(parser)
    try:
        events = read_ratings(path).events
        report.show_json(_compare(events, libraries, small=options.small))
    except (MovieLensFileError, ScaleError, UnusableEventsError) as error:
        parser.error(str(error))


def _libraries() -> Sequence[Candidate]:
    from . import implicit_models, irspack_models, similaripy_models

    return (
        *implicit_models.CANDIDATES,
        *irspack_models.CANDIDATES,
        *similaripy_models.CANDIDATES,
    )


def _compare(
    events: RatedEvents, candidates: Sequence[Candidate], *, small: bool
) -> dict[str, Any]:
    if small:
        candidates = [replace(each, grid=each.grid[:2]) for each in candidates]
    machine = describe_machine() | library_versions()
    sizes = {
        "users": events.user_ids.size,
        "films": events.item_ids.size,
        "ratings": events.matrix.nnz,
    }
    show_facts("Machine and libraries", machine)
    show_facts("Ratings", sizes)
    tuned = [tune(candidate, events, report=report.tell) for candidate in candidates]
    report.show_tuning(tuned)
    return {
        "machine": machine,
        "sizes": sizes,
        "tuning": {each.candidate.name: each.describe() for each in tuned},
        "protocols": {
            protocol: _measure(
                events, tuned, protocol=protocol, seeds=seeds[:1] if small else seeds
            )
            for protocol, seeds in SEEDS.items()
        },
        "cpu_seconds": time.process_time(),
        "peak_rss_mb": peak_rss_mb(),
    }


def _measure(
    events: RatedEvents, tuned: Sequence[Tuned], *, protocol: str, seeds: Sequence[int]
) -> dict[str, Any]:
    """Test viewers; ours first, then what the libraries were tuned to."""
    ours: dict[str, FitScorer] = {name: MODELS[name] for name in OURS}
    theirs = {each.candidate.name: each.fit for each in tuned}
    results = evaluate(
        events,
        ours | theirs,
        protocol=protocol,
        seeds=seeds,
        clock=time.process_time,
        report=report.tell,
    )
    metrics = PROTOCOLS[protocol].metrics
    rows = [result.row() for result in results]
    differences = _differences(results)
    title = f"{protocol}, test viewers of seeds {', '.join(map(str, seeds))}"
    report.show_rows(title, rows, metrics)
    report.show_differences(f"{protocol}: minus {BASELINE}", differences, metrics)
    return {
        "seeds": seeds,
        "viewers": results[0].user_counts,
        "rows": rows,
        "baseline": BASELINE,
        "differences": [
            each.row() for by_metric in differences.values() for each in by_metric.values()
        ],
    }


def _differences(results: Sequence[Result]) -> dict[str, dict[str, Difference]]:
    """By model and metric, viewer by viewer."""
    baseline = next(result for result in results if result.model == BASELINE)
    return {
        result.model: {each.metric: each for each in compare(result, baseline)}
        for result in results
        if result is not baseline
    }


if __name__ == "__main__":
    main()
