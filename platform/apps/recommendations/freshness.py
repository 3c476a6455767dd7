"""How fresh lists were, against the objective, as ops, the admin and the alert read it.

The objective is about what the platform can do something about: a wait counts from when a list was
due, so the second between two lists of a viewer is no fault.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

OBJECTIVE_SHARE = 0.95
# So many of a window's newest builds are looked at, so that a day costs no more than an hour.
COUNTED_BUILDS = 100_000
# Counting stops here: by then the number no longer matters.
COUNTED_VIEWERS = 10_000
# A scrape and a page wait no longer.
STATEMENT_SECONDS = 2
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

# Sorted as the partial index of waiting rows is, so that no plan reads the whole table for them.
# Who waits because lists were rolled back has no write that was not seen; where nothing is
# published nobody waits for a worker.
WAITING = """
    SELECT count(*), min(unseen_at) FROM (
        SELECT coalesce(unseen_at,
                CASE WHEN listed_at IS NULL OR listed_at < changed_at THEN changed_at END
            ) AS unseen_at
        FROM favorites_taste
        WHERE revision > listed_revision AND is_realtime AND EXISTS (
            SELECT FROM recommendations_activegeneration WHERE generation_id IS NOT NULL
        )
        ORDER BY nudge_at NULLS FIRST, user_id
        LIMIT %s
    ) AS waiting
"""
_WINDOW = """
    SELECT count(*),
        count(*) FILTER (WHERE waited_seconds - held_seconds <= %(objective)s),
        count(*) FILTER (WHERE held_seconds > 0),
        percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY waited_seconds),
        percentile_cont(ARRAY[0.5, 0.95, 0.99])
            WITHIN GROUP (ORDER BY waited_seconds - held_seconds)
    FROM (
        SELECT waited_seconds, held_seconds FROM recommendations_listfreshness
        WHERE readable_at > %(since)s AND readable_at <= %(at)s
        ORDER BY readable_at DESC LIMIT %(counted)s
    ) AS build
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantiles:
    """In seconds."""

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Builds:
    """`waited` is what viewers felt, `delay` without the time in which no list was due yet."""

    count: int
    within: int
    held: int
    waited: Quantiles | None
    delay: Quantiles | None

    @property
    def share_within(self) -> float | None:
        return self.within / self.count if self.count else None

    @property
    def is_met(self) -> bool | None:
        return self.within >= OBJECTIVE_SHARE * self.count if self.count else None


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitingViewers:
    """Counted up to COUNTED_VIEWERS; the seconds are 0 where nobody waits."""

    viewers: int
    oldest_seconds: float


def read_waiting(*, at: datetime) -> WaitingViewers:
    viewers, oldest = _row(WAITING, [COUNTED_VIEWERS])
    seconds = (at - oldest).total_seconds() if oldest else 0.0
    return WaitingViewers(viewers=viewers, oldest_seconds=max(seconds, 0.0))


def read_window(window: timedelta, *, at: datetime) -> Builds:
    """The builds of the window that ends at `at`."""
    count, within, held, waited, delay = _row(
        _WINDOW,
        {
            "objective": settings.FRESHNESS_OBJECTIVE_SECONDS,
            "since": at - window,
            "at": at,
            "counted": COUNTED_BUILDS,
        },
    )
    return Builds(
        count=count, within=within, held=held, waited=_quantiles(waited), delay=_quantiles(delay)
    )


def _quantiles(seconds: list[float] | None) -> Quantiles | None:
    if seconds is None:
        return None
    p50, p95, p99 = seconds
    return Quantiles(p50=p50, p95=p95, p99=p99)


def _row(query: str, parameters: Any) -> tuple[Any, ...]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = %s", [f"{STATEMENT_SECONDS}s"])
        cursor.execute(query, parameters)
        row: tuple[Any, ...] = cursor.fetchone()
    return row
