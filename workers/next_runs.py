"""When beat will send a periodic task next, worked out as beat does."""

from datetime import datetime, timedelta
from functools import cache

from celery import Celery
from django_celery_beat.models import PeriodicTask

from . import queues

# Beat looks every few seconds; a task that is later than this is not waiting for its turn.
LATE_AFTER = timedelta(seconds=30)


def next_run(row: PeriodicTask) -> datetime | None:
    """None for a task that is switched off or sent no more. May lie in the past: it is overdue."""
    if not row.enabled or (row.one_off and row.total_run_count):
        return None
    if row.clocked:
        return row.clocked.clocked_time  # type: ignore[no-any-return]  # the library has no types
    schedule = row.schedule
    schedule.app = _clock()
    last: datetime = row.last_run_at or row.date_changed
    due: datetime = schedule.now() + schedule.remaining_estimate(last)
    return max(due, row.start_time) if row.start_time else due


@cache
def _clock() -> Celery:
    """Only its time zone is asked for; the workers' own app would bring their code along."""
    app = Celery("nexus-clock", set_as_current=False)
    queues.configure(app)
    return app
