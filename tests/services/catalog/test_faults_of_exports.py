"""What is wrong with TMDb's daily export, of which nothing is ever half merged."""

from datetime import timedelta
from typing import Any

import pytest

from apps.movies.models import Movie, SyncRun, SyncTitle
from services.catalog import exports, running
from tests.factories import make_movie, make_rating, make_user
from tests.tmdb_server import faults
from tests.tmdb_server.export import path_of
from tests.tmdb_server.faults import Fault
from tests.tmdb_server.stand_in import StandIn

from .conftest import ALIEN, NEMO, NOON, STAR_WARS, Connect, FakeClock, Sync, finish, request

pytestmark = pytest.mark.django_db

State = SyncRun.State
TODAY = NOON.date()
YESTERDAY = TODAY - timedelta(days=1)
BEFORE = NOON - timedelta(days=9)


def of_tmdb(count: int, *, first: int = 50_000_000) -> None:
    """Titles that came with an earlier export, and that no export has now."""
    Movie.objects.bulk_create(
        Movie(tmdb_id=first + number, title="Known", from_tmdb=True) for number in range(count)
    )
    Movie.objects.filter(tmdb_id__gte=first).update(created_at=BEFORE)


def known(tmdb_id: int, **fields: Any) -> Movie:
    movie = make_movie(tmdb_id=tmdb_id, from_tmdb=True, **fields)
    Movie.objects.filter(pk=movie.pk).update(created_at=BEFORE)
    return movie


def films() -> list[dict[str, Any]]:
    return list(Movie.objects.order_by("pk").values())


def test_yesterdays_export_is_taken_while_todays_is_missing(sync: Sync, tmdb: StandIn) -> None:
    tmdb.faults(faults.export_missing(path=path_of(TODAY), status=403))

    run = sync("export", limit=10, ids_only=True)

    assert (run.state, run.created, run.requests) == (State.DONE, 10, 2)
    assert run.checkpoint["export"] == str(YESTERDAY)
    assert Movie.objects.count() == 10


def test_a_run_waits_for_an_export_that_is_missing_for_days(
    tmdb: StandIn, clock: FakeClock, connect: Connect
) -> None:
    known(ALIEN)
    before = films()
    tmdb.faults(faults.export_missing(times=6))
    run = request("export", limit=10, ids_only=True)
    running.advance_sync(sync_run_id=run.pk, clock=clock, connect=connect)

    run.refresh_from_db()
    assert (run.state, run.leased_until) == (State.RUNNING, NOON + running.REST)
    assert run.error == f"ExportMissingError: no export of the 3 days up to {TODAY}"
    assert films() == before

    run = finish(run, clock, connect)

    assert (run.state, run.error) == (State.DONE, "")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.export_truncated(), "UnavailableError: The connection to TMDb failed: "),
        (Fault(match=faults.EXPORTS, body="no gzip"), "UnavailableError: TMDb's export is damaged"),
        (Fault(match=faults.EXPORTS), "UnavailableError: TMDb's export ends early"),
    ],
    ids=["cut", "damaged", "empty"],
)
def test_an_export_that_is_not_whole_changes_nothing(
    tmdb: StandIn, clock: FakeClock, connect: Connect, fault: Fault, error: str
) -> None:
    known(ALIEN)
    of_tmdb(3)
    before = films()
    tmdb.faults(fault)
    run = request("export", limit=10, ids_only=True)
    running.advance_sync(sync_run_id=run.pk, clock=clock, connect=connect)

    run.refresh_from_db()
    assert (run.state, run.seen, run.created, run.tombstoned) == (State.RUNNING, 0, 0, 0)
    assert run.error.startswith(error)
    assert films() == before

    run = finish(run, clock, connect)

    assert (run.state, run.error, run.tombstoned) == (State.DONE, "", 3)


def test_an_export_that_lacks_many_titles_changes_nothing(sync: Sync) -> None:
    known(ALIEN)
    of_tmdb(exports.FEW + 1)
    before = films()

    run = sync("export", limit=10)

    assert (run.state, run.created, run.tombstoned) == (State.FAILED, 0, 0)
    assert run.error == f"IncompleteExportError: the export of {TODAY} has 1 of our 5 titles"
    assert films() == before
    assert not SyncTitle.objects.exists()


def test_titles_that_the_export_no_longer_has_are_marked_and_keep_their_ratings(
    sync: Sync, tmdb: StandIn
) -> None:
    gone, there, adult, elsewhere = (
        known(STAR_WARS),
        known(ALIEN),
        known(9_000_001, adult=True),
        make_movie(tmdb_id=9_000_002),
    )
    new = make_movie(tmdb_id=9_000_003, from_tmdb=True, synced_at=NOON)
    rating = make_rating(user=make_user(), movie=gone)
    tmdb.remove(STAR_WARS)

    run = sync("export", limit=1, ids_only=True)

    assert (run.state, run.tombstoned) == (State.DONE, 1)
    marked = Movie.objects.filter(tombstoned_at__isnull=False)
    assert [movie.pk for movie in marked] == [gone.pk]
    assert Movie.objects.filter(pk__in=[there.pk, adult.pk, elsewhere.pk, new.pk]).count() == 4
    rating.refresh_from_db()
    assert rating.movie_id == gone.pk


def test_a_title_that_is_listed_again_lives_unless_it_has_just_gone(sync: Sync) -> None:
    known(ALIEN, tombstoned_at=BEFORE)
    known(NEMO, tombstoned_at=NOON)

    sync("export", limit=1, ids_only=True)

    assert Movie.objects.get(tmdb_id=ALIEN).tombstoned_at is None
    assert Movie.objects.get(tmdb_id=NEMO).tombstoned_at == NOON
