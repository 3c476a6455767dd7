"""What `/health/ready` asks: each part registers a check under a name that operators read.

Every answer comes from a check that began after it was asked for, and nobody waits for it longer
than HEALTH_TIMEOUT_SECONDS. While an earlier check has not come back, that is the answer.
"""

import time
from collections.abc import Collection
from typing import Any

from django.conf import settings

from .health_lanes import Check, Finding, Lane, Run, Unhealthy

__all__ = ["Check", "Finding", "Lane", "Unhealthy", "examine", "names", "register", "report"]

OK = "ok"
FAILING = "failing"

_registered: dict[str, tuple[Check, Lane]] = {}


def register(name: str, check: Check, *, lane: Lane | None = None) -> None:
    """Have `check` answer for `name`, on a lane of its own if none is given."""
    _registered[name] = (check, lane or Lane())


def names() -> list[str]:
    return list(_registered)


def examine(wanted: Collection[str] = ()) -> dict[str, Finding]:
    """What the wanted checks find, by default all. Raises KeyError for a name that is none."""
    deadline = time.monotonic() + settings.HEALTH_TIMEOUT_SECONDS
    asked = [
        (checks, *lane.ask(checks)) for lane, checks in _by_lane(wanted or _registered).items()
    ]
    found: dict[str, Finding] = {}
    for checks, run, current in asked:
        _wait(run, current, deadline=deadline)
        found |= {name: _finding(name, run, current) for name in checks}
    return {name: found[name] for name in _registered if name in found}


def report(findings: dict[str, Finding]) -> dict[str, Any]:
    """`{"status": "ok"|"failing", "checks": {name: {"status", "detail"}}}`."""
    failing = [name for name, finding in findings.items() if not finding.is_ok]
    return {
        "status": FAILING if failing else OK,
        "checks": {
            name: {"status": FAILING if name in failing else OK, "detail": finding.detail}
            for name, finding in findings.items()
        },
    }


def _by_lane(wanted: Collection[str]) -> dict[Lane, dict[str, Check]]:
    lanes: dict[Lane, dict[str, Check]] = {}
    for name in wanted:
        check, lane = _registered[name]
        lanes.setdefault(lane, {})[name] = check
    return lanes


def _wait(run: Run, current: Run, *, deadline: float) -> None:
    if run is current or not current.is_overdue(limit_seconds=settings.HEALTH_TIMEOUT_SECONDS):
        run.done.wait(max(0.0, deadline - time.monotonic()))


def _finding(name: str, run: Run, current: Run) -> Finding:
    if name in run.findings:
        return run.findings[name]
    since = run.began_at or current.began_at
    detail = f"no answer since {since:%H:%M:%S} UTC" if since else "no answer"
    if run.began_at is None:
        detail = f"an earlier check has had {detail}"
    return Finding(is_ok=False, detail=detail)
