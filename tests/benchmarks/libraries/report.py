"""The comparison as tables for people, and progress for those who wait."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from services.recommender.evaluation.running import Progress
from services.recommender.evaluation.statistics import Difference
from tests.benchmarks.tables import share, show

from .candidates import Settings
from .tuning import CHOSEN_BY, Tuned


def tell(progress: Progress) -> None:
    """A line on standard error when a model begins to be trained."""
    if progress.phase == "train" and not progress.done:
        say(f"seed {progress.seed}: {progress.model}")


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def show_tuning(tuned: Sequence[Tuned]) -> None:
    for each in tuned:
        rows = (
            (
                text_of(trial.settings),
                share(trial.figure),
                f"{trial.row['train_seconds']:.1f}",
                "chosen" if trial is each.best else "",
            )
            for trial in each.trials
        )
        title = f"{each.candidate.name} on validation viewers"
        show(title, ("settings", CHOSEN_BY, "train CPU s", ""), rows)


def show_rows(title: str, rows: Sequence[Mapping[str, Any]], metrics: Sequence[str]) -> None:
    """Each metric with its standard error; the last column is processor seconds of training."""
    cells = (
        (
            row["model"],
            *(f"{share(row[name])} ± {share(row[f'{name}_se'])}" for name in metrics),
            f"{row['train_seconds']:.2f}",
        )
        for row in rows
    )
    show(title, ("model", *metrics, "train CPU s"), cells)


def show_differences(
    title: str, differences: Mapping[str, Mapping[str, Difference]], metrics: Sequence[str]
) -> None:
    cells = (
        (model, *(f"{each[name].mean:+.4f} ± {each[name].standard_error:.4f}" for name in metrics))
        for model, each in differences.items()
    )
    show(title, ("model", *metrics), cells)


def show_speed(title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    cells = (
        (
            row["what"],
            f"{row['median_seconds']:.3f}",
            f"{row['viewers_per_second']:,.0f}",
            f"{row['times_ours']:.2f}",
            f"{row['least_times_ours']:.2f} to {row['most_times_ours']:.2f}",
            f"{row['same_films']:.1%}",
        )
        for row in rows
    )
    columns = ("", "CPU s", "viewers / s", "times ours", "range of rounds", "same films")
    show(title, columns, cells)


def text_of(settings: Settings) -> str:
    return ", ".join(f"{name} {value}" for name, value in settings.items())


def show_json(measured: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(measured) + "\n")
