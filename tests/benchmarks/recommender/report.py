"""The measurements as tables for people."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.recommender.evaluation.protocols import RANKING
from tests.benchmarks.tables import share, show

from .pipeline import ACCURACY, BASE, DEFAULTS, OF_LISTS, PAIRED
from .speed import Seconds


def show_training(seconds: Mapping[str, Seconds]) -> None:
    rows = (
        (name, f"{each.median:.2f}", f"{each.least:.2f} to {each.most:.2f}")
        for name, each in seconds.items()
    )
    show("Training, seconds of three runs", ("step", "median", "range"), rows)


def show_lists(lists: Mapping[str, float]) -> None:
    rows = ((name.replace("_", " "), f"{value:,.2f}") for name, value in lists.items())
    show("Lists of 200 films", ("", ""), rows)


def show_accuracy(rows: Sequence[Mapping[str, Any]], seeds: Sequence[int]) -> None:
    cells = (
        (row["model"], *(share(row[name]) for name in RANKING), f"{row['weights']:,}")
        for row in rows
    )
    title = f"Settings on validation viewers, seeds {', '.join(map(str, seeds))}"
    show(title, ("local ridge", *RANKING, "weights"), cells)


def show_short_histories(measured: Mapping[str, Any]) -> None:
    rows = ((name, *map(share, values)) for name, values in measured["ndcg@20"].items())
    title = f"Blend, ndcg@20 by films known, {_viewers(measured)}"
    show(title, ("", *map(str, measured["known"])), rows)


def show_weights(measured: Mapping[str, Any]) -> None:
    rows = ((name, *map(share, values)) for name, values in measured["ndcg@20"].items())
    show(f"Weights of ratings, {_viewers(measured)}", ("train / profile", "ndcg@20"), rows)


def show_steps(measured: Mapping[str, Any], seeds: Sequence[int]) -> None:
    for protocol in ("strong", "graded"):
        named = f"{protocol}, validation viewers, seeds {', '.join(map(str, seeds))}"
        tables = measured[protocol]
        _show_variants(f"Steps of the pipeline, {named}", tables["steps"], BASE)
        _show_variants(f"Other defaults, {named}", tables["defaults"], DEFAULTS)
    if measured["short"]:
        known = ((name, *map(share, values)) for name, values in measured["short"].items())
        title = "Blend, ndcg@20 by likes known"
        show(title, ("", *map(str, measured["known"])), known)


def _show_variants(title: str, rows: Sequence[Mapping[str, Any]], base: str) -> None:
    """Differences from the row `base` are paired by viewer, with their standard error."""
    shown = [name for name in (*ACCURACY, *OF_LISTS) if name in rows[0]]
    cells = (
        (
            row["steps"],
            *(share(row[name]) for name in shown),
            *(_signed(each["mean"], each["se"]) for each in row["differences"].values()),
        )
        for row in rows
    )
    # Without the length of lists, which is 20 for all of these, the table is not too wide.
    names = [name.removesuffix("@20") if name in OF_LISTS else name for name in shown]
    show(f"{title}, less {base}", ("blend", *names, *(f"± {name}" for name in PAIRED)), cells)


def show_step_times(milliseconds: Mapping[str, Seconds]) -> None:
    rows = (
        (name, f"{each.median:.3f}", f"{each.least:.3f} to {each.most:.3f}")
        for name, each in milliseconds.items()
    )
    title = "From scores to lists, milliseconds of a core for each viewer"
    show(title, ("", "median", "range"), rows)


def show_taste(curves: Sequence[Mapping[str, Any]], fading: Sequence[Mapping[str, Any]]) -> None:
    show(
        "Low ratings in a profile, protocol graded",
        ("curve", "ndcg@100", "disliked@20"),
        ((row["curve"], share(row["ndcg@100"]), share(row["disliked@20"])) for row in curves),
    )
    if fading:
        show(
            f"Recency, newest fifth held out, {fading[0]['viewers']} viewers",
            ("", "ndcg@100", "difference"),
            ((row["fading"], share(row["ndcg@100"]), _difference(row)) for row in fading),
        )


def _difference(row: Mapping[str, Any]) -> str:
    return _signed(row["difference"], row["difference_se"])


def _signed(mean: float, error: float) -> str:
    return f"{mean:+.4f}".replace("0.", ".", 1) + f" ± {share(error)}"


def _viewers(measured: Mapping[str, Any]) -> str:
    return f"{' + '.join(map(str, measured['viewers']))} held-out viewers"
