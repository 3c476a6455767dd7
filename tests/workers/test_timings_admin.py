"""The admin's pages of intervals, crontabs and clocked times: no task goes with one."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
)

from tests.apps.admin_pages import client_of, staff, url
from tests.apps.query_counts import captured_queries
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Client:
    return client_of(make_user(is_staff=True, is_superuser=True))


def interval_in_use() -> IntervalSchedule:
    return IntervalSchedule.objects.get(periodictask__name="Canary: realtime")


def crontab_in_use() -> CrontabSchedule:
    return CrontabSchedule.objects.get(periodictask__name="Train, build and publish")


def clocked_in_use() -> ClockedSchedule:
    row = ClockedSchedule.objects.create(clocked_time=timezone.now())
    PeriodicTask.objects.create(name="Once", task="maintenance.sweep", clocked=row, one_off=True)
    return row


IN_USE = {
    interval_in_use: {f"Canary: {queue}" for queue in ("realtime", "batch", "training")},
    crontab_in_use: {"Train, build and publish"},
    clocked_in_use: {"Once"},
}
each_in_use = pytest.mark.parametrize(("make", "names"), IN_USE.items())


def world(model: Any) -> list[Any]:
    models = (model, PeriodicTask, LogEntry)
    return [list(each.objects.order_by("pk").values()) for each in models]


@each_in_use
def test_a_timing_in_use_is_not_deleted_and_its_tasks_are_named(
    operator: Client, make: Any, names: set[str]
) -> None:
    row = make()
    address = url(type(row), "delete", row.pk)
    before = world(type(row))

    page = operator.get(address).content.decode()
    operator.post(address, {"post": "yes"})

    assert all(f"the periodic task “{name}”" in page for name in names)
    assert world(type(row)) == before


@each_in_use
def test_nor_is_it_deleted_from_the_list(operator: Client, make: Any, names: set[str]) -> None:
    row = make()
    before = world(type(row))

    for more in ({}, {"select_across": "1"}):
        chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
        operator.post(url(type(row), "changelist"), chosen | more)

    assert world(type(row)) == before


@each_in_use
def test_the_pages_show_which_tasks_use_it(operator: Client, make: Any, names: set[str]) -> None:
    row = make()

    for address in (url(type(row), "changelist"), url(type(row), "change", row.pk)):
        page = operator.get(address).content.decode()
        assert all(f">{name}</a>" in page for name in names)
    assert "A change here changes the time of every task that uses this row" in page


def test_a_timing_that_no_task_uses_is_deleted(operator: Client) -> None:
    row = IntervalSchedule.objects.create(every=77, period=IntervalSchedule.HOURS)
    tasks = PeriodicTask.objects.count()

    operator.post(url(IntervalSchedule, "delete", row.pk), {"post": "yes"})

    assert not IntervalSchedule.objects.filter(pk=row.pk).exists()
    assert PeriodicTask.objects.count() == tasks


@pytest.mark.parametrize(
    ("model", "form"),
    [
        (IntervalSchedule, {"every": "7", "period": "minutes"}),
        (
            CrontabSchedule,
            {
                "minute": "5",
                "hour": "4",
                "day_of_month": "*",
                "month_of_year": "*",
                "day_of_week": "*",
                "timezone": "UTC",
            },
        ),
        (ClockedSchedule, {"clocked_time_0": "2027-01-01", "clocked_time_1": "12:00"}),
    ],
)
def test_a_timing_is_added_and_edited(operator: Client, model: Any, form: dict[str, str]) -> None:
    before = set(model.objects.values_list("pk", flat=True))

    assert operator.get(url(model, "add")).status_code == 200
    assert operator.post(url(model, "add"), form).status_code == 302
    (row,) = model.objects.exclude(pk__in=before)
    assert operator.post(url(model, "change", row.pk), form).status_code == 302


def test_deleting_takes_the_permission(operator: Client) -> None:
    row = IntervalSchedule.objects.create(every=77, period=IntervalSchedule.HOURS)
    onlooker = client_of(
        staff("django_celery_beat.view_intervalschedule", "django_celery_beat.delete_periodictask")
    )

    response = onlooker.post(url(IntervalSchedule, "delete", row.pk), {"post": "yes"})

    assert response.status_code == 403
    assert IntervalSchedule.objects.filter(pk=row.pk).exists()


def test_the_list_asks_the_same_however_many_rows(operator: Client) -> None:
    address = url(IntervalSchedule, "changelist")
    operator.get(address)
    with captured_queries() as few:
        operator.get(address)
    for every in range(100, 110):
        row = IntervalSchedule.objects.create(every=every, period=IntervalSchedule.HOURS)
        PeriodicTask.objects.create(name=str(every), task="maintenance.sweep", interval=row)
    with captured_queries() as many:
        operator.get(address)

    assert len(many) == len(few)


def test_no_solar_schedule_can_be_made(operator: Client) -> None:
    assert operator.get("/admin/django_celery_beat/solarschedule/add/").status_code == 403
