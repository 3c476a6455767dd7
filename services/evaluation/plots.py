"""Plots of an evaluation as PNG files. Matplotlib is loaded only when something is drawn."""

import logging
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.recommender.evaluation.results import Result
from services.recommender.evaluation.statistics import CurvePoint

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COVERAGE = "coverage@20"
_INCHES = (9.0, 5.4)
_DOTS_PER_INCH = 130
# Enough for every model that there is; colour and shape together tell them apart.
_MARKERS = "osD^vP*Xhd<>p8"
_COLOURS = 20
# How much of the way to the next tick the models of one tick take.
_ASIDE = 0.3


class PlotsUnavailableError(Exception):
    """Matplotlib is not installed; only installing it heals that."""


def require_matplotlib() -> None:
    if find_spec("matplotlib") is None:
        raise PlotsUnavailableError(
            "plots need matplotlib, which is not installed; it is part of requirements/local.txt"
        )
    # It tells of fonts that it found, which is no news.
    logging.getLogger("matplotlib").setLevel(logging.WARNING)


def plot_quality_and_coverage(
    results: Sequence[Result], *, metric: str, title: str, file: Path
) -> None:
    """Each model where its coverage and its quality meet, with standard errors."""
    figure, axes = _axes(title)
    for place, row in enumerate(result.row() for result in results):
        axes.errorbar(
            [float(row[COVERAGE])],
            [float(row[metric])],
            xerr=[float(row[f"{COVERAGE}_se"])],
            yerr=[float(row[f"{metric}_se"])],
            label=str(row["model"]),
            linestyle="none",
            **_style(place),
        )
    axes.set_xlabel(f"{COVERAGE}: share of the films that are in any list (± standard error)")
    axes.set_ylabel(f"{metric} (± standard error)")
    axes.set_xlim(left=0)
    _write(figure, axes, file)


def plot_learning_curves(
    curves: Sequence[Sequence[CurvePoint]], *, metric: str, title: str, file: Path
) -> None:
    """A line for each model over the lengths of history, with standard errors."""
    figure, axes = _axes(title)
    steps = sorted({(point.from_length, point.history) for curve in curves for point in curve})
    places = {history: place for place, (_, history) in enumerate(steps)}
    for number, curve in enumerate(curves):
        # Aside of each other, so that no error bar hides another.
        aside = _ASIDE * (number - (len(curves) - 1) / 2) / len(curves)
        axes.errorbar(
            [places[point.history] + aside for point in curve],
            [point.mean for point in curve],
            yerr=[point.standard_error for point in curve],
            label=curve[0].model,
            linewidth=1.4,
            **_style(number),
        )
    viewers = {point.history: point.viewers for point in curves[0]}
    labels = [f"{history}\n({viewers.get(history, 0):,})" for _, history in steps]
    axes.set_xticks(range(len(steps)), labels)
    axes.set_xlabel("films known of the viewer (and how many viewers)")
    axes.set_ylabel(f"{metric} (± standard error)")
    _write(figure, axes, file)


def _axes(title: str) -> "tuple[Figure, Axes]":
    # A figure of its own, without pyplot: that keeps state, and may look for a screen.
    figure: Figure = import_module("matplotlib.figure").Figure(figsize=_INCHES, layout="tight")
    import_module("matplotlib.backends.backend_agg").FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=11)
    axes.grid(visible=True, alpha=0.3)
    return figure, axes


def _style(number: int) -> dict[str, Any]:
    return {
        "color": _colour(number),
        "marker": _MARKERS[number % len(_MARKERS)],
        "markersize": 7,
        "capsize": 3,
        "elinewidth": 1,
    }


def _colour(number: int) -> tuple[float, float, float]:
    """The strong colours first: the map has each of them followed by a pale one."""
    colours = import_module("matplotlib").colormaps["tab20"].colors
    ordered = [*colours[::2], *colours[1::2]]
    red, green, blue = ordered[number % _COLOURS]
    return red, green, blue


def _write(figure: "Figure", axes: "Axes", file: Path) -> None:
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    figure.savefig(file, format="png", dpi=_DOTS_PER_INCH)
