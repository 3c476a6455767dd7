"""What shows that it works by leaving a row behind now and then, and the checks that look for it.

Rows are written and judged by the database's clock, so hosts need not agree on the time.
"""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db.models import DurationField, ExpressionWrapper, F
from django.db.models.functions import Now

from .health import Check, Unhealthy
from .models import Heartbeat

BEAT = "beat"

# Which long run was worked on lately, if any was: "generation 4".
Work = Callable[[timedelta], str | None]


def of_queue(queue: str) -> str:
    """The heartbeat of whoever works on the queue."""
    return f"queue:{queue}"


def record(*, name: str) -> None:
    """Note that the part works now."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, seen_at=Now())],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["seen_at"],
    )


def recent(name: str, *, or_work: Work | None = None) -> Check:
    """A check that the heartbeat is recent, or that a long run of this queue's goes on.

    A worker in the middle of a slice takes no canary from its queue, and is not dead.
    """

    def check() -> str:
        age = _age(name)
        if age is not None and abs(age) <= limit():
            return f"seen {_seconds(age)} ago"
        seen = "never seen" if age is None else f"last seen {_seconds(age)} ago"
        work = or_work(limit()) if or_work else None
        if work is None:
            raise Unhealthy(seen)
        return f"busy with {work}; {seen}"

    return check


def limit() -> timedelta:
    return timedelta(seconds=settings.HEALTH_MAX_AGE_SECONDS)


def _age(name: str) -> timedelta | None:
    """Negative if the clock was set back since the row was written."""
    age = ExpressionWrapper(Now() - F("seen_at"), DurationField())
    return Heartbeat.objects.filter(name=name).values_list(age, flat=True).first()


def _seconds(age: timedelta) -> str:
    return f"{age.total_seconds():.0f} s"
