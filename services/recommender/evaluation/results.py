"""What an evaluation says of each model, as rows of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from services.recommender.arrays import FloatArray, IntArray


@dataclass(frozen=True)
class SeedResult:
    """One model on the viewers of one split.

    `user_ids` int[viewers] say who is behind each viewer; one user may be behind several.
    `per_user` float64[viewers] by name of the metric, NaN where it has no meaning for a viewer;
    `over_users` are metrics of all lists together, `history` int[viewers] the films known of each.
    """

    seed: int
    user_ids: IntArray
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
            means = [_mean(each, name) for each in self.seeds]
            row[name] = float(np.mean(means))
            row[f"{name}_se"] = self._error(name, means)
        row["train_seconds"] = float(np.mean([each.train_seconds for each in self.seeds]))
        row["score_seconds"] = float(np.mean([each.score_seconds for each in self.seeds]))
        return row

    def _error(self, name: str, means: Sequence[float]) -> float:
        if len(means) > 1:
            return float(np.std(means, ddof=1) / np.sqrt(len(means)))
        values = self.seeds[0].per_user.get(name, np.empty(0))
        known = ~np.isnan(values)
        return standard_error(values[known], self.seeds[0].user_ids[: values.size][known])


def standard_error(values: FloatArray, user_ids: IntArray) -> float:
    """Of the mean, 0 where a single user gives no spread.

    Values of one user are no independent draws, be they of several seeds or lengths of history: so
    deviations are added up for each user before they are squared (errors clustered by user).
    """
    _, user_of = np.unique(user_ids, return_inverse=True)
    deviations = np.bincount(user_of, values - values.mean() if values.size else values)
    users = deviations.size
    if users <= 1:
        return 0.0
    return float(np.sqrt(users / (users - 1) * (deviations @ deviations)) / values.size)


def _mean(each: SeedResult, name: str) -> float:
    if name in each.over_users:
        return each.over_users[name]
    values = each.per_user[name]
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")
