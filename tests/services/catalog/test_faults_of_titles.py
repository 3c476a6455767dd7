"""What TMDb does wrong while titles are fetched, and what the run's record says of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings
from redis import Redis

from apps.movies.models import Movie, SyncRun, SyncTitle
from services.catalog import running
from services.tmdb.limiter import KEY_PREFIX, namespace
from tests.factories import make_rating, make_user
from tests.tmdb_server import faults
from tests.tmdb_server.faults import Fault
from tests.tmdb_server.stand_in import StandIn

from .conftest import ALIEN, NEMO, NOON, STAR_WARS, Connect, FakeClock, Sync, client_maker, finish
from .conftest import request as request_sync

pytestmark = pytest.mark.django_db

State = SyncRun.State
ALIEN_PATH = f"/3/movie/{ALIEN}"
SOME = (ALIEN, STAR_WARS, NEMO)


def counts(run: SyncRun) -> tuple[int, ...]:
    """Seen, created, updated, unchanged, tombstoned, failed."""
    return (run.seen, run.created, run.updated, run.unchanged, run.tombstoned, run.failed)


def test_a_refused_credential_ends_the_run_and_nothing_more_is_sent(
    sync: Sync, tmdb: StandIn, settings: Settings
) -> None:
    settings.TMDB_FETCH_THREADS = 1
    sync("movies", tmdb_ids=list(SOME))
    before = list(Movie.objects.order_by("pk").values())
    tmdb.faults(faults.credential_refused())
    tmdb.forget_arrivals()

    run = sync("movies", tmdb_ids=list(SOME))

    assert (run.state, counts(run)) == (State.FAILED, (0, 0, 0, 0, 0, 0))
    assert run.error == (
        "CredentialError: TMDb answers 401: Invalid API key: You must be granted a valid key."
    )
    assert (run.finished_at, run.requests, len(tmdb.arrivals())) == (NOON, 1, 1)
    assert list(Movie.objects.order_by("pk").values()) == before


def test_what_came_before_the_refusal_is_stored(
    sync: Sync, tmdb: StandIn, settings: Settings
) -> None:
    settings.TMDB_FETCH_THREADS = 1
    refusal = faults.credential_refused()
    refusal.skip = 2
    tmdb.faults(refusal)

    run = sync("movies", tmdb_ids=list(SOME))

    assert (run.state, counts(run)) == (State.FAILED, (2, 2, 0, 0, 0, 0))
    assert set(Movie.objects.values_list("tmdb_id", flat=True)) == {ALIEN, STAR_WARS}


def test_a_title_that_is_gone_is_marked_and_one_that_never_was_has_failed(
    sync: Sync, tmdb: StandIn
) -> None:
    sync("movies", tmdb_ids=list(SOME))
    rating = make_rating(user=make_user(), movie=Movie.objects.get(tmdb_id=ALIEN))
    tmdb.faults(faults.title_gone(ALIEN))
    unknown = 999_999_999

    run = sync("movies", tmdb_ids=[*SOME, unknown])

    assert (run.state, counts(run)) == (State.DONE, (3, 0, 0, 2, 1, 1))
    assert run.failures == [{"tmdb_id": unknown, "reason": "not found"}]
    rating.refresh_from_db()
    assert (rating.movie.tombstoned_at, rating.score) == (NOON, 8)
    assert not Movie.objects.filter(tmdb_id=unknown).exists()


@pytest.mark.parametrize(
    "fault",
    [
        faults.maintenance,
        faults.gateway_timeout,
        faults.html_instead_of_json,
        faults.truncated,
        faults.reset,
        lambda path: faults.slow(path, seconds=5),
        lambda path: faults.rate_limited(path, retry_after="0"),
        lambda path: faults.error(11, path),
    ],
    ids=["503", "504", "html", "truncated", "reset", "slow", "429", "500"],
)
def test_a_fault_that_passes_leaves_no_trace(
    sync: Sync, tmdb: StandIn, fault: Callable[[str], Fault]
) -> None:
    tmdb.faults(fault(ALIEN_PATH))

    run = sync("movies", tmdb_ids=list(SOME))

    assert (run.state, counts(run), run.error) == (State.DONE, (3, 3, 0, 0, 0, 0), "")
    assert [left["times"] for left in tmdb.faults_left()] == [0]


@pytest.mark.parametrize("others", [(), (STAR_WARS, NEMO)], ids=["alone", "among others"])
def test_a_title_that_tmdb_always_fails_over_ends_no_run(
    sync: Sync, tmdb: StandIn, clock: FakeClock, others: tuple[int, ...]
) -> None:
    tmdb.faults(faults.gateway_timeout(ALIEN_PATH, times=None))

    run = sync("movies", tmdb_ids=[ALIEN, *others])

    stored = len(others)
    assert (run.state, counts(run)) == (State.DONE, (stored, stored, 0, 0, 0, 1))
    assert run.failures == [
        {"tmdb_id": ALIEN, "reason": "UnavailableError: TMDb answers 504"},
    ]
    assert clock() - NOON < timedelta(minutes=10)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (
            faults.error(44, ALIEN_PATH),
            "InternalRefusalError: TMDb answers 500: The ID is invalid.",
        ),
        (
            Fault(match=ALIEN_PATH, body={"id": STAR_WARS, "title": "Another"}),
            f"TMDb answered with title {STAR_WARS}",
        ),
        (Fault(match=ALIEN_PATH, body=[]), "PayloadError: TMDb's answer is no object but list"),
        (
            Fault(match=ALIEN_PATH, body={"id": ALIEN}),
            "PayloadError: TMDb's details have no usable title",
        ),
    ],
)
def test_a_title_that_no_retry_heals_fails_alone(
    sync: Sync, tmdb: StandIn, fault: Fault, reason: str
) -> None:
    tmdb.faults(fault)

    run = sync("movies", tmdb_ids=list(SOME))

    assert (run.state, counts(run)) == (State.DONE, (2, 2, 0, 0, 0, 1))
    assert run.failures == [{"tmdb_id": ALIEN, "reason": reason}]


def test_an_id_that_tmdb_cannot_have_fails_alone(sync: Sync) -> None:
    run = sync("movies", tmdb_ids=[0, ALIEN])

    assert (run.state, counts(run)) == (State.DONE, (1, 1, 0, 0, 0, 1))
    assert run.failures == [{"tmdb_id": 0, "reason": "ValueError: No TMDb id: 0"}]


def test_an_outage_is_waited_for_and_is_no_titles_fault(
    sync: Sync, tmdb: StandIn, clock: FakeClock, connect: Connect
) -> None:
    tmdb.stop()
    run = request_sync("movies", tmdb_ids=list(SOME))
    for _ in range(20):
        running.advance_sync(sync_run_id=run.pk, clock=clock, connect=connect)
        clock.advance(seconds=31)

    run.refresh_from_db()
    assert (run.state, counts(run)) == (State.RUNNING, (0, 0, 0, 0, 0, 0))
    assert "TMDb" in run.error
    queued = SyncTitle.objects.values_list("tmdb_id", "attempts", "leased_until")
    assert set(queued) == {(tmdb_id, 0, None) for tmdb_id in SOME}
    assert not Movie.objects.exists()

    tmdb.start()
    run = finish(run, clock, connect)

    assert (run.state, counts(run), run.error) == (State.DONE, (3, 3, 0, 0, 0, 0), "")


@pytest.mark.parametrize("kind", ["movies", "trending"])
def test_an_outage_of_hours_ends_the_run(
    tmdb: StandIn, clock: FakeClock, connect: Connect, kind: str
) -> None:
    tmdb.stop()
    run = request_sync(kind, tmdb_ids=[ALIEN])
    states = []
    for _ in range(9):
        running.advance_sync(sync_run_id=run.pk, clock=clock, connect=connect)
        run.refresh_from_db()
        states.append(run.state)
        clock.advance(hours=1)

    assert states.count(State.RUNNING) in (7, 8)
    assert states[-1] == State.FAILED
    assert "TMDb" in run.error


def test_a_run_of_many_hours_survives_a_short_outage(
    tmdb: StandIn, clock: FakeClock, connect: Connect
) -> None:
    run = request_sync("movies", tmdb_ids=[ALIEN])
    running.advance_sync(sync_run_id=run.pk, clock=clock, connect=connect)
    clock.advance(hours=17)
    SyncRun.objects.filter(pk=run.pk).update(heartbeat_at=clock())
    tmdb.faults(faults.maintenance(times=3))

    assert finish(run, clock, connect).state == State.DONE


@pytest.mark.parametrize("retry_after", ["3", "86400000", "soon", None])
def test_a_run_rests_while_tmdb_asks_for_it_and_then_goes_on(
    tmdb: StandIn, clock: FakeClock, retry_after: str | None
) -> None:
    tmdb.faults(faults.rate_limited(retry_after=retry_after))
    connect = client_maker(tmdb, max_wait_seconds=0.2)
    run = request_sync("movies", tmdb_ids=[ALIEN])

    for _ in range(2):
        running.advance_sync(sync_run_id=run.pk, clock=clock, connect=connect)

    run.refresh_from_db()
    assert (run.state, run.leased_until) == (State.RUNNING, NOON + running.REST)
    assert run.error.startswith("RateLimitedError: No request may be sent to TMDb for ")
    assert SyncTitle.objects.values_list("attempts", "leased_until").get() == (0, None)
    lift_pause(tmdb)
    run = finish(run, clock, connect)
    assert (run.state, counts(run)) == (State.DONE, (1, 1, 0, 0, 0, 0))
    # The refused one, whether TMDb is there again, and the title.
    assert [arrival.status for arrival in tmdb.arrivals()] == [429, 200, 200]


def lift_pause(tmdb: StandIn) -> None:
    """As the time would that the pause lasts."""
    name = namespace(tmdb.url, tmdb.token)
    redis = Redis.from_url(django_settings.REDIS_URL)
    assert redis.hdel(f"{KEY_PREFIX}:{{{name}}}:state", "pause") == 1
    redis.close()
