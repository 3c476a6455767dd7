"""Beat notes that it sent a task without undoing what an operator saves at that moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connections, transaction
from django_celery_beat.models import PeriodicTask

from tests.apps.locks import wait_until_blocked
from workers.celery import app
from workers.schedule import create_schedules
from workers.scheduler import Entry

SENT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def entry() -> Entry:
    create_schedules()
    entry = Entry(PeriodicTask.objects.get(name="Sweep"), app=app)
    entry.model.last_run_at, entry.model.total_run_count = SENT, 7
    return entry


def test_an_edit_made_while_beat_writes_stays(entry: Entry) -> None:
    def write() -> None:
        entry.save()
        connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            PeriodicTask.objects.filter(name="Sweep").update(kwargs='{"edited": 1}')
            written = pool.submit(write)
            wait_until_blocked()
        written.result(timeout=10)

    row = PeriodicTask.objects.get(name="Sweep")
    assert (row.kwargs, row.last_run_at, row.total_run_count) == ('{"edited": 1}', SENT, 7)


def test_a_task_switched_off_meanwhile_has_no_last_run(entry: Entry) -> None:
    PeriodicTask.objects.filter(name="Sweep").update(enabled=False, last_run_at=None)

    entry.save()

    assert PeriodicTask.objects.get(name="Sweep").last_run_at is None


def test_a_task_deleted_meanwhile_stays_deleted(entry: Entry) -> None:
    PeriodicTask.objects.all().delete()

    entry.save()

    assert not PeriodicTask.objects.exists()
