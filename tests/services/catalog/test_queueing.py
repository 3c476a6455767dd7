"""The queue of a run: its order, its leases, and how often a title is tried."""

from datetime import timedelta

import pytest

from apps.movies.actions import cancel_sync, request_movies, request_sync
from apps.movies.models import SyncRun, SyncTitle
from services.catalog import queueing, sweeping
from services.catalog.queueing import LEASE, ClaimedTitle
from tests.factories import make_movie

from .conftest import NOON

pytestmark = pytest.mark.django_db

State, Phase = SyncRun.State, SyncRun.Phase


def a_run(kind: str = "movies", **fields: object) -> SyncRun:
    defaults = {"state": State.RUNNING, "phase": Phase.TITLES}
    return SyncRun.objects.create(kind=kind, **defaults | fields)


def claimed(run: SyncRun, *, limit: int = 10, after: float = 0) -> list[int]:
    at = NOON + timedelta(seconds=after)
    return [title.tmdb_id for title in queueing.claim(run.pk, limit=limit, at=at)]


def test_titles_are_claimed_in_their_order_and_once() -> None:
    run = a_run()
    assert queueing.enqueue(run, [30, 10, 20]) == 3

    assert claimed(run, limit=2) == [30, 10]
    assert claimed(run) == [20]
    assert claimed(run) == []


def test_titles_that_wait_already_are_added_once_and_others_behind_them() -> None:
    run, other = a_run(), a_run("changes")
    queueing.enqueue(run, [30, 10])
    queueing.enqueue(other, [10])

    assert queueing.enqueue(run, [10, 40, 40, 30, 50]) == 2

    assert claimed(run) == [30, 10, 40, 50]
    assert claimed(other) == [10]


def test_what_a_dead_worker_held_is_free_when_its_lease_is_over() -> None:
    run = a_run()
    queueing.enqueue(run, [1, 2])
    claimed(run)

    seconds = LEASE.total_seconds()
    assert claimed(run, after=seconds - 1) == []
    assert not queueing.has_due(run.pk, at=NOON + LEASE - timedelta(seconds=1))
    assert queueing.has_due(run.pk, at=NOON + LEASE)
    queueing.renew(run.pk, [2], at=NOON + timedelta(seconds=1))
    assert claimed(run, after=seconds) == [1]


def test_the_etag_of_what_is_stored_goes_with_a_title() -> None:
    make_movie(tmdb_id=1, etag='"one"')
    make_movie(tmdb_id=2)
    run = a_run()
    queueing.enqueue(run, [1, 2, 3])

    titles = queueing.claim(run.pk, limit=9, at=NOON)

    assert [(title.tmdb_id, title.etag) for title in titles] == [(1, '"one"'), (2, ""), (3, "")]


def test_a_title_is_tried_later_each_time_and_five_times() -> None:
    run = a_run()
    queueing.enqueue(run, [1])
    at, waits = NOON, []
    for attempt in range(queueing.MAX_ATTEMPTS - 1):
        assert queueing.postpone(run.pk, ClaimedTitle(1, attempt, ""), at=at)
        row = SyncTitle.objects.get()
        assert row.attempts == attempt + 1
        assert row.leased_until is not None
        waits.append((row.leased_until - at).total_seconds())
        at = row.leased_until

    assert waits == [5, 10, 20, 40]
    assert not queueing.postpone(run.pk, ClaimedTitle(1, 4, ""), at=at)


def test_titles_that_are_given_back_are_free_and_untried() -> None:
    run = a_run()
    queueing.enqueue(run, [1, 2])
    claimed(run)

    queueing.release(run.pk, [2])

    assert claimed(run) == [2]
    assert set(SyncTitle.objects.values_list("attempts", flat=True)) == {0}


def test_only_titles_that_still_wait_are_held() -> None:
    run, other = a_run(), a_run("changes")
    queueing.enqueue(run, [1, 2])
    queueing.enqueue(other, [3])
    queueing.remove(run.pk, [2])

    assert queueing.hold(run.pk, [1, 2, 3]) == {1}
    assert not queueing.is_empty(run.pk)


def test_the_sweep_finds_what_could_go_on_now() -> None:
    at = NOON + timedelta(seconds=10)
    due = a_run("movies", priority=SyncRun.Priority.NIGHTLY)
    queueing.enqueue(due, [1])
    empty = a_run("trending", priority=SyncRun.Priority.USER)
    asked = a_run("genres", state=State.REQUESTED, phase=Phase.PREPARE, priority=1)
    postponed = a_run("lists")
    queueing.enqueue(postponed, [1])
    queueing.postpone(postponed.pk, ClaimedTitle(1, 1, ""), at=NOON + timedelta(seconds=1))
    resting = a_run("changes", leased_until=at + timedelta(seconds=1))
    queueing.enqueue(resting, [1])
    a_run("export", state=State.DONE, phase=Phase.DONE)

    assert sweeping.waiting_syncs(at=at) == [empty.pk, asked.pk, due.pk]
    later = at + timedelta(seconds=1)
    assert sweeping.waiting_syncs(at=later) == [
        *(empty.pk, asked.pk, due.pk, postponed.pk, resting.pk),
    ]


def test_the_sweep_removes_the_queues_of_runs_that_are_over() -> None:
    ended = request_movies(tmdb_ids=[1, 2]).run
    queueing.enqueue(ended, [1, 2])
    cancel_sync(sync_run_id=ended.pk, at=NOON)
    going_on = request_sync(kind="changes").run
    queueing.enqueue(going_on, [1])

    assert sweeping.drop_abandoned_titles() == 2
    assert sweeping.drop_abandoned_titles() == 0
    assert list(SyncTitle.objects.values_list("run_id", "tmdb_id")) == [(going_on.pk, 1)]
