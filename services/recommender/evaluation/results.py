"""What an evaluation says of each model, as rows of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from services.recommender.arrays import FloatArray, IntArray


@dataclass(frozen=True)
class SeedResult:
    """One model on the viewers of one split.

    `per_user` float64[viewers] by name of the metric, NaN where it has no meaning for a viewer;
    `over_users` are metrics of all lists together, `history` int[viewers] the films known of each.
    """

    seed: int
    per_user: Mapping[str, FloatArray]
    over_users: Mapping[str, float]
    history: IntArray
    train_seconds: float
    score_seconds: float


@dataclass(frozen=True)
class Result:
    """One model on the splits of all seeds."""

    model: str
    seeds: Sequence[SeedResult]

    @property
    def user_counts(self) -> list[int]:
        """Viewers of each seed."""
        return [each.history.size for each in self.seeds]

    @property
    def metrics(self) -> tuple[str, ...]:
        first = self.seeds[0]
        return (*first.per_user, *first.over_users)

    def row(self) -> dict[str, str | float]:
        """Means over users and then seeds, each with its standard error under `<metric>_se`.

        The error is that of the mean over seeds, or over users where there is only one seed.
        """
        row: dict[str, str | float] = {"model": self.model}
        for name in self.metrics:
            per_seed = [_values(each, name) for each in self.seeds]
            row[name] = float(np.mean([_mean(values) for values in per_seed]))
            row[f"{name}_se"] = _standard_error(per_seed)
        row["train_seconds"] = float(np.mean([each.train_seconds for each in self.seeds]))
        row["score_seconds"] = float(np.mean([each.score_seconds for each in self.seeds]))
        return row


def _values(each: SeedResult, name: str) -> FloatArray:
    if name in each.over_users:
        return np.array([each.over_users[name]])
    values = each.per_user[name]
    return values[~np.isnan(values)]


def _mean(values: FloatArray) -> float:
    return float(values.mean()) if values.size else float("nan")


def _standard_error(per_seed: Sequence[FloatArray]) -> float:
    sample = [_mean(values) for values in per_seed] if len(per_seed) > 1 else per_seed[0]
    return float(np.std(sample, ddof=1) / np.sqrt(len(sample))) if len(sample) > 1 else 0.0
