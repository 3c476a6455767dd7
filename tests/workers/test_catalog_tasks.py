"""Syncs between the row, the queue and the workers."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
import redis
from django.utils import timezone
from pytest_django import Settings

from apps.movies import actions
from apps.movies.models import Movie, SyncRun, SyncTitle
from services.catalog import fetching, queueing
from tests.services.catalog.conftest import ALIEN, NEMO, STAR_WARS
from tests.tmdb_server.stand_in import StandIn
from tests.workers.messages import drain
from workers import queues
from workers.celery import app
from workers.schedule import SYNCS
from workers.tasks import maintenance
from workers.tasks.catalog import advance_sync, start_sync

pytestmark = pytest.mark.django_db(transaction=True)

State, Phase = SyncRun.State, SyncRun.Phase
Message = tuple[str, str, dict[str, Any]]
SOME = [ALIEN, STAR_WARS, NEMO]


@pytest.fixture(autouse=True)
def _emptied(broker: redis.Redis) -> None:
    """No message is of another test, or stays for one."""


def message_of(run: SyncRun) -> Message:
    return ("catalog", "catalog.advance_sync", {"sync_run_id": run.pk})


def request_lost(broker: redis.Redis, *tmdb_ids: int) -> SyncRun:
    """A sync of these titles whose message the broker has forgotten."""
    run = actions.request_movies(tmdb_ids=tmdb_ids).run
    drain(broker)
    return run


def fetching_run(*tmdb_ids: int, **fields: Any) -> SyncRun:
    """A run that is prepared and has these titles to fetch."""
    values = {"kind": "movies", "state": State.RUNNING, "phase": Phase.TITLES} | fields
    run = SyncRun.objects.create(**values)
    queueing.enqueue(run, tmdb_ids)
    return run


def rows() -> tuple[list[Any], ...]:
    models = (SyncRun, SyncTitle, Movie)
    return tuple(list(model.objects.order_by("pk").values()) for model in models)


def test_a_request_sends_the_first_message(broker: redis.Redis) -> None:
    run = actions.request_movies(tmdb_ids=SOME).run
    actions.request_movies(tmdb_ids=[1])

    assert drain(broker) == [message_of(run)]


def test_a_slice_sends_the_next_while_there_is_more(tmdb: StandIn, broker: redis.Redis) -> None:
    run = request_lost(broker, *SOME)

    advance_sync.run(sync_run_id=run.pk)
    assert SyncTitle.objects.count() == len(SOME)
    assert drain(broker) == [message_of(run)]

    advance_sync.run(sync_run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.created) == (State.DONE, len(SOME))
    assert drain(broker) == []


def test_a_slice_that_fetched_no_more_in_its_time_sends_the_next(
    tmdb: StandIn, broker: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "SLICE_SECONDS", 0)
    run = fetching_run(*SOME)

    advance_sync.run(sync_run_id=run.pk)

    assert SyncTitle.objects.count() == len(SOME)
    assert drain(broker) == [message_of(run)]


def test_a_message_that_comes_twice_does_nothing_twice(tmdb: StandIn, broker: redis.Redis) -> None:
    run = request_lost(broker, ALIEN)
    for _ in range(2):
        advance_sync.run(sync_run_id=run.pk)
    drain(broker)
    before, asked = rows(), len(tmdb.arrivals())

    advance_sync.run(sync_run_id=run.pk)

    assert rows() == before
    assert len(tmdb.arrivals()) == asked
    assert drain(broker) == []


@pytest.mark.parametrize("state", [State.CANCELLED, State.FAILED, State.DONE])
def test_a_message_for_a_run_that_has_ended_does_nothing(
    tmdb: StandIn, broker: redis.Redis, state: str
) -> None:
    run = fetching_run(ALIEN, state=state)
    before = rows()

    advance_sync.run(sync_run_id=run.pk)

    assert rows() == before
    assert (tmdb.arrivals(), drain(broker)) == ([], [])


def test_a_message_for_a_run_that_rests_does_nothing(tmdb: StandIn, broker: redis.Redis) -> None:
    run = fetching_run(ALIEN, leased_until=timezone.now() + timedelta(minutes=5))
    before = rows()

    advance_sync.run(sync_run_id=run.pk)

    assert rows() == before
    assert (tmdb.arrivals(), drain(broker)) == ([], [])


def test_a_message_for_a_run_that_is_gone_does_nothing(tmdb: StandIn, broker: redis.Redis) -> None:
    advance_sync.run(sync_run_id=404, added_by_a_newer_sender=True)

    assert (tmdb.arrivals(), drain(broker)) == ([], [])


@pytest.fixture
def credential(settings: Settings) -> None:
    settings.TMDB_API_TOKEN = "secret"


@pytest.mark.parametrize(
    ("asked", "scope"),
    [
        ({"kind": "export", "scope": {"limit": 0}}, {"limit": 0}),
        ({"kind": "trending"}, {}),
        ({"kind": "trending", "scope": None, "added_by_a_newer_sender": True}, {}),
    ],
)
def test_a_schedule_asks_once_for_a_sync_of_its_scope(
    credential: None, broker: redis.Redis, asked: dict[str, Any], scope: dict[str, Any]
) -> None:
    for _ in range(2):
        start_sync.run(**asked)

    run = SyncRun.objects.get()
    assert (run.kind, run.scope, run.state) == (asked["kind"], scope, State.REQUESTED)
    assert run.priority == SyncRun.Priority.NIGHTLY
    assert drain(broker) == [message_of(run)]


@pytest.mark.parametrize("name", SYNCS)
def test_each_scheduled_sync_can_be_asked_for(credential: None, name: str) -> None:
    asked = json.loads(SYNCS[name].kwargs)

    start_sync.run(**asked)

    run = SyncRun.objects.get()
    assert {"kind": run.kind, "scope": run.scope} == {"scope": {}} | asked


def test_a_schedule_asks_for_nothing_without_a_credential(broker: redis.Redis) -> None:
    start_sync.run(kind="export", scope={"limit": 0})

    assert not SyncRun.objects.exists()
    assert drain(broker) == []


def test_the_sweep_sends_one_message_for_a_run_that_waits(broker: redis.Redis) -> None:
    run = request_lost(broker, ALIEN)

    maintenance.sweep.run()
    maintenance.sweep.run()

    assert drain(broker) == [message_of(run)]


def test_the_sweep_sends_the_most_urgent_first(broker: redis.Redis) -> None:
    nightly = actions.request_sync(kind="changes").run
    users = actions.request_movies(tmdb_ids=[ALIEN], priority=SyncRun.Priority.USER).run
    drain(broker)

    maintenance.sweep.run()

    assert drain(broker) == [message_of(users), message_of(nightly)]


def test_the_sweep_adds_nothing_to_messages_that_wait(broker: redis.Redis) -> None:
    request_lost(broker, ALIEN)
    app.send_task("catalog.record_canary", retry=False)

    maintenance.sweep.run()

    assert queues.depth(app, queues.CATALOG) == 1
    assert drain(broker) == [("catalog", "catalog.record_canary", {})]


def in_a_while() -> datetime:
    return timezone.now() + timedelta(minutes=5)


def test_the_sweep_leaves_runs_that_rest_or_are_worked_on(broker: redis.Redis) -> None:
    fetching_run(ALIEN, leased_until=in_a_while())
    SyncRun.objects.create(kind="export", state=State.RUNNING, leased_until=in_a_while())
    all_held = fetching_run(STAR_WARS, kind="changes")
    SyncTitle.objects.filter(run=all_held).update(leased_until=in_a_while())

    maintenance.sweep.run()

    assert drain(broker) == []


def test_the_sweep_drops_what_ended_runs_left_and_sends_nothing_for_them(
    broker: redis.Redis,
) -> None:
    for state in (State.CANCELLED, State.FAILED, State.DONE):
        fetching_run(*SOME, state=state)
    waiting = fetching_run(ALIEN, kind="refresh")
    # Also while messages wait.
    app.send_task("catalog.record_canary", retry=False)

    maintenance.sweep.run()

    assert list(SyncTitle.objects.values_list("run", "tmdb_id")) == [(waiting.pk, ALIEN)]
    drain(broker)
    maintenance.sweep.run()
    assert drain(broker) == [message_of(waiting)]
