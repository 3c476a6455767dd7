import json
import runpy
from collections.abc import Iterator
from datetime import timedelta

import pytest
import redis
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask, PeriodicTasks
from pytest_django import Settings

from tests.workers.messages import drain
from workers import schedule
from workers.celery import app
from workers.schedule import CANARIES, SCHEDULE, create_schedules
from workers.scheduler import STANDBY_SECONDS, BeatLock, LockedScheduler


@pytest.mark.django_db
def test_migrating_writes_the_schedules() -> None:
    PeriodicTask.objects.all().delete()

    call_command("migrate", verbosity=0)

    rows = {row.name: row for row in PeriodicTask.objects.all()}
    assert set(rows) == set(SCHEDULE)
    assert rows["Sweep"].task == "maintenance.sweep"
    assert rows["Sweep"].interval.every == 2
    nightly = rows["Train, build and publish"]
    assert (nightly.task, nightly.crontab.hour, nightly.crontab.minute) == (
        "training.start_nightly",
        "3",
        "0",
    )


HALF_AN_HOUR, SIX_HOURS = 1800, 6 * 3600


@pytest.mark.django_db
def test_each_sync_has_its_kind_its_scope_and_its_time() -> None:
    rows = PeriodicTask.objects.filter(task="catalog.start_sync").select_related("crontab")

    found = {
        row.name: (
            json.loads(row.kwargs),
            f"{row.crontab.hour}:{row.crontab.minute}",
            row.expire_seconds,
        )
        for row in rows
    }
    assert found == {
        "Sync genres": ({"kind": "genres"}, "0:50", SIX_HOURS),
        "Sync changes": ({"kind": "changes"}, "1:0", SIX_HOURS),
        "Sync trending": ({"kind": "trending"}, "2:10", SIX_HOURS),
        "Sync lists": ({"kind": "lists"}, "2:20", SIX_HOURS),
        "Refresh old titles": ({"kind": "refresh"}, "4:40", SIX_HOURS),
        "Blank expired titles": ({"kind": "blank"}, "5:40", SIX_HOURS),
        "Reconcile with the export": (
            {"kind": "export", "scope": {"limit": 0}},
            "9:0",
            SIX_HOURS,
        ),
    }


@pytest.mark.parametrize(
    ("is_hourly", "hour", "expires"), [(True, "*", HALF_AN_HOUR), (False, "2", SIX_HOURS)]
)
def test_trending_is_synced_as_often_as_configured(
    settings: Settings, *, is_hourly: bool, hour: str, expires: int
) -> None:
    settings.TMDB_TRENDING_HOURLY = is_hourly

    # As a process reads it that starts with this setting.
    syncs = runpy.run_path(schedule.__file__, run_name=schedule.__name__)["SYNCS"]

    trending = syncs["Sync trending"]
    assert (trending.hour, trending.minute, trending.expires) == (hour, "10", expires)
    assert {name for name, sync in syncs.items() if sync.hour == "*"} == (
        {"Sync trending"} if is_hourly else set()
    )


@pytest.mark.django_db
def test_what_an_operator_changed_survives_a_restart() -> None:
    sweep = PeriodicTask.objects.get(name="Sweep")
    sweep.interval = IntervalSchedule.objects.create(every=30, period=IntervalSchedule.SECONDS)
    sweep.enabled = False
    sweep.save()

    create_schedules()

    sweep.refresh_from_db()
    assert (sweep.interval.every, sweep.enabled) == (30, False)
    assert PeriodicTask.objects.count() == len(SCHEDULE)


@pytest.mark.django_db
def test_equal_timings_that_an_operator_added_stop_no_migration() -> None:
    crontab = {"minute": "0", "hour": "3", "timezone": "UTC"}
    PeriodicTask.objects.all().delete()
    for _ in range(2):
        for every in (2, settings.HEALTH_CANARY_SECONDS):
            IntervalSchedule.objects.create(every=every, period=IntervalSchedule.SECONDS)
        CrontabSchedule.objects.create(**crontab)
    timings = (IntervalSchedule.objects.count(), CrontabSchedule.objects.count())

    create_schedules()

    assert set(PeriodicTask.objects.values_list("name", flat=True)) == set(SCHEDULE)
    assert PeriodicTask.objects.get(name="Train, build and publish").crontab.hour == "3"
    assert (IntervalSchedule.objects.count(), CrontabSchedule.objects.count()) == timings


@pytest.mark.parametrize("name", SCHEDULE)
@pytest.mark.django_db
def test_each_periodic_message_expires(name: str) -> None:
    create_schedules()

    assert PeriodicTask.objects.get(name=name).expire_seconds == SCHEDULE[name].expires > 0


@pytest.mark.parametrize("name", SCHEDULE)
def test_each_scheduled_task_exists(name: str) -> None:
    for module in app.conf.include:
        __import__(module)

    assert SCHEDULE[name].task in app.tasks


@pytest.fixture
def broker() -> Iterator[redis.Redis]:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        drain(client)
        yield client
        drain(client)


@pytest.fixture
def beats(transactional_db: None) -> Iterator[list[LockedScheduler]]:
    """Two schedulers, as in two beat processes."""
    schedulers = [LockedScheduler(app=app) for _ in range(2)]
    yield schedulers
    for scheduler in schedulers:
        scheduler.lock.release()


def make_sweep_due() -> None:
    """And nothing else: the rows may be so old that other tasks are due, and a tick sends one."""
    now = timezone.now()
    PeriodicTask.objects.update(last_run_at=now)
    PeriodicTask.objects.filter(name="Sweep").update(last_run_at=now - timedelta(minutes=1))
    PeriodicTasks.update_changed()


def tick(*beats: LockedScheduler) -> None:
    """As often as a due task needs: the first tick only fills the heap."""
    for _ in range(3):
        for beat in beats:
            beat.tick()


def sent(broker: redis.Redis) -> list[str]:
    """The tasks in the queues, oldest first, but those that a new leader sends at once."""
    canaries = {canary.task for canary in CANARIES.values()}
    return [task for _, task, _ in drain(broker) if task not in canaries]


def test_of_two_beats_one_sends(beats: list[LockedScheduler], broker: redis.Redis) -> None:
    make_sweep_due()

    tick(*beats)

    assert sent(broker) == ["maintenance.sweep"]
    assert PeriodicTask.objects.get(name="Sweep").total_run_count == 1


def test_the_standby_takes_over_and_repeats_nothing(
    beats: list[LockedScheduler], broker: redis.Redis
) -> None:
    leader, standby = beats
    make_sweep_due()
    tick(leader, standby)
    drain(broker)

    leader.lock.release()
    tick(standby)
    assert sent(broker) == []
    assert standby.lock.is_held()
    assert leader.tick() == STANDBY_SECONDS

    make_sweep_due()
    tick(standby, leader)
    assert sent(broker) == ["maintenance.sweep"]


def test_a_lock_is_lost_with_its_session_and_can_be_taken_again(transactional_db: None) -> None:
    lock = BeatLock()
    assert lock.acquire()

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks"
            " WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        )

    assert not lock.is_held()
    assert lock.acquire()
    assert lock.is_held()
    lock.release()
    assert not lock.is_held()
