from collections.abc import Iterator
from datetime import timedelta

import pytest
import redis
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask, PeriodicTasks

from tests.workers.messages import drain
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
    PeriodicTask.objects.filter(name="Sweep").update(
        last_run_at=timezone.now() - timedelta(minutes=1)
    )
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
