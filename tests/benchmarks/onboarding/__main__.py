"""`python -m tests.benchmarks.onboarding [RATINGS]`: tables, then one line of JSON."""

import argparse
import json
import sys
import time
from typing import Any

import numpy as np

from services.evaluation.ratings import read_ratings
from services.recommender.arrays import FloatArray, IntArray
from services.recommender.evaluation.events import RatedEvents
from services.recommender.evaluation.running import Part
from services.recommender.onboarding import (
    OnboardingSettings,
    Questionnaire,
    choose_questions,
)
from tests.benchmarks.machine import describe_machine
from tests.benchmarks.rating_files import add_ratings_argument, default_ratings
from tests.benchmarks.tables import show_facts

from . import report
from .held_out import NewViewers, Platform, split
from .simulation import AFTER_ANSWERS, AFTER_QUESTIONS, METRICS, Interview, interview, quality
from .strategies import strategies

SEEDS = (0, 1, 2)
_TIMED = 200
_TIMED_AFTER = 10
_QUESTIONS = 20

Values = dict[str, dict[str, FloatArray]]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.onboarding")
    add_ratings_argument(parser)
    parser.add_argument("--on", choices=("test", "validation"), default="test")
    parser.add_argument(
        "--seeds", type=lambda text: tuple(map(int, text.split(","))), default=SEEDS
    )
    parser.add_argument("--viewers", type=int, help="of each seed at most so many")
    told = parser.parse_args()
    events = read_ratings(told.ratings or default_ratings(parser)).events
    show_facts("Machine", describe_machine())
    measured = _measure(events, on=told.on, seeds=told.seeds, most=told.viewers)
    sys.stdout.write(json.dumps(measured) + "\n")


def _measure(
    events: RatedEvents, *, on: Part, seeds: tuple[int, ...], most: int | None
) -> dict[str, Any]:
    settings = OnboardingSettings()
    parts: list[tuple[Values, float]] = []
    users: list[IntArray] = []
    for seed in seeds:
        platform, viewers = split(events, seed=seed, on=on, settings=settings)
        viewers = viewers.first(most)
        users.append(viewers.user_ids)
        parts.append((_values(platform, viewers, settings), _milliseconds(platform.questionnaire)))
    values = _pooled([each for each, _ in parts])
    milliseconds = float(np.median([each for _, each in parts]))
    report.show_comparison(values, np.concatenate(users), AFTER_QUESTIONS, METRICS)
    report.show_curve(values, AFTER_ANSWERS, METRICS[0])
    show_facts("A refresh", {f"ms for {_QUESTIONS} questions": round(milliseconds, 2)})
    baseline, *_ = values.values()
    return {
        "machine": describe_machine(),
        "on": on,
        "seeds": seeds,
        "viewers": next(iter(baseline.values())).size,
        "milliseconds": milliseconds,
        "strategies": report.rows(values),
    }


def _values(platform: Platform, viewers: NewViewers, settings: OnboardingSettings) -> Values:
    return {
        name: _values_of(platform, viewers, interview(platform, viewers, strategy))
        for name, strategy in strategies(settings).items()
    }


def _values_of(platform: Platform, viewers: NewViewers, held: Interview) -> dict[str, FloatArray]:
    """For each viewer, by `metric after n questions` or `answers`, and what it took."""
    values: dict[str, FloatArray] = {}
    told = {f"{count} questions": held.after_questions(count) for count in AFTER_QUESTIONS}
    told |= {f"{count} answers": held.after_answers(count) for count in AFTER_ANSWERS}
    for after, known in told.items():
        found = quality(platform, viewers, held, known)
        values |= {f"{metric} after {after}": found[metric] for metric in METRICS}
    for count in AFTER_QUESTIONS:
        values[f"answers to {count} questions"] = held.answers[:, count - 1].astype(float)
        values[f"questions for {count} answers"] = held.questions_for(count).astype(float)
    return values


def _pooled(parts: list[Values]) -> Values:
    return {
        name: {key: np.concatenate([part[name][key] for part in parts]) for key in parts[0][name]}
        for name in parts[0]
    }


def _milliseconds(asked: Questionnaire) -> float:
    """To choose the questions of one viewer after some answers."""
    answers = dict.fromkeys(asked.item_ids[:_TIMED_AFTER].tolist(), 8.0)
    took = []
    for _ in range(_TIMED):
        started = time.perf_counter()
        choose_questions(asked, answers, count=_QUESTIONS)
        took.append(time.perf_counter() - started)
    return 1000 * float(np.median(took))


if __name__ == "__main__":
    main()
