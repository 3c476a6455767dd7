"""What TMDb does wrong with its changes, and which days are read."""

from datetime import date, timedelta

import pytest

from apps.movies.models import ChangesWatermark, Movie, SyncRun
from services.catalog import changes, running
from tests.tmdb_server import faults
from tests.tmdb_server.faults import Fault
from tests.tmdb_server.stand_in import StandIn

from .conftest import ALIEN, NEMO, NOON, STAR_WARS, Connect, FakeClock, Sync, finish, request

pytestmark = pytest.mark.django_db

State = SyncRun.State
PATH = "/3/movie/changes"
TODAY = NOON.date()
DAY = timedelta(days=1)


def watermark() -> date | None:
    return ChangesWatermark.objects.values_list("day", flat=True).first()


def asked_days(tmdb: StandIn) -> list[str]:
    queries = [arrival.query for arrival in tmdb.arrivals() if arrival.path == PATH]
    return [query.split("start_date=")[1][:10] for query in queries]


@pytest.fixture
def quiet(tmdb: StandIn) -> StandIn:
    """No title changed on the days around today."""
    for days in range(-2, 10):
        tmdb.changed(TODAY - days * DAY, [])
    return tmdb


def test_a_page_whose_totals_say_1_is_read_whole(sync: Sync, quiet: StandIn) -> None:
    sync("movies", tmdb_ids=[ALIEN, STAR_WARS, NEMO])
    others = range(10_000_000, 10_000_000 + 2_684)
    quiet.faults(faults.unreliable_totals([ALIEN, *others, STAR_WARS, NEMO]))

    run = sync("changes")

    assert (run.state, run.total, run.seen, run.failed) == (State.DONE, 3, 3, 0)
    assert Movie.objects.count() == 3


def test_changes_of_which_tmdb_does_not_say_whether_they_are_adult_count(
    sync: Sync, quiet: StandIn
) -> None:
    sync("movies", tmdb_ids=[ALIEN])
    quiet.changed(TODAY, [ALIEN])
    quiet.faults(faults.adult_unknown(PATH))

    run = sync("changes")

    assert (run.state, run.total, run.unchanged, run.dropped) == (State.DONE, 1, 1, {})


def test_days_are_read_from_a_day_before_the_watermark(
    sync: Sync, quiet: StandIn, clock: FakeClock
) -> None:
    sync("changes")
    assert asked_days(quiet) == ["2026-11-21", "2026-11-22"]
    quiet.forget_arrivals()
    clock.advance(days=2)

    run = sync("changes")

    assert asked_days(quiet) == ["2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24"]
    assert (run.requests, watermark()) == (4, date(2026, 11, 24))


def test_a_long_absence_is_caught_up_with_in_part() -> None:
    ChangesWatermark.objects.create(day=TODAY - timedelta(days=400))

    assert changes.first_day(TODAY) == TODAY - timedelta(days=60)


def test_a_watermark_of_tomorrow_is_read_from_yesterday() -> None:
    ChangesWatermark.objects.create(day=TODAY + DAY)

    assert changes.first_day(TODAY) == TODAY - DAY


def test_a_day_that_fails_is_read_again_and_no_other(
    sync: Sync, quiet: StandIn, clock: FakeClock, connect: Connect
) -> None:
    sync("movies", tmdb_ids=[ALIEN, STAR_WARS])
    quiet.changed(TODAY - DAY, [ALIEN])
    quiet.changed(TODAY, [STAR_WARS])
    ChangesWatermark.objects.create(day=TODAY)
    quiet.faults(faults.maintenance(f"{PATH}?start_date={TODAY}", times=4))
    run = request("changes")
    for _ in range(2):
        running.advance_sync(sync_run_id=run.pk, clock=clock, connect=connect)

    run.refresh_from_db()
    # The first day tells the changes of the next as well.
    assert (run.state, run.total, run.checkpoint["next_day"]) == (State.RUNNING, 2, str(TODAY))
    assert watermark() == TODAY
    quiet.forget_arrivals()

    run = finish(run, clock, connect)

    assert (run.state, run.total, run.seen, run.unchanged) == (State.DONE, 2, 2, 2)
    assert set(asked_days(quiet)) == {str(TODAY)}


@pytest.mark.parametrize(
    "fault",
    [
        faults.credential_refused(PATH),
        faults.error(20, PATH, times=None),
        Fault(match=PATH, body={"results": "none"}, times=None),
    ],
    ids=["401", "422", "no list"],
)
def test_what_no_retry_heals_leaves_the_watermark(sync: Sync, quiet: StandIn, fault: Fault) -> None:
    ChangesWatermark.objects.create(day=TODAY - 3 * DAY)
    quiet.faults(fault)

    run = sync("changes")

    assert (run.state, run.total) == (State.FAILED, 0)
    assert run.error
    assert watermark() == TODAY - 3 * DAY


def test_a_changed_title_that_is_gone_is_marked(sync: Sync, quiet: StandIn) -> None:
    sync("movies", tmdb_ids=[ALIEN])
    quiet.changed(TODAY, [ALIEN])
    quiet.remove(ALIEN)

    run = sync("changes")

    assert (run.state, run.seen, run.tombstoned) == (State.DONE, 1, 1)
    assert Movie.objects.get(tmdb_id=ALIEN).tombstoned_at == NOON
