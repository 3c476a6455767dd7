"""Figures of a measurement, for people and as JSON."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.benchmarks.freshness.stored import Stored
from tests.benchmarks.freshness.writers import Seen
from tests.benchmarks.tables import show as show_table

OURS = "a worker for each kind of work"
ORDINARY = "one worker for all queues"
DURING = ", during a rebuild"
COLUMNS = ("milliseconds", "writes", "p50", "p95", "p99", "max", "p95 with request", "p95 stored")


def show(
    seen: Mapping[str, Sequence[Seen]], stored: Mapping[str, Stored], idle_builds: int
) -> None:
    rows = (_row(name, writes, stored[name]) for name, writes in seen.items())
    show_table("From the answer to a rating until the list has seen it", COLUMNS, rows)
    show_table("Nobody wrote", ("", "builds"), [("lists that were built", str(idle_builds))])


def to_json(seen: Mapping[str, Sequence[Seen]], stored: Mapping[str, Stored]) -> dict[str, Any]:
    quiet, busy = _figures(seen[OURS]), _figures(seen[OURS + DURING])
    result = {
        "p50_ms": quiet["p50"],
        "p95_ms": quiet["p95"],
        "p95_ms_during_rebuild": busy["p95"],
        "p50_ms_during_rebuild": busy["p50"],
        "stored_p95_ms": _ms(stored[OURS].p95),
        "stored_p95_ms_during_rebuild": _ms(stored[OURS + DURING].p95),
        "stored_is_exact": stored[OURS].is_exact,
        "ms": {name: _figures(writes) for name, writes in seen.items()},
    }
    if ORDINARY in seen:
        result["baseline_p95_ms"] = _figures(seen[ORDINARY])["p95"]
        result["baseline_p95_ms_during_rebuild"] = _figures(seen[ORDINARY + DURING])["p95"]
    return result


def told(writes: Sequence[Seen], stored: Stored) -> str:
    """One line, while the rest is still measured."""
    figures = _figures(writes)
    quantiles = ", ".join(f"{name} {figures[name]:,.0f} ms" for name in ("p50", "p95", "max"))
    given_up = sum(write.given_up for write in writes)
    rest = f" {given_up:,} lists were not there in time." if given_up else ""
    return f"  {len(writes):,} ratings: {quantiles}; stored p95 {_ms(stored.p95):,.0f} ms.{rest}"


def _row(name: str, writes: Sequence[Seen], stored: Stored) -> tuple[str, ...]:
    figures = _figures(writes)
    names = ("p50", "p95", "p99", "max", "p95_with_request")
    return (
        name,
        f"{len(writes):,}",
        *(f"{figures[each]:,.0f}" for each in names),
        f"{_ms(stored.p95):,.0f}",
    )


def _figures(writes: Iterable[Seen]) -> dict[str, float]:
    waits = [write.from_answer for write in writes]
    with_request = [write.from_request for write in writes]
    return {
        "p50": _ms(statistics.median(waits)),
        "p95": _ms(_quantile(waits, 95)),
        "p99": _ms(_quantile(waits, 99)),
        "max": _ms(max(waits)),
        "p50_with_request": _ms(statistics.median(with_request)),
        "p95_with_request": _ms(_quantile(with_request, 95)),
        "given_up": sum(write.given_up for write in writes),
        "p95_sent_late": _ms(_quantile([write.late for write in writes], 95)),
    }


def _quantile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def _ms(seconds: float | None) -> float:
    return round(1000 * (seconds or 0), 1)
