"""The export with no title taken from it: what TMDb has removed, and how popular the rest is."""

from typing import Any

import pytest

from apps.movies.models import Movie, SyncRun, SyncTitle
from services.catalog import planning
from services.catalog.planning import Plan
from tests.factories import make_movie
from tests.tmdb_server.export import factor, path_of
from tests.tmdb_server.stand_in import StandIn

from .conftest import ALIEN, NEMO, NOON, STAR_WARS, Sync

pytestmark = pytest.mark.django_db

TODAY = NOON.date()
OLD = 1.25


def known(tmdb_id: int, **fields: Any) -> Movie:
    movie = make_movie(tmdb_id=tmdb_id, from_tmdb=True, popularity=OLD, **fields)
    before = NOON.replace(day=1)
    Movie.objects.filter(pk=movie.pk).update(created_at=before)
    return movie


def listed(tmdb_id: int, popularity: float) -> float:
    """What the day's export makes of the popularity of a title."""
    return round(popularity * factor(tmdb_id, TODAY.toordinal()), 4)


def test_a_catalogue_is_reconciled_without_a_new_title(sync: Sync, tmdb: StandIn) -> None:
    there, unfetched, gone = known(ALIEN, synced_at=NOON), known(NEMO), known(STAR_WARS)
    elsewhere = make_movie(tmdb_id=9_000_001)
    tmdb.edit(ALIEN, popularity=100.0)
    tmdb.edit(NEMO, popularity=50.0)
    tmdb.remove(STAR_WARS)

    run = sync("export", limit=0)

    assert (run.state, run.error, run.failed) == (SyncRun.State.DONE, "", 0)
    assert (run.created, run.updated, run.tombstoned) == (0, 2, 1)
    assert run.seen == run.total == run.checkpoint["lines"] > 500
    assert list(Movie.objects.values_list("pk", "popularity", "tombstoned_at").order_by("pk")) == [
        (there.pk, listed(ALIEN, 100.0), None),
        (unfetched.pk, listed(NEMO, 50.0), None),
        (gone.pk, OLD, NOON),
        (elsewhere.pk, elsewhere.popularity, None),
    ]


def test_reconciling_fetches_no_details(sync: Sync, tmdb: StandIn) -> None:
    known(NEMO)

    run = sync("export", limit=0)

    assert (run.state, run.requests) == (SyncRun.State.DONE, 1)
    assert [arrival.path for arrival in tmdb.arrivals()] == [path_of(TODAY)]
    assert not SyncTitle.objects.exists()
    assert Movie.objects.get().synced_at is None


def test_reconciling_is_planned_as_one_call() -> None:
    known(ALIEN)
    known(NEMO)

    plan = planning.plan("export", {"limit": 0}, at=NOON)

    assert plan == Plan(calls=1, rows=2, is_estimate=True)
