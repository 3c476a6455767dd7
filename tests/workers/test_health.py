"""The broker's check, the canaries and beat's own heartbeat."""

import socket
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from celery.signals import task_postrun
from django.conf import LazySettings, settings
from django.db import connection, connections
from pytest_django import DjangoAssertNumQueries
from redis.exceptions import (
    AuthenticationError,
    ConnectionError,  # noqa: A004
    OutOfMemoryError,
    TimeoutError,  # noqa: A004
)

from apps.core.heartbeats import BEAT, of_queue
from apps.core.models import Heartbeat
from stack.ports import free_port
from stack.servers import Valkey
from tests.workers.messages import drain
from workers.celery import app
from workers.health import PROBE_KEY, check_broker
from workers.queues import QUEUES
from workers.schedule import CANARIES, SCHEDULE
from workers.scheduler import STANDBY_SECONDS, LockedScheduler

# Longer than any machine takes from one line of a test to the next.
LONG_SECONDS = 3600


def test_a_broker_that_answers_is_well() -> None:
    assert check_broker() == "answers"


def test_a_dead_broker_fails(settings: LazySettings) -> None:
    settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{free_port()}/0"

    with pytest.raises(ConnectionError):
        check_broker()


def test_a_broker_that_takes_no_password_of_ours_fails(
    settings: LazySettings, tmp_path: Path
) -> None:
    with Valkey(tmp_path / "valkey") as valkey:
        settings.CELERY_BROKER_URL = valkey.url
        assert check_broker() == "answers"
        settings.CELERY_BROKER_URL = valkey.url.replace(valkey.password, "wrong")
        with pytest.raises(AuthenticationError):
            check_broker()


def test_a_broker_that_refuses_writes_fails(settings: LazySettings, tmp_path: Path) -> None:
    with Valkey(tmp_path / "valkey") as valkey, redis.Redis.from_url(valkey.url) as client:
        settings.CELERY_BROKER_URL = valkey.url
        assert check_broker() == "answers"
        assert 0 < client.ttl(PROBE_KEY) <= 60
        client.config_set("maxmemory", 1)
        assert client.ping()

        with pytest.raises(OutOfMemoryError):
            check_broker()


def test_a_broker_that_hangs_fails_within_the_time_for_an_answer(settings: LazySettings) -> None:
    settings.HEALTH_TIMEOUT_SECONDS = 0.4
    with socket.create_server(("127.0.0.1", 0)) as listening:
        settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{listening.getsockname()[1]}/0"
        started = time.monotonic()

        with pytest.raises(TimeoutError):
            check_broker()

    assert time.monotonic() - started < settings.HEALTH_TIMEOUT_SECONDS


@pytest.mark.django_db
@pytest.mark.parametrize("queue", QUEUES)
def test_each_queue_has_a_canary_that_says_so_when_it_comes_out(queue: str) -> None:
    canary = SCHEDULE[f"Canary: {queue}"]
    assert canary.task == f"{queue}.record_canary"
    assert canary.seconds == canary.expires == settings.HEALTH_CANARY_SECONDS

    app.loader.import_default_modules()
    app.tasks[canary.task].run(added_by_a_newer_sender=True)
    app.tasks[canary.task].run()

    assert [row.name for row in Heartbeat.objects.all()] == [of_queue(queue)]


@pytest.fixture
def finish(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """End a task that came from this queue, in a process that has just begun."""
    app.loader.import_default_modules()
    monkeypatch.setattr(sys.modules["workers.tasks.canaries"], "_next_record", {})
    task = app.tasks["batch.purge_lists"]

    def end(queue: str) -> None:
        task.push_request(delivery_info={"routing_key": queue})
        try:
            task_postrun.send(sender=task, task=task, task_id="a task", state="SUCCESS")
        finally:
            task.pop_request()

    return end


@pytest.mark.django_db
@pytest.mark.parametrize("queue", QUEUES)
def test_each_task_that_ends_shows_that_its_queue_is_worked_off(
    finish: Callable[[str], None], queue: str
) -> None:
    finish("no queue of ours")
    assert not Heartbeat.objects.exists()

    finish(queue)

    assert [row.name for row in Heartbeat.objects.all()] == [of_queue(queue)]


@pytest.mark.django_db
def test_many_tasks_write_no_more_often_than_every_half_interval(
    finish: Callable[[str], None],
    settings: LazySettings,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    settings.HEALTH_CANARY_SECONDS = 2 * LONG_SECONDS
    finish("realtime")
    with django_assert_num_queries(0):
        finish("realtime")


@pytest.mark.django_db
def test_the_next_task_after_half_an_interval_writes_again(
    finish: Callable[[str], None], settings: LazySettings
) -> None:
    settings.HEALTH_CANARY_SECONDS = 0.4
    finish("realtime")
    first = Heartbeat.objects.get().seen_at
    Heartbeat.objects.update(seen_at=first - timedelta(hours=1))
    time.sleep(0.25)
    finish("realtime")

    assert Heartbeat.objects.get().seen_at > first - timedelta(minutes=1)


@pytest.mark.django_db(transaction=True)
def test_a_heartbeat_that_cannot_be_written_holds_up_no_task(
    finish: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    holder = connections.create_connection("default")
    try:
        with holder.cursor() as cursor:
            cursor.execute("BEGIN; LOCK TABLE core_heartbeat IN ACCESS EXCLUSIVE MODE")
            started = time.monotonic()
            finish("realtime")
            assert time.monotonic() - started < 3
    finally:
        holder.close()

    assert "heartbeat of queue realtime was not recorded" in caplog.text
    assert not Heartbeat.objects.exists()


@pytest.fixture
def broker() -> Iterator[redis.Redis]:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        drain(client)
        yield client
        drain(client)


@pytest.fixture
def beat(transactional_db: None) -> Iterator[LockedScheduler]:
    scheduler = LockedScheduler(app=app)
    yield scheduler
    scheduler.close()


CANARY_TASKS = {(queue, f"{queue}.record_canary") for queue in QUEUES}


def canaries(broker: redis.Redis) -> list[tuple[str, str]]:
    """Queue and task of the canaries in the queues."""
    return [(queue, task) for queue, task, _ in drain(broker) if (queue, task) in CANARY_TASKS]


def test_whoever_becomes_the_leader_sends_all_canaries_at_once(
    beat: LockedScheduler, broker: redis.Redis
) -> None:
    standby = LockedScheduler(app=app)
    beat.tick()
    assert set(canaries(broker)) == CANARY_TASKS
    assert standby.tick() == STANDBY_SECONDS
    assert canaries(broker) == []

    beat.lock.release()
    standby.tick()
    standby.lock.release()

    assert set(canaries(broker)) == CANARY_TASKS
    assert len(CANARIES) == len(CANARY_TASKS) == 6


def test_only_the_leader_shows_that_it_is_alive(beat: LockedScheduler) -> None:
    standby = LockedScheduler(app=app)
    assert standby.lock.acquire()
    beat.tick()
    assert not Heartbeat.objects.exists()

    standby.lock.release()
    beat.tick()

    assert [row.name for row in Heartbeat.objects.all()] == [BEAT]


def test_beat_does_not_show_it_again_before_its_interval(
    beat: LockedScheduler, settings: LazySettings
) -> None:
    settings.HEALTH_BEAT_SECONDS = LONG_SECONDS
    beat.tick()
    first = Heartbeat.objects.get().seen_at

    beat.tick()

    assert Heartbeat.objects.get().seen_at == first


def test_beat_shows_it_again_after_its_interval(
    beat: LockedScheduler, settings: LazySettings
) -> None:
    settings.HEALTH_BEAT_SECONDS = 0.2
    beat.tick()
    first = Heartbeat.objects.get().seen_at

    time.sleep(0.25)
    beat.tick()

    assert Heartbeat.objects.get().seen_at > first


def test_beat_ticks_on_when_its_heartbeat_cannot_be_written(
    beat: LockedScheduler, broker: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_heartbeat RENAME TO elsewhere")
        try:
            assert beat.tick() != STANDBY_SECONDS
        finally:
            cursor.execute("ALTER TABLE elsewhere RENAME TO core_heartbeat")

    assert "heartbeat was not recorded" in caplog.text
    assert set(canaries(broker)) == CANARY_TASKS


def test_beat_becomes_the_leader_and_ticks_while_the_broker_is_away(
    beat: LockedScheduler, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(app.conf, "broker_url", f"redis://127.0.0.1:{free_port()}/0")
    started = time.monotonic()

    beat.tick()
    beat.tick()

    assert time.monotonic() - started < 10
    assert "No canaries sent" in caplog.text
    assert Heartbeat.objects.filter(name=BEAT).exists()
