"""The admin's page of periodic tasks: what it offers, sends, refuses and shows."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from tests.apps.admin_pages import action_url, client_of, messages_of, staff
from tests.factories import make_user
from tests.workers.messages import drain
from workers import publisher
from workers.next_runs import next_run
from workers.publisher import Publisher
from workers.schedule import SCHEDULE

pytestmark = pytest.mark.django_db

VIEW = "django_celery_beat.view_periodictask"
CHANGE = "django_celery_beat.change_periodictask"
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


def test_tasks_are_switched_off_and_on_by_those_who_may_change_them(
    operator: Client, sweep: PeriodicTask
) -> None:
    onlooker = client_of(staff(VIEW))
    selected = {"_selected_action": [sweep.pk]}

    onlooker.post(CHANGELIST, {"action": "disable_tasks"} | selected)
    sweep.refresh_from_db()
    assert sweep.enabled
    operator.post(CHANGELIST, {"action": "disable_tasks"} | selected)
    sweep.refresh_from_db()
    assert not sweep.enabled
    operator.post(CHANGELIST, {"action": "enable_tasks"} | selected)
    sweep.refresh_from_db()
    assert sweep.enabled
    entries = LogEntry.objects.order_by("pk")
    assert [entry.get_change_message() for entry in entries] == ["Switched off.", "Switched on."]


def test_the_library_can_run_nothing_here(
    operator: Client, sweep: PeriodicTask, broker: redis.Redis
) -> None:
    operator.post(CHANGELIST, {"action": "run_tasks", "_selected_action": [sweep.pk]})

    assert drain(broker) == []


def run_now(client: Client, row: PeriodicTask) -> Any:
    return client.post(action_url(PeriodicTask, "run_now", row.pk), follow=True)


def test_a_task_is_run_now_with_its_arguments_and_expiry(
    operator: Client, sweep: PeriodicTask, broker: redis.Redis
) -> None:
    PeriodicTask.objects.filter(pk=sweep.pk).update(
        kwargs='{"depth": 2}', queue="maintenance", expire_seconds=4
    )

    page = run_now(operator, sweep)

    assert "“Sweep” is sent" in messages_of(page)[0]
    (raw,) = broker.lrange("maintenance", 0, -1)
    expires = datetime.fromisoformat(json.loads(raw)["headers"]["expires"])
    assert timedelta() < expires - timezone.now() <= timedelta(seconds=4)
    assert drain(broker) == [("maintenance", "maintenance.sweep", {"depth": 2})]
    (entry,) = LogEntry.objects.all()
    assert (entry.object_id, entry.get_change_message()) == (str(sweep.pk), "Run now.")


def test_chosen_tasks_are_run_now(
    operator: Client, sweep: PeriodicTask, broker: redis.Redis
) -> None:
    purge = PeriodicTask.objects.get(task="batch.purge_lists")

    page = operator.post(
        CHANGELIST,
        {"action": "run_tasks_now", "_selected_action": [sweep.pk, purge.pk]},
        follow=True,
    )

    assert len(messages_of(page)) == LogEntry.objects.count() == 2
    assert {task for _, task, _ in drain(broker)} == {"maintenance.sweep", "batch.purge_lists"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"kwargs": "[1]"},
        {"kwargs": "{"},
        {"kwargs": "null"},
        {"kwargs": '{"depth": NaN}'},
        {"args": "[1]"},
        {"args": "["},
        {"queue": "nowhere"},
        {"queue": "training"},
        {"task": "no.such_task"},
        {"task": "no.such_task", "queue": "nowhere"},
    ],
)
def test_arguments_that_a_task_cannot_take_are_not_sent(
    operator: Client, sweep: PeriodicTask, broker: redis.Redis, wrong: dict[str, str]
) -> None:
    PeriodicTask.objects.filter(pk=sweep.pk).update(**wrong)

    page = run_now(operator, sweep)

    assert messages_of(page)[0].startswith("Nothing was sent")
    assert drain(broker) == []
    assert not LogEntry.objects.exists()


def test_nothing_is_run_without_a_broker_and_the_message_says_so(
    operator: Client, sweep: PeriodicTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = Publisher(broker_url="redis://127.0.0.1:1/0")
    monkeypatch.setattr(publisher, "publish", away.publish)

    page = run_now(operator, sweep)

    assert messages_of(page)[0].startswith("The message broker is away, so nothing was sent.")
    assert not LogEntry.objects.exists()


def test_running_a_task_takes_the_permission_to_change_it(
    sweep: PeriodicTask, broker: redis.Redis
) -> None:
    onlooker = client_of(staff(VIEW))

    assert run_now(onlooker, sweep).status_code == 403
    onlooker.post(CHANGELIST, {"action": "run_tasks_now", "_selected_action": [sweep.pk]})

    assert b"run_now" not in onlooker.get(change(sweep)).content
    assert drain(broker) == []
    run_now(client_of(staff(VIEW, CHANGE)), sweep)
    assert drain(broker) == [("maintenance", "maintenance.sweep", {})]


def test_a_task_is_not_run_by_reading(
    operator: Client, sweep: PeriodicTask, broker: redis.Redis
) -> None:
    assert operator.get(action_url(PeriodicTask, "run_now", sweep.pk)).status_code == 405
    assert drain(broker) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kwargs", "[]"),
        ("kwargs", "{"),
        ("kwargs", '{"depth": NaN}'),
        ("kwargs", '{"depth": -Infinity}'),
        ("kwargs", '{"depth": 1e999}'),
        ("kwargs", "[" * 100_000),
        ("interval", ""),
        ("name", ""),
    ],
)
def test_an_edit_that_beat_could_not_use_is_refused(
    operator: Client, sweep: PeriodicTask, field: str, value: str
) -> None:
    before = PeriodicTask.objects.values().get(pk=sweep.pk)

    response = operator.post(change(sweep), fields(sweep, **{field: value}))

    assert response.status_code == 200
    assert response.context["adminform"].form.errors
    assert PeriodicTask.objects.values().get(pk=sweep.pk) == before


@pytest.mark.parametrize(
    ("changed", "shown"),
    [
        # Sent half an hour from now by another clock, so that no slow page misses the minute.
        ({"last_run_at": -timedelta(minutes=30, seconds=30)}, "in 30\N{NO-BREAK SPACE}min"),
        ({"last_run_at": timedelta(minutes=5)}, "is beat running?"),
        ({"enabled": False}, "switched off"),
    ],
)
def test_the_next_run_is_what_beat_will_do(
    operator: Client, sweep: PeriodicTask, changed: dict[str, Any], shown: str
) -> None:
    now = timezone.now()
    row = {k: now - v if isinstance(v, timedelta) else v for k, v in changed.items()}
    PeriodicTask.objects.filter(pk=sweep.pk).update(**row)

    page = operator.get(change(sweep)).content.decode()

    assert shown in page


def test_a_crontab_is_due_at_its_time(operator: Client) -> None:
    nightly = PeriodicTask.objects.get(task="training.start_nightly")
    noon = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    nightly.last_run_at = noon

    due = next_run(nightly)

    assert due is not None
    assert abs(due - datetime(2026, 11, 23, 3, 0, tzinfo=UTC)) < timedelta(seconds=1)


def test_the_form_puts_no_task_into_another_queue(operator: Client) -> None:
    canary = PeriodicTask.objects.get(task="realtime.record_canary")
    elsewhere = {"queue": "training", "exchange": "training", "routing_key": "training"}

    page = operator.get(change(canary))
    operator.post(change(canary), fields(canary, description="Edited", **elsewhere))

    assert "queue" not in page.context["adminform"].form.fields
    canary.refresh_from_db()
    assert canary.description == "Edited"
    assert (canary.queue, canary.exchange, canary.routing_key) == (None, None, None)


def test_the_page_shows_a_wrong_queue_and_saving_it_puts_it_right(
    operator: Client, sweep: PeriodicTask
) -> None:
    assert b"which is wrong" not in operator.get(change(sweep)).content
    PeriodicTask.objects.filter(pk=sweep.pk).update(queue="nowhere")

    page = operator.get(change(sweep)).content.decode()
    operator.post(change(sweep), fields(sweep))

    assert "nowhere, which is wrong: saving this page puts it back into maintenance" in page
    sweep.refresh_from_db()
    assert sweep.queue is None
