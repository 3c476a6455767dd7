"""Several workers on one run, those that die, and runs that are joined or cancelled meanwhile."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from apps.movies import actions
from apps.movies.models import Movie, SyncRun, SyncTitle
from services.catalog import batches, fetching, queueing, running, sweeping
from services.catalog.batches import Batch
from services.catalog.storing import FetchedFilm
from services.tmdb.limiter import Priority
from tests.tmdb_server.stand_in import StandIn

from .conftest import (
    ALIEN,
    NEMO,
    NOON,
    STAR_WARS,
    Background,
    Connect,
    FakeClock,
    client_maker,
    finish,
    request,
)
from .films import details

State, Phase = SyncRun.State, SyncRun.Phase
SOME = [ALIEN, STAR_WARS]


def work_along(*, run: SyncRun, clock: FakeClock, connect: Connect) -> int:
    """As a worker's process does: how many slices it came to."""
    pause = threading.Event()

    def sleep(_: float) -> None:
        pause.wait(0.01)
        # A rest after a failure ends, and with it the test, though on a clock that stands still.
        clock.advance(seconds=0.01)

    slices = running.run_sync(sync_run_id=run.pk, clock=clock, sleep=sleep, connect=connect)
    return len(list(slices))


def details_asked_for(tmdb: StandIn) -> Counter[str]:
    paths = [arrival.path for arrival in tmdb.arrivals() if arrival.path.startswith("/3/movie/")]
    return Counter(paths)


def when(is_time: Callable[[], bool], act: Callable[[], object], clock: FakeClock) -> FakeClock:
    """The clock, at which once something else happens."""
    done: list[bool] = []

    class Moment(FakeClock):
        def __call__(self) -> datetime:
            if not done and is_time():
                done.append(True)
                act()
            return clock()

    return Moment()


def test_two_workers_fetch_every_title_once(
    background: Background, tmdb: StandIn, clock: FakeClock
) -> None:
    with_titles = request("lists")
    connect = client_maker(tmdb)
    running.advance_sync(sync_run_id=with_titles.pk, clock=clock, connect=connect)
    titles = list(SyncTitle.objects.values_list("tmdb_id", flat=True))
    assert len(titles) > 2 * fetching.HELD
    tmdb.forget_arrivals()

    # On a busy machine the stand-in may be slow, and nothing is to be asked for twice.
    workers = [
        background(
            work_along, run=with_titles, clock=clock, connect=client_maker(tmdb, read_seconds=10)
        )
        for _ in range(2)
    ]
    assert all(worker.result(timeout=60) for worker in workers)

    assert details_asked_for(tmdb) == {f"/3/movie/{tmdb_id}": 1 for tmdb_id in titles}
    run = SyncRun.objects.get()
    assert (run.state, run.failed, run.error) == (State.DONE, 0, "")
    assert (run.created, run.updated, run.total) == (len(titles),) * 2 + (run.seen,)
    assert not Movie.objects.filter(synced_at__isnull=True).exists()


@pytest.mark.django_db
def test_nothing_is_stored_once_a_run_was_cancelled(
    tmdb: StandIn, clock: FakeClock, connect: Connect
) -> None:
    run = request("movies", tmdb_ids=SOME)
    moment = when(
        lambda: bool(details_asked_for(tmdb)),
        lambda: actions.cancel_sync(sync_run_id=run.pk, at=NOON),
        clock,
    )

    ended = finish(run, moment, connect)

    assert (ended.state, ended.seen, ended.created) == (State.CANCELLED, 0, 0)
    assert not Movie.objects.exists()
    assert SyncTitle.objects.count() == 2
    assert not running.advance_sync(sync_run_id=run.pk, clock=clock, connect=connect)
    assert sweeping.drop_abandoned_titles() == 2


@pytest.mark.django_db
def test_a_title_that_somebody_adds_meanwhile_is_fetched_by_the_same_run(
    tmdb: StandIn, clock: FakeClock, connect: Connect
) -> None:
    run = request("movies", tmdb_ids=SOME)
    joined: list[bool] = []
    moment = when(
        lambda: bool(details_asked_for(tmdb)),
        lambda: joined.append(actions.request_movies(tmdb_ids=[ALIEN, NEMO], priority=0).joined),
        clock,
    )

    ended = finish(run, moment, connect)

    assert joined == [True]
    # Who asks for a title that the run has fetched already may have unlocked it meanwhile.
    assert (ended.state, ended.seen, ended.total, ended.priority) == (State.DONE, 4, 4, 0)
    assert (ended.checkpoint["queued"], ended.created, ended.unchanged) == (4, 3, 1)
    assert sorted(details_asked_for(tmdb).values()) == [1, 1, 2]
    assert Movie.objects.get(tmdb_id=NEMO).synced_at is not None


@pytest.mark.django_db
def test_what_a_worker_held_when_it_died_is_fetched_by_another(
    tmdb: StandIn, clock: FakeClock, connect: Connect
) -> None:
    run = request("movies", tmdb_ids=[*SOME, NEMO])
    running.advance_sync(sync_run_id=run.pk, clock=clock, connect=connect)
    assert len(queueing.claim(run.pk, limit=2, at=clock())) == 2

    ended = finish(run, clock, connect)

    assert (ended.state, ended.seen, ended.created) == (State.DONE, 3, 3)
    assert clock() >= NOON + queueing.LEASE


@pytest.mark.django_db
def test_a_title_that_two_workers_had_is_stored_and_counted_once() -> None:
    run = a_run_of(1, 2)
    batch = Batch(fetched=[FetchedFilm(details(id=1))], requests=1)
    batches.store(run.pk, batch, at=NOON)

    late = Batch(fetched=[FetchedFilm(details(id=1, title="Late"))], failed={2: "why"}, requests=2)
    batches.store(run.pk, late, at=NOON)

    run.refresh_from_db()
    assert (run.seen, run.created, run.updated, run.failed, run.requests) == (1, 1, 0, 1, 3)
    assert Movie.objects.get().title == "Alien"


@pytest.mark.django_db
def test_a_film_that_the_database_refuses_fails_alone() -> None:
    run = a_run_of(1, 2, 3)
    refused = replace(details(id=2), vote_count=2**40)
    films = [FetchedFilm(film) for film in (details(id=1), refused, details(id=3))]

    batches.store(run.pk, Batch(fetched=films, requests=3, dropped=Counter(genres=1)), at=NOON)

    run.refresh_from_db()
    assert (run.state, run.seen, run.created, run.failed) == (State.RUNNING, 2, 2, 1)
    assert (run.requests, run.dropped) == (3, {"genres": 1})
    assert [failure["tmdb_id"] for failure in run.failures] == [2]
    assert run.failures[0]["reason"].startswith("DataError: integer out of range")
    assert set(Movie.objects.values_list("tmdb_id", flat=True)) == {1, 3}
    assert not SyncTitle.objects.exists()


@pytest.mark.django_db
def test_what_changed_since_tmdb_was_asked_is_asked_again(
    tmdb: StandIn, clock: FakeClock, connect: Connect
) -> None:
    finish(request("movies", tmdb_ids=[ALIEN]), clock, connect)
    run = request("movies", tmdb_ids=[ALIEN])
    running.advance_sync(sync_run_id=run.pk, clock=clock, connect=connect)
    moment = when(
        lambda: any(arrival.status == 304 for arrival in tmdb.arrivals()),
        lambda: Movie.objects.update(etag="", digests={}, overview="", blanked_at=NOON),
        clock,
    )

    ended = finish(run, moment, connect)

    assert (ended.state, ended.seen, ended.updated, ended.requests) == (State.DONE, 1, 1, 2)
    alien = Movie.objects.get()
    assert alien.overview
    assert (alien.blanked_at, alien.etag != "") == (None, True)


@pytest.mark.django_db
def test_what_is_wrong_with_the_worker_ends_the_run_after_some_attempts(
    clock: FakeClock,
) -> None:
    def broken(_: Priority) -> object:
        raise RuntimeError("no client")

    run = a_run_of(1)
    ended = finish(run, clock, broken)  # type: ignore[arg-type]

    assert (ended.state, ended.error) == (State.FAILED, "RuntimeError: no client")
    assert ended.attempts == 5
    assert ended.finished_at == clock()


def a_run_of(*tmdb_ids: int) -> SyncRun:
    run = SyncRun.objects.create(kind="movies", state=State.RUNNING, phase=Phase.TITLES)
    queueing.enqueue(run, tmdb_ids)
    return run


@pytest.mark.django_db
def test_a_run_that_ended_well_tells_of_no_error(clock: FakeClock, connect: Connect) -> None:
    run = a_run_of()
    SyncRun.objects.update(error="UnavailableError: away", leased_until=NOON)

    ended = finish(run, clock, connect)

    assert (ended.state, ended.error, ended.leased_until) == (State.DONE, "", None)


@pytest.mark.django_db
def test_a_long_sync_gives_way_to_another_that_waits(
    tmdb: StandIn, clock: FakeClock, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "LOOK_SECONDS", 0)
    long = request("movies", tmdb_ids=SOME)
    running.advance_sync(sync_run_id=long.pk, clock=clock, connect=connect)
    waiting = request("genres")

    more = running.advance_sync(sync_run_id=long.pk, clock=clock, connect=connect)

    assert more
    assert details_asked_for(tmdb) == {}
    finish(waiting, clock, connect)
    assert finish(long, clock, connect).seen == len(SOME)
