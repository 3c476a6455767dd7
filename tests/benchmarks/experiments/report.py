"""What was simulated, as tables for people and as a line for programs."""

from __future__ import annotations

from statistics import mean, median
from typing import TYPE_CHECKING, Any

from tests.benchmarks.tables import show

from .audience import CONTROL, Audience

if TYPE_CHECKING:
    from collections.abc import Mapping

    from apps.recommendations.experimenting.reports import Comparison, Report

    from .on_platform import Ran
    from .repetitions import Counted

METRIC = "clicks"


def show_report(ran: Ran, audience: Audience) -> None:
    """The last night's."""
    last = ran.reports[-1]
    rows = [
        (
            each.variant.name,
            f"{each.viewers:,}",
            f"{each.impressions:,}",
            *_cells(each.metrics[METRIC], _true(audience, each.variant.name)),
            f"{ran.decided_on(each.variant.name) or '-'}",
            str(each.verdict),
        )
        for each in last.variants
    ]
    columns = (
        *("variant", "viewers", "impressions", "rate", "difference", "truth"),
        *("95 %, one look", "95 %, all looks", "p", "day", "verdict"),
    )
    title = (
        f"One experiment on the platform, {ran.impressions:,} impressions "
        f"(division of viewers: p = {last.mismatch_p:.2f}; a look: {ran.look_seconds:.1f} s)"
    )
    show(title, columns, rows)


def show_repetitions(repeated: Mapping[str, Counted]) -> None:
    rows = [
        (
            name,
            f"{each.repetitions}",
            f"{each.truth:+.4f}",
            f"{mean(each.estimates):+.4f}",
            f"{each.sequential / each.repetitions:.1%}",
            f"{each.fixed / each.repetitions:.1%}",
            f"{each.once / each.repetitions:.1%}",
            f"{median(each.days):g}" if each.days else "-",
            f"{each.covered / each.repetitions:.1%}",
            f"{each.covered_once / each.repetitions:.1%}",
            f"{each.mismatched}",
        )
        for name, each in repeated.items()
    ]
    columns = (
        *("effect", "times", "truth", "mean estimate", "sequential, daily", "fixed, daily"),
        *("fixed, once", "median day", "always holds", "fixed holds at end", "mismatches"),
    )
    show("How often an experiment leaves 0 out, by rule", columns, rows)


def as_json(counted: Counted) -> dict[str, Any]:
    return {
        "repetitions": counted.repetitions,
        "truth": counted.truth,
        "mean_estimate": mean(counted.estimates),
        "sequential": counted.sequential,
        "fixed_daily": counted.fixed,
        "fixed_once": counted.once,
        "median_day": median(counted.days) if counted.days else None,
        "covered": counted.covered,
        "covered_once": counted.covered_once,
        "mismatched": counted.mismatched,
    }


def report_json(ran: Ran) -> dict[str, Any]:
    last: Report = ran.reports[-1]
    return {
        "impressions": ran.impressions,
        "look_seconds": round(ran.look_seconds, 2),
        "variants": [
            {
                "name": each.variant.name,
                "viewers": each.viewers,
                "value": each.metrics[METRIC].value,
                "p": each.metrics[METRIC].p,
                "verdict": str(each.verdict),
                "decided_on": ran.decided_on(each.variant.name),
            }
            for each in last.variants
        ],
    }


def _cells(compared: Comparison, truth: str) -> tuple[str, ...]:
    told = compared.difference
    if told is None:
        return (f"{compared.value or 0:.4f}", "-", truth, "-", "-", "-")
    return (
        f"{compared.value or 0:.4f}",
        f"{told.estimate:+.4f}",
        truth,
        f"{told.fixed[0]:+.4f} to {told.fixed[1]:+.4f}",
        f"{told.always[0]:+.4f} to {told.always[1]:+.4f}",
        f"{compared.p:.2g}",
    )


def _true(audience: Audience, name: str) -> str:
    return "-" if name == CONTROL else f"{audience.rate(name) - audience.rate(CONTROL):+.4f}"
