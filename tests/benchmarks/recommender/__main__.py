"""`python -m tests.benchmarks.recommender [RATINGS]`: tables, then one line of JSON."""

import argparse
import json
import sys
from dataclasses import asdict
from typing import Any

from services.evaluation.ratings import read_ratings
from services.imports.movielens_files import MovieLensFileError
from services.imports.rating_scales import ScaleError
from services.recommender.catalogue import Catalogue
from services.recommender.evaluation.events import RatedEvents
from services.recommender.evaluation.splits import TooFewUsersError
from tests.benchmarks.machine import describe_machine, peak_rss_mb
from tests.benchmarks.rating_files import add_ratings_argument, default_ratings
from tests.benchmarks.tables import show_facts

from . import report
from .accuracy import compare_settings
from .films import read_films
from .histories import measure_short_histories, measure_weights
from .pipeline import compare_steps
from .ratings import Ratings
from .speed import time_lists, time_training
from .steps_speed import time_steps
from .taste import compare_curves, compare_fading

SEEDS = (0, 1, 2)
FADING_SEEDS = (0, 1, 2, 3, 4, 5)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.recommender")
    add_ratings_argument(parser)
    path = parser.parse_args().ratings or default_ratings(parser)
    try:
        measured = _measure(read_ratings(path).events, read_films(path))
    except (MovieLensFileError, ScaleError, TooFewUsersError) as error:
        parser.error(str(error))
    sys.stdout.write(json.dumps(measured) + "\n")


def _measure(events: RatedEvents, catalogue: Catalogue | None) -> dict[str, Any]:
    """Speed comes first, so that the peak of memory is that of training and lists alone."""
    ratings = Ratings.of(events)
    machine = describe_machine()
    show_facts("Machine", machine)
    speed = _measure_speed(events, ratings, catalogue)
    accuracy = compare_settings(events, seeds=SEEDS)
    report.show_accuracy(accuracy, SEEDS)
    weights = measure_weights(ratings, seeds=SEEDS)
    report.show_weights(weights)
    histories = measure_short_histories(ratings, seeds=SEEDS)
    report.show_short_histories(histories)
    pipeline = _measure_pipeline(events, catalogue)
    return {
        "machine": machine,
        **speed,
        "seeds": SEEDS,
        "validation": accuracy,
        "weights": weights,
        "short_histories": histories,
        "pipeline": pipeline,
    }


def _measure_pipeline(events: RatedEvents, catalogue: Catalogue | None) -> dict[str, Any]:
    steps = compare_steps(events, catalogue, seeds=SEEDS)
    report.show_steps(steps, SEEDS)
    milliseconds = time_steps(events, catalogue, seed=SEEDS[0])
    report.show_step_times(milliseconds)
    curves = compare_curves(events, seeds=SEEDS)
    fading = compare_fading(events, seeds=FADING_SEEDS)
    report.show_taste(curves, fading)
    return {
        "seeds": SEEDS,
        **steps,
        "milliseconds": {name: asdict(each) for name, each in milliseconds.items()},
        "curves": curves,
        "fading": fading,
    }


def _measure_speed(
    events: RatedEvents, ratings: Ratings, catalogue: Catalogue | None
) -> dict[str, Any]:
    model, training = time_training(ratings)
    report.show_training(training)
    lists = time_lists(model, events, catalogue)
    report.show_lists(lists)
    sizes = {**ratings.describe(), "weights": model.values.size, "peak_rss_mb": peak_rss_mb()}
    show_facts("Sizes", sizes)
    return {
        "sizes": sizes,
        "training_seconds": {name: asdict(each) for name, each in training.items()},
        "lists": lists,
    }


if __name__ == "__main__":
    main()
