"""Models beside a baseline on the same viewers, over all of them and by what is known of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.recommender.evaluation.protocols import PROTOCOLS
from services.recommender.evaluation.results import Result
from services.recommender.evaluation.statistics import (
    CurvePoint,
    Difference,
    compare,
    compare_by_history,
    learning_curve,
)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """`curves` and `by_history` are of each of the `metrics`, in turn."""

    baseline: str
    metrics: tuple[str, ...]
    differences: Sequence[Difference]
    curves: Sequence[Sequence[CurvePoint]]
    by_history: Sequence[Difference]


def compare_models(results: Sequence[Result], *, baseline: str, protocol: str) -> Comparison:
    """The seeds that the baseline and a model both have finished are compared.

    A baseline that has finished none gives way to the first model that has.
    """
    lengths = PROTOCOLS[protocol].history_lengths
    metrics = curve_metrics(protocol)
    base = next((each for each in results if each.model == baseline), results[0])
    pairs = [_common(each, base) for each in results if each.model != base.model]
    return Comparison(
        baseline=base.model,
        metrics=metrics,
        differences=[each for pair in pairs for each in compare(*pair)],
        curves=[
            learning_curve(result, metric=metric, lengths=lengths)
            for metric in metrics
            for result in results
        ],
        by_history=[
            each
            for metric in metrics
            for pair in pairs
            for each in compare_by_history(*pair, metric=metric, lengths=lengths)
        ],
    )


def curve_metrics(protocol: str) -> tuple[str, str]:
    """The first and the last metric that the protocol is published with."""
    metrics = PROTOCOLS[protocol].metrics
    return metrics[0], metrics[-1]


def _common(result: Result, baseline: Result) -> tuple[Result, Result]:
    seeds = {each.seed for each in result.seeds} & {each.seed for each in baseline.seeds}
    first, second = (
        Result(each.model, [seed for seed in each.seeds if seed.seed in seeds])
        for each in (result, baseline)
    )
    return first, second
