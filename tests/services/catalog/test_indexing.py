"""Films are indexed beside a sync only so much of the time."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from apps.movies.models import SearchDocument, SyncRun, SyncTitle
from services.catalog import fetching, indexing, running
from services.catalog.search_documents import has_stale_documents, refresh_documents
from tests.factories import make_movie
from tests.tmdb_server.stand_in import StandIn

from .conftest import ALIEN, NOON, Connect, FakeClock, request

pytestmark = pytest.mark.django_db

Kind, State, Phase = SyncRun.Kind, SyncRun.State, SyncRun.Phase
SOON, BEFORE = NOON + timedelta(seconds=20), NOON - timedelta(seconds=1)
MERGES = {
    "kind": Kind.EXPORT,
    "phase": Phase.PREPARE,
    "leased_until": SOON,
    "heartbeat_at": BEFORE,
}


@pytest.mark.parametrize(
    ("fields", "is_at_work"),
    [
        (MERGES, True),
        # TMDb is away, or has no slot left.
        (MERGES | {"heartbeat_at": NOON - indexing.QUIET}, False),
        # Whoever merged it has died, or it was given back.
        (MERGES | {"leased_until": BEFORE}, False),
        (MERGES | {"leased_until": None}, False),
        # It waits for TMDb and not for the database.
        (MERGES | {"kind": Kind.LISTS}, False),
        ({"kind": Kind.EXPORT, "phase": Phase.TITLES, "heartbeat_at": BEFORE}, True),
        ({"kind": Kind.CHANGES, "phase": Phase.TITLES, "heartbeat_at": BEFORE}, True),
        # Nobody fetches, or TMDb is away.
        (
            {"kind": Kind.CHANGES, "phase": Phase.TITLES, "heartbeat_at": NOON - indexing.QUIET},
            False,
        ),
        ({"kind": Kind.CHANGES, "phase": Phase.TITLES, "heartbeat_at": None}, False),
        ({"state": State.DONE, "phase": Phase.DONE, "heartbeat_at": BEFORE}, False),
        ({"state": State.CANCELLED, "phase": Phase.TITLES, "heartbeat_at": BEFORE}, False),
    ],
)
def test_who_merges_or_fetches_is_at_work(fields: dict[str, Any], *, is_at_work: bool) -> None:
    SyncRun.objects.create(**{"kind": Kind.EXPORT, "state": State.RUNNING} | fields)

    assert indexing.is_sync_at_work(at=NOON) is is_at_work


def ticking(seconds: float) -> Callable[[], float]:
    """A clock that goes on so much at each look."""
    times = iter(range(100))
    return lambda: next(times) * seconds


def test_a_turn_ends_after_its_share_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    one = partial(refresh_documents, limit=1)
    monkeypatch.setattr(indexing, "refresh_documents", one)
    for _ in range(5):
        make_movie()

    indexing.take_turn(fetched_for=60, monotonic=ticking(2))

    assert SearchDocument.objects.count() == 2


def test_a_turn_ends_when_nothing_is_left() -> None:
    make_movie()

    indexing.take_turn(fetched_for=60, monotonic=ticking(0))

    assert not has_stale_documents()


def test_a_turn_that_fails_is_no_matter_of_the_sync(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> int:
        raise ValueError

    monkeypatch.setattr(indexing, "refresh_documents", fail)

    indexing.take_turn(fetched_for=60)

    assert "could not be indexed" in caplog.text


def test_films_are_indexed_after_a_slice_of_a_sync_that_goes_on(
    tmdb: StandIn, connect: Connect, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = request("movies", tmdb_ids=[ALIEN])
    make_movie()
    running.advance_sync(sync_run_id=run.pk, clock=clock, connect=connect)
    assert has_stale_documents()
    monkeypatch.setattr(fetching, "SLICE_SECONDS", 0)

    assert running.advance_sync(sync_run_id=run.pk, clock=clock, connect=connect)

    assert SyncTitle.objects.exists()
    assert not has_stale_documents()
