"""Settings of a candidate, chosen on validation viewers."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.recommender.evaluation.events import RatedEvents
from services.recommender.evaluation.running import FitScorer, Report, evaluate

from .candidates import Candidate, Settings

CHOSEN_BY = "ndcg@100"
TUNING_SEED = 0


@dataclass(frozen=True)
class Trial:
    """Settings of a grid, and how they did on the validation viewers."""

    settings: Settings
    row: Mapping[str, str | float]

    @property
    def figure(self) -> float:
        return float(self.row[CHOSEN_BY])


@dataclass(frozen=True)
class Tuned:
    candidate: Candidate
    trials: Sequence[Trial]

    @property
    def best(self) -> Trial:
        """Of equal trials the first."""
        return max(self.trials, key=lambda trial: trial.figure)

    @property
    def fit(self) -> FitScorer:
        return self.candidate.with_settings(self.best.settings)

    def describe(self) -> dict[str, Any]:
        return {
            "chosen": self.best.settings,
            "grid": [
                {
                    "settings": trial.settings,
                    CHOSEN_BY: trial.figure,
                    "train_seconds": trial.row["train_seconds"],
                }
                for trial in self.trials
            ],
        }


def tune(candidate: Candidate, events: RatedEvents, *, report: Report) -> Tuned:
    """All settings of the grid on the validation part of the protocol `strong`."""
    models = {
        f"{candidate.name}, settings {number} of {len(candidate.grid)}": candidate.with_settings(
            settings
        )
        for number, settings in enumerate(candidate.grid, 1)
    }
    results = evaluate(
        events,
        models,
        protocol="strong",
        seeds=[TUNING_SEED],
        clock=time.process_time,
        choose_on="validation",
        report=report,
    )
    trials = [
        Trial(settings, result.row())
        for settings, result in zip(candidate.grid, results, strict=True)
    ]
    return Tuned(candidate, trials)
