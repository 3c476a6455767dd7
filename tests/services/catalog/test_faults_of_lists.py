"""What TMDb does wrong with its lists: trending is never empty once it was filled."""

from collections.abc import Callable
from functools import partial

import pytest
from pytest_django import Settings

from apps.movies.models import ListEntry, ListName, ListState, Movie, SyncRun, SyncTitle
from services.catalog import running
from tests.tmdb_server import faults
from tests.tmdb_server.faults import Fault
from tests.tmdb_server.stand_in import StandIn

from .conftest import NOON, Connect, FakeClock, Sync, request

pytestmark = pytest.mark.django_db

State = SyncRun.State
Rank = tuple[str, int, int]
DAY = "/3/trending/movie/day"
WEEK = "/3/trending/movie/week"


@pytest.fixture
def filled(tmdb: StandIn, clock: FakeClock, connect: Connect) -> list[Rank]:
    """Both windows of trending, of which all films have their details, as far as that matters."""
    prepare(request("trending"), clock, connect)
    SyncTitle.objects.all().delete()
    assert running.advance_sync(sync_run_id=SyncRun.objects.get().pk, clock=clock) is False
    Movie.objects.update(synced_at=NOON)
    return ranks()


def prepare(run: SyncRun, clock: FakeClock, connect: Connect) -> SyncRun:
    running.advance_sync(sync_run_id=run.pk, clock=clock, connect=connect)
    run.refresh_from_db()
    return run


def ranks() -> list[Rank]:
    rows = ListEntry.objects.order_by("list", "rank")
    return list(rows.values_list("list", "rank", "movie_id"))


def tmdb_ids(name: str) -> list[int]:
    rows = ListEntry.objects.filter(list=name).order_by("rank")
    return list(rows.values_list("movie__tmdb_id", flat=True))


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.credential_refused(WEEK), "CredentialError: TMDb answers 401: Invalid API key: "),
        (faults.empty_list(f"{WEEK}?page=1", times=None), "EmptyListError: TMDb's list "),
        (faults.error(22, f"{WEEK}?page=2", times=None), "RequestError: TMDb answers 400: "),
        (Fault(match=WEEK, body={"page": 1}, times=None), "PayloadError: TMDb's answer is no page"),
        (
            Fault(match=WEEK, body={"results": [{"id": 0}, None]}, times=None),
            "PayloadError: TMDb's answer is a page without a row that can be used",
        ),
    ],
    ids=["401", "empty", "400", "no list", "no usable row"],
)
def test_a_list_that_cannot_be_used_leaves_both_as_they_are(
    sync: Sync, tmdb: StandIn, filled: list[Rank], fault: Fault, error: str
) -> None:
    films = list(Movie.objects.order_by("pk").values())
    tmdb.faults(fault)

    run = sync("trending")

    assert (run.state, run.seen, run.failed) == (State.FAILED, 0, 0)
    assert run.error.startswith(error)
    assert ranks() == filled
    assert len(filled) == 80
    assert list(Movie.objects.order_by("pk").values()) == films


@pytest.mark.parametrize(
    "fault",
    [
        faults.maintenance,
        faults.gateway_timeout,
        faults.truncated,
        faults.reset,
        partial(faults.slow, seconds=5),
        partial(faults.rate_limited, retry_after="0"),
    ],
    ids=["503", "504", "truncated", "reset", "slow", "429"],
)
def test_trending_stays_while_tmdb_is_away_and_is_replaced_after(
    tmdb: StandIn,
    clock: FakeClock,
    connect: Connect,
    filled: list[Rank],
    fault: Callable[..., Fault],
) -> None:
    clock.advance(days=3)
    tmdb.configure(today=clock().date())
    # One more than a request is tried.
    tmdb.faults(fault(f"{WEEK}?page=2", times=4))

    run = prepare(request("trending"), clock, connect)

    assert (run.state, run.phase, run.leased_until) == (
        *(State.RUNNING, SyncRun.Phase.PREPARE, clock() + running.REST),
    )
    assert run.error
    assert ranks() == filled

    clock.advance(seconds=31)
    run = prepare(run, clock, connect)

    assert (run.state, run.phase, run.error) == (State.RUNNING, SyncRun.Phase.TITLES, "")
    assert ranks() != filled
    assert len(ranks()) == 80
    assert set(ListState.objects.values_list("fetched_at", flat=True)) == {clock()}


def test_no_more_pages_are_asked_for_than_are_wanted(
    tmdb: StandIn, clock: FakeClock, connect: Connect
) -> None:
    one = Fault(match=WEEK, kind="patch", fields={"total_pages": 1}, times=None)
    tmdb.faults(faults.too_many_pages(DAY), one)

    run = prepare(request("trending"), clock, connect)

    assert (run.phase, run.requests) == (SyncRun.Phase.TITLES, 3)
    assert [arrival.path for arrival in tmdb.arrivals()] == [DAY, DAY, WEEK]


def test_a_row_on_two_pages_has_one_rank(
    tmdb: StandIn, clock: FakeClock, connect: Connect, filled: list[Rank]
) -> None:
    before = tmdb_ids(ListName.TRENDING_DAY)
    tmdb.faults(faults.row_on_two_pages(DAY))

    prepare(request("trending"), clock, connect)

    # The first of the second page is nowhere, and the last of the first is not there twice.
    assert tmdb_ids(ListName.TRENDING_DAY) == before[:20] + before[21:]
    assert [rank for name, rank, _ in ranks() if name == ListName.TRENDING_DAY] == [*range(1, 40)]


def test_rows_without_dates_make_films_without_years(
    tmdb: StandIn, clock: FakeClock, connect: Connect
) -> None:
    tmdb.faults(faults.no_release_dates(DAY), faults.no_release_dates(WEEK))

    run = prepare(request("trending"), clock, connect)

    assert Movie.objects.count() == run.created > 0
    assert not Movie.objects.filter(release_date__isnull=False).exists()
    assert not Movie.objects.filter(year__isnull=False).exists()


def test_a_title_that_is_gone_before_its_details_are_asked_for_is_marked(
    sync: Sync, tmdb: StandIn, filled: list[Rank]
) -> None:
    first = tmdb_ids(ListName.TRENDING_DAY)[0]
    Movie.objects.filter(tmdb_id=first).update(synced_at=None)
    tmdb.faults(faults.title_gone(first))

    run = sync("trending")

    listed = Movie.objects.count()
    assert (run.state, run.created, run.tombstoned, run.failed) == (State.DONE, 0, 1, 0)
    assert (run.total, run.seen, run.unchanged) == (listed + 1, listed + 1, listed)
    assert Movie.objects.get(tmdb_id=first).tombstoned_at == NOON
    assert tmdb_ids(ListName.TRENDING_DAY)[0] == first


def test_a_listed_title_that_was_marked_or_blanked_is_fetched_again(
    sync: Sync, filled: list[Rank]
) -> None:
    marked, blanked = tmdb_ids(ListName.TRENDING_DAY)[:2]
    Movie.objects.filter(tmdb_id=marked).update(tombstoned_at=NOON)
    Movie.objects.filter(tmdb_id=blanked).update(blanked_at=NOON, overview="")

    run = sync("trending")

    assert (run.state, run.total) == (State.DONE, Movie.objects.count() + 2)
    assert not Movie.objects.filter(tombstoned_at__isnull=False).exists()
    assert not Movie.objects.filter(blanked_at__isnull=False).exists()


def test_a_run_counts_rows_of_lists_and_details_apart(sync: Sync, settings: Settings) -> None:
    settings.TMDB_LIST_PAGES = 1

    run = sync("trending")

    films = Movie.objects.count()
    assert (run.created, run.updated, run.unchanged, run.failed) == (films, films, 0, 0)
    assert (run.total, run.seen) == (2 * films, 2 * films)
    assert run.requests == 2 + films
