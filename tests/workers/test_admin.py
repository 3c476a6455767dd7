"""The admin's page of periodic tasks: it offers known tasks and runs none."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.conf import settings
from django.test import Client
from django_celery_beat.models import PeriodicTask

from tests.factories import make_user
from tests.workers.messages import drain
from workers.schedule import SCHEDULE

pytestmark = pytest.mark.django_db

CHANGELIST = "/admin/django_celery_beat/periodictask/"
ADD = f"{CHANGELIST}add/"
SCHEDULED = {periodic.task for periodic in SCHEDULE.values()}


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def broker() -> Iterator[redis.Redis]:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        drain(client)
        yield client
        drain(client)


@pytest.fixture
def sweep() -> PeriodicTask:
    return PeriodicTask.objects.get(name="Sweep")


def change(row: PeriodicTask) -> str:
    return f"{CHANGELIST}{row.pk}/change/"


def fields(row: PeriodicTask, **changed: Any) -> dict[str, Any]:
    """What the form of the row sends."""
    return {
        "name": row.name,
        "task": row.task,
        "enabled": "on",
        "interval": row.interval_id,
        "args": "[]",
        "kwargs": "{}",
        "headers": "{}",
    } | changed


def offered(operator: Client, url: str) -> set[str]:
    form = operator.get(url).context["adminform"].form
    return {name for name, _ in form.fields["task"].choices}


def test_the_scheduled_tasks_are_offered(operator: Client, sweep: PeriodicTask) -> None:
    assert offered(operator, ADD) == offered(operator, change(sweep)) == SCHEDULED | {""}


def test_a_scheduled_task_can_be_added(operator: Client, sweep: PeriodicTask) -> None:
    response = operator.post(ADD, fields(sweep, name="Sweep again"))

    assert response.status_code == 302
    assert PeriodicTask.objects.get(name="Sweep again").task == "maintenance.sweep"


def test_a_row_keeps_a_task_that_is_not_on_the_schedule(
    operator: Client, sweep: PeriodicTask
) -> None:
    sweep.task = "catalog.other"
    sweep.save()

    assert offered(operator, change(sweep)) == SCHEDULED | {"", "catalog.other"}
    assert operator.post(change(sweep), fields(sweep, name="Renamed")).status_code == 302
    sweep.refresh_from_db()
    assert (sweep.name, sweep.task) == ("Renamed", "catalog.other")


@pytest.mark.parametrize("task", ["no.such_task", ""])
def test_an_unknown_task_is_refused(operator: Client, sweep: PeriodicTask, task: str) -> None:
    response = operator.post(change(sweep), fields(sweep, name="Renamed", task=task))

    assert response.status_code == 200
    assert "task" in response.context["adminform"].form.errors
    sweep.refresh_from_db()
    assert (sweep.name, sweep.task) == ("Sweep", "maintenance.sweep")


def test_the_admin_switches_tasks_off_and_runs_none(
    operator: Client, sweep: PeriodicTask, broker: redis.Redis
) -> None:
    actions = dict(operator.get(CHANGELIST).context["action_form"].fields["action"].choices)
    assert {"disable_tasks", "enable_tasks"} <= set(actions)
    assert "run_tasks" not in actions
    selected = {"_selected_action": [sweep.pk]}

    operator.post(CHANGELIST, {"action": "run_tasks"} | selected)
    operator.post(CHANGELIST, {"action": "disable_tasks"} | selected)

    assert drain(broker) == []
    sweep.refresh_from_db()
    assert not sweep.enabled
