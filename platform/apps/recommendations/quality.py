"""A model's metrics as rows of a table, for the admin and for commands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .models import METRICS

HEADINGS = ("protocol", "model", "viewers", *METRICS)
UNKNOWN = "-"


@dataclass(frozen=True)
class Quality:
    """What is known of how good a model is: a sentence about it, and rows under HEADINGS."""

    sentence: str
    rows: list[tuple[str, ...]]


def quality_of(metrics: Mapping[str, Any]) -> Quality:
    if "skipped" in metrics:
        return Quality(f"Not measured: {metrics['skipped']}.", [])
    if "sample" not in metrics:
        return Quality("Not measured.", [])
    rows = [row for result in metrics["results"] for row in _rows(result, metrics["baseline"])]
    return Quality(_sample_told(metrics["sample"]), rows)


def _sample_told(sample: Mapping[str, Any]) -> str:
    simulated = sample["simulated_viewers"]
    return (
        f"Measured on {sample['events']:,} ratings and favourites by {sample['viewers']:,} of "
        f"{sample['of_viewers']:,} viewers{f' ({simulated:,} of them simulated)' * bool(simulated)}"
        f", of {sample['films']:,} of {sample['of_films']:,} films."
    )


def _rows(result: Mapping[str, Any], baseline: str) -> Iterator[tuple[str, ...]]:
    protocol, model = result["protocol"], result["model"]
    if "left_out" in result:
        yield (protocol, f"{model}: {result['left_out']}", *[UNKNOWN] * (len(HEADINGS) - 2))
        return
    viewers = f"{result['viewers']:,}"
    yield (protocol, model, viewers, *_cells(result["figures"], "{mean:.4f}"))
    if result["differences"]:
        less = f"{model} less {baseline}"
        yield (protocol, less, viewers, *_cells(result["differences"], "{mean:+.4f}"))


def _cells(figures: Mapping[str, Mapping[str, float | None]], form: str) -> list[str]:
    return [_cell(figures.get(name), form) for name in METRICS]


def _cell(figure: Mapping[str, float | None] | None, form: str) -> str:
    if figure is None:
        return UNKNOWN
    error = figure["se"]
    return form.format(mean=figure["mean"]) + (f" ± {error:.4f}" if error is not None else "")
