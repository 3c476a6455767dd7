"""An export of chosen lines, merged into the catalogue range by range."""

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

import pytest
from pytest_django import Settings

from apps.movies.actions import cancel_sync
from apps.movies.models import Movie, SyncRun, SyncTitle
from services.catalog import merging, running
from tests.factories import make_movie
from tests.services.tmdb.server import Reply, running_tmdb
from tests.tmdb_server.stand_in import StandIn

from .conftest import Connect, FakeClock, Sync, finish, request

pytestmark = pytest.mark.django_db

State = SyncRun.State
Send = Callable[[Iterable[Any]], None]


@pytest.fixture
def send(tmdb: StandIn, settings: Settings) -> Iterator[Send]:
    """Lets the day's export have these lines."""
    with running_tmdb() as files:

        def have(lines: Iterable[Any]) -> None:
            text = "".join(f"{json.dumps(line)}\n" for line in lines)
            files.always = Reply(body=gzip.compress(text.encode()))

        settings.TMDB_EXPORT_URL = files.url
        yield have


def test_odd_lines_stop_nothing(sync: Sync, send: Send) -> None:
    make_movie(tmdb_id=3, title="Known")
    send(
        (
            {"id": 1, "original_title": "One", "popularity": 3.5, "adult": False, "video": True},
            {"id": 1, "original_title": "One again", "popularity": 3.5},
            {"id": 2, "original_title": "", "popularity": 1},
            {"id": 3, "original_title": None, "popularity": None},
            {"id": 4, "original_title": "Tab\tand\\back\0slash\n", "popularity": 1e400},
            {"id": 5, "original_title": "Adult", "popularity": 9, "adult": True},
            {"id": 2**31, "original_title": "Beyond", "popularity": 1},
            [],
        )
    )

    run = sync("export", ids_only=True)

    assert (run.state, run.created, run.seen, run.error) == (State.DONE, 3, 6, "")
    assert run.dropped == {"id": 1, "line": 1}
    rows = Movie.objects.order_by("tmdb_id").values_list("tmdb_id", "title", "popularity", "video")
    assert list(rows) == [
        (1, "One", 3.5, True),
        (2, "Untitled", 1.0, False),
        (3, "Known", 0.0, False),
        (4, "Tab\tand\\backslash\n", 0.0, False),
    ]


def test_the_most_popular_titles_are_fetched_first(
    send: Send, clock: FakeClock, connect: Connect
) -> None:
    lines = ({"id": n, "original_title": f"T{n}", "popularity": n % 7} for n in range(1, 21))
    send(lines)
    run = request("export", limit=4, min_popularity=5.0)

    running.advance_sync(sync_run_id=run.pk, clock=clock, connect=connect)

    queue = SyncTitle.objects.order_by("position").values_list("tmdb_id", flat=True)
    assert list(queue) == [6, 13, 20, 5]
    run.refresh_from_db()
    assert (run.phase, run.total, run.seen, run.created) == (SyncRun.Phase.TITLES, 24, 20, 4)


@pytest.fixture
def small_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "TITLES_PER_RANGE", 3)


def test_a_merge_that_is_killed_is_begun_anew_and_counts_nothing_twice(
    send: Send, clock: FakeClock, connect: Connect, small_ranges: None
) -> None:
    send({"id": n, "original_title": f"T{n}", "popularity": 1} for n in range(1, 11))
    run = request("export", ids_only=True)

    def killed_after_the_merge() -> datetime:
        if Movie.objects.exists():
            raise KeyboardInterrupt
        return clock()

    with pytest.raises(KeyboardInterrupt):
        running.advance_sync(sync_run_id=run.pk, clock=killed_after_the_merge, connect=connect)
    run.refresh_from_db()
    assert (run.created, run.seen, Movie.objects.count()) == (10, 0, 10)

    run = finish(run, clock, connect)

    assert (run.state, run.created, run.updated, run.seen) == (State.DONE, 10, 0, 10)


def test_a_cancelled_merge_stops_at_its_next_range(
    send: Send, clock: FakeClock, connect: Connect, small_ranges: None
) -> None:
    make_movie(tmdb_id=2)
    send({"id": n, "original_title": f"T{n}", "popularity": 1} for n in range(1, 11))
    run = request("export")

    def cancelled_once_it_runs() -> datetime:
        if SyncRun.objects.filter(pk=run.pk, state=State.RUNNING).exists():
            cancel_sync(sync_run_id=run.pk, at=clock())
        return clock()

    running.advance_sync(sync_run_id=run.pk, clock=cancelled_once_it_runs, connect=connect)

    run.refresh_from_db()
    assert (run.state, run.created, run.seen) == (State.CANCELLED, 0, 0)
    assert Movie.objects.count() == 1
