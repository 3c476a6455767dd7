"""Differences of two models on the same viewers, and what a longer history brings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from services.recommender.arrays import BoolArray, FloatArray, IntArray
from services.recommender.evaluation.results import Result, SeedResult, standard_error

# Half the width of a 95 % interval in standard errors.
_NORMAL_95 = 1.959964


@dataclass(frozen=True)
class Difference:
    """Mean of what a model has more than the baseline for the same viewer, pooled over seeds.

    `history` is how many films are known of the viewers, such as "1-4"; empty for all of them. The
    error counts a user once, however many of the `viewers` they are.
    """

    model: str
    baseline: str
    metric: str
    history: str
    viewers: int
    mean: float
    standard_error: float

    @property
    def interval(self) -> tuple[float, float]:
        """The bounds of 95 %."""
        margin = _NORMAL_95 * self.standard_error
        return self.mean - margin, self.mean + margin

    def row(self) -> dict[str, str | float]:
        low, high = self.interval
        return {
            "model": self.model,
            "baseline": self.baseline,
            "metric": self.metric,
            "history": self.history,
            "viewers": self.viewers,
            "difference": self.mean,
            "difference_se": self.standard_error,
            "low": low,
            "high": high,
        }


@dataclass(frozen=True)
class CurvePoint:
    """A metric of a model for viewers of one length of history, pooled over seeds."""

    model: str
    metric: str
    history: str
    from_length: int
    viewers: int
    mean: float
    standard_error: float

    def row(self) -> dict[str, str | float]:
        return {
            "model": self.model,
            "history": self.history,
            "from_length": self.from_length,
            "viewers": self.viewers,
            self.metric: self.mean,
            f"{self.metric}_se": self.standard_error,
        }


def compare(result: Result, baseline: Result) -> list[Difference]:
    """A difference for each metric that has a value for each viewer."""
    return [
        _difference(result, baseline, metric, "", _everybody(result))
        for metric in result.seeds[0].per_user
    ]


def compare_by_history(
    result: Result, baseline: Result, *, metric: str, lengths: Sequence[int]
) -> list[Difference]:
    """A difference for each length of history that any viewer has."""
    return [
        _difference(result, baseline, metric, label, chosen)
        for label, _, chosen in _by_history(result, lengths)
    ]


def learning_curve(result: Result, *, metric: str, lengths: Sequence[int]) -> list[CurvePoint]:
    """A point for each step of `lengths`, where steps start, that any viewer's history is on."""
    values, users = _pooled(result.seeds, metric), _users(result.seeds)
    points = []
    for label, start, chosen in _by_history(result, lengths):
        mean, error = _mean(values[chosen], users[chosen])
        count = int(np.count_nonzero(chosen))
        points.append(CurvePoint(result.model, metric, label, start, count, mean, error))
    return points


def _difference(
    result: Result, baseline: Result, metric: str, history: str, chosen: BoolArray
) -> Difference:
    users = _users(result.seeds)
    if not np.array_equal(users, _users(baseline.seeds)):
        raise ValueError("only results on the same viewers can be compared")
    pairs = _pooled(result.seeds, metric) - _pooled(baseline.seeds, metric)
    known = chosen & ~np.isnan(pairs)
    mean, error = _mean(pairs[known], users[known])
    viewers = int(np.count_nonzero(known))
    return Difference(result.model, baseline.model, metric, history, viewers, mean, error)


def _by_history(result: Result, lengths: Sequence[int]) -> Iterator[tuple[str, int, BoolArray]]:
    """Label, least length and the pooled viewers of each step that is not empty."""
    history = np.concatenate([each.history for each in result.seeds])
    for start, after in zip(lengths, (*lengths[1:], None), strict=True):
        chosen = history >= start
        if after is not None:
            chosen &= history < after
        if chosen.any():
            yield _label(start, after), start, chosen


def _label(start: int, after: int | None) -> str:
    if after is None:
        return f"{start}+"
    return str(start) if after == start + 1 else f"{start}-{after - 1}"


def _everybody(result: Result) -> BoolArray:
    return np.ones(sum(result.user_counts), bool)


def _pooled(seeds: Sequence[SeedResult], metric: str) -> FloatArray:
    return np.concatenate([each.per_user[metric] for each in seeds])


def _users(seeds: Sequence[SeedResult]) -> IntArray:
    return np.concatenate([each.user_ids for each in seeds])


def _mean(values: FloatArray, user_ids: IntArray) -> tuple[float, float]:
    """Mean and its standard error."""
    mean = float(values.mean()) if values.size else float("nan")
    return mean, standard_error(values, user_ids)
