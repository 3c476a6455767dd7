"""The measurements as tables for people."""

from collections.abc import Mapping, Sequence

from services.recommender.arrays import FloatArray, IntArray
from services.recommender.evaluation.results import standard_error
from tests.benchmarks.tables import share, show

_NORMAL_95 = 1.959964

Values = Mapping[str, Mapping[str, FloatArray]]


def show_comparison(
    values: Values, user_ids: IntArray, after: Sequence[int], metrics: Sequence[str]
) -> None:
    """Means, and what a strategy has more than the first one for the same viewers.

    The error counts a user once, in however many seeds they are a viewer.
    """
    baseline, *_ = values.values()
    viewers = next(iter(baseline.values())).size
    for metric in metrics:
        keys = [f"{metric} after {n} {unit}" for unit in ("questions", "answers") for n in after]
        rows = [
            (name, *(_with_difference(of[key], baseline[key], user_ids) for key in keys))
            for name, of in values.items()
        ]
        show(
            f"{metric} of {viewers:,} viewers: mean, and difference from the first line ± 95 %",
            ("after", *(key.partition(" after ")[2] for key in keys)),
            rows,
        )
    keys = [f"answers to {n} questions" for n in after] + [
        f"questions for {n} answers" for n in after
    ]
    show(
        "What it takes: means",
        ("", *keys),
        [(name, *(f"{of[key].mean():.1f}" for key in keys)) for name, of in values.items()],
    )


def show_curve(values: Values, after: Sequence[int], metric: str) -> None:
    show(
        f"{metric} by answers given",
        ("answers", *map(str, after)),
        [
            (name, *(share(float(of[f"{metric} after {n} answers"].mean())) for n in after))
            for name, of in values.items()
        ],
    )


def rows(values: Values) -> dict[str, dict[str, float]]:
    return {
        name: {key: float(each.mean()) for key, each in of.items()} for name, of in values.items()
    }


def _with_difference(values: FloatArray, baseline: FloatArray, user_ids: IntArray) -> str:
    mean = share(float(values.mean()))
    if values is baseline:
        return mean
    pairs = values - baseline
    margin = _NORMAL_95 * standard_error(pairs, user_ids)
    return f"{mean} ({pairs.mean():+.4f} ± {margin:.4f})"
