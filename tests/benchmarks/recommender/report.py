"""The measurements as tables for people."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from services.recommender.evaluation.protocols import RANKING

from .pipeline import ACCURACY, BASE, OF_LISTS, PAIRED
from .speed import Seconds

_CONSOLE = Console(highlight=False)


def show_facts(title: str, facts: Mapping[str, Any]) -> None:
    _show(
        title,
        ("", ""),
        (
            (name, f"{value:,}" if isinstance(value, int) else str(value))
            for name, value in facts.items()
        ),
    )


def show_training(seconds: Mapping[str, Seconds]) -> None:
    rows = (
        (name, f"{each.median:.2f}", f"{each.least:.2f} to {each.most:.2f}")
        for name, each in seconds.items()
    )
    _show("Training, seconds of three runs", ("step", "median", "range"), rows)


def show_lists(lists: Mapping[str, float]) -> None:
    rows = ((name.replace("_", " "), f"{value:,.2f}") for name, value in lists.items())
    _show("Lists of 200 films", ("", ""), rows)


def show_accuracy(rows: Sequence[Mapping[str, Any]], seeds: Sequence[int]) -> None:
    cells = (
        (row["model"], *(_share(row[name]) for name in RANKING), f"{row['weights']:,}")
        for row in rows
    )
    title = f"Settings on validation viewers, seeds {', '.join(map(str, seeds))}"
    _show(title, ("local ridge", *RANKING, "weights"), cells)


def show_short_histories(measured: Mapping[str, Any]) -> None:
    rows = ((name, *map(_share, values)) for name, values in measured["ndcg@20"].items())
    title = f"Ndcg@20 by films known, {_viewers(measured)}"
    _show(title, ("", *map(str, measured["known"])), rows)


def show_weights(measured: Mapping[str, Any]) -> None:
    rows = ((name, *map(_share, values)) for name, values in measured["ndcg@20"].items())
    _show(f"Weights of ratings, {_viewers(measured)}", ("train / profile", "ndcg@20"), rows)


def show_steps(measured: Mapping[str, Any], seeds: Sequence[int]) -> None:
    """Differences are paired by viewer, with their standard error."""
    rows = measured["steps"]
    shown = [name for name in (*ACCURACY, *OF_LISTS) if name in rows[0]]
    cells = (
        (row["steps"], *(f"{row[name]:.4f}" for name in shown), _difference(row)) for row in rows
    )
    title = f"Steps of the pipeline, validation viewers, seeds {', '.join(map(str, seeds))}"
    _show(title, ("local ridge", *shown, f"{PAIRED} to {BASE}"), cells)
    if measured["short"]:
        known = ((name, *map(_share, values)) for name, values in measured["short"].items())
        _show("Ndcg@20 by likes known", ("", *map(str, measured["known"])), known)


def show_step_times(milliseconds: Mapping[str, Seconds]) -> None:
    rows = (
        (name, f"{each.median:.3f}", f"{each.least:.3f} to {each.most:.3f}")
        for name, each in milliseconds.items()
    )
    title = "From scores to lists, milliseconds of a core for each viewer"
    _show(title, ("", "median", "range"), rows)


def show_taste(curves: Sequence[Mapping[str, Any]], fading: Sequence[Mapping[str, Any]]) -> None:
    _show(
        "Low ratings in a profile, protocol graded",
        ("curve", "ndcg@100", "disliked@20"),
        ((row["curve"], _share(row["ndcg@100"]), _share(row["disliked@20"])) for row in curves),
    )
    if fading:
        _show(
            f"Recency, newest fifth held out, {fading[0]['viewers']} viewers",
            ("", "ndcg@100", "difference"),
            ((row["fading"], _share(row["ndcg@100"]), _difference(row)) for row in fading),
        )


def _difference(row: Mapping[str, Any]) -> str:
    return f"{row['difference']:+.4f} ± {row['difference_se']:.4f}"


def _viewers(measured: Mapping[str, Any]) -> str:
    return f"{' + '.join(map(str, measured['viewers']))} held-out viewers"


def _share(value: float) -> str:
    return f"{value:.4f}".removeprefix("0")


def _show(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(
        title=title, title_justify="left", box=SIMPLE_HEAD, show_header=any(columns), min_width=40
    )
    for name in columns:
        table.add_column(name, justify="right" if table.columns else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    _CONSOLE.print(table)
