"""`manage.py sync`, to its end: what it says, how it ends, and what it leaves to the workers."""

import io
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import redis
from django.db import connections
from django.utils import timezone
from rich.console import Console

from apps.movies import actions
from apps.movies.models import Genre, Movie, SyncRun
from tests.services.catalog.conftest import ALIEN, STAR_WARS
from tests.tmdb_server import faults
from tests.tmdb_server.faults import Fault
from tests.tmdb_server.stand_in import StandIn
from tests.workers.management.shell import Shell
from tests.workers.messages import drain
from workers import progress
from workers.management.commands.sync import Command

pytestmark = pytest.mark.django_db(transaction=True)

State = SyncRun.State
UNKNOWN = 999_999_999
PATIENCE_SECONDS = 30
POLL_SECONDS = 0.01


@pytest.fixture
def sync(capsys: pytest.CaptureFixture[str], broker: redis.Redis) -> Shell:
    return Shell(Command, "sync", capsys)


def in_seconds(output: str) -> str:
    """What was written, without how long it took."""
    return re.sub(r"after \d+\.\d s", "after N s", output)


@contextmanager
def once_asked(tmdb: StandIn, act: Callable[[], object]) -> Iterator[None]:
    """Does something else as soon as TMDb was asked for anything."""

    def wait() -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not tmdb.arrivals():
            assert time.monotonic() < deadline
            time.sleep(POLL_SECONDS)
        try:
            act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        acted = pool.submit(wait)
        yield
        acted.result()


def test_a_run_to_its_end_says_what_it_did(sync: Shell, tmdb: StandIn) -> None:
    ended = sync("genres")

    run = SyncRun.objects.get()
    assert (ended.code, ended.errors) == (0, "")
    assert in_seconds(ended.output) == (
        f"Sync {run.pk} (genres) is requested.\n"
        f"Sync {run.pk} (genres) is done after N s: 19 seen, 19 created, 0 updated, 0 unchanged,"
        " 0 tombstoned, 0 failed, 2 requests.\n"
    )
    assert (run.state, Genre.objects.count()) == (State.DONE, 19)


def test_what_failed_and_what_was_dropped_is_named(sync: Shell, tmdb: StandIn) -> None:
    tmdb.edit(
        ALIEN,
        genres=[{"id": 27}, {"id": 878, "name": "Science Fiction"}],
        keywords={"keywords": [{"id": "x"}, {"name": "y"}]},
    )

    ended = sync("movies", ALIEN, UNKNOWN)

    run = SyncRun.objects.get()
    assert (ended.code, ended.errors) == (0, "")
    assert in_seconds(ended.output) == (
        f"Sync {run.pk} (movies) is requested.\n"
        f"Sync {run.pk} (movies) is done after N s: 1 seen, 1 created, 0 updated, 0 unchanged,"
        " 0 tombstoned, 1 failed, 2 requests.\n"
        f"  {UNKNOWN}: not found\n"
        "Dropped: genres.name 1, keywords.id 2.\n"
    )
    assert Movie.objects.get().tmdb_id == ALIEN


def test_a_run_that_fails_is_an_error(sync: Shell, tmdb: StandIn) -> None:
    tmdb.faults(faults.credential_refused())

    ended = sync("movies", ALIEN)

    assert ended.code == 1
    assert ended.errors == (
        "CommandError: The sync ended as failed. CredentialError: TMDb answers 401: Invalid API"
        " key: You must be granted a valid key.\n"
    )
    assert "is failed after" in ended.output
    assert SyncRun.objects.get().state == State.FAILED
    assert not Movie.objects.exists()


def test_what_tmdb_says_is_shown_as_it_is(broker: redis.Redis, tmdb: StandIn) -> None:
    message = {"status_code": 7, "status_message": "see [/3/movie/348] and [bold]"}
    tmdb.faults(Fault(status=401, body=message, times=None))
    run = actions.request_movies(tmdb_ids=[ALIEN]).run
    terminal = io.StringIO()

    run = progress.sync(run.pk, Console(file=terminal, force_terminal=True, width=200), shown=True)

    assert run.error == "CredentialError: TMDb answers 401: see [/3/movie/348] and [bold]"
    assert "titles" in terminal.getvalue()
    assert run.error in terminal.getvalue()


def test_a_run_that_is_cancelled_meanwhile_is_an_error(sync: Shell, tmdb: StandIn) -> None:
    tmdb.faults(faults.maintenance(times=None))

    def cancel() -> None:
        actions.cancel_sync(sync_run_id=SyncRun.objects.get().pk, at=timezone.now())

    with once_asked(tmdb, cancel):
        ended = sync("genres")

    assert ended.code == 1
    assert ended.errors.startswith("CommandError: The sync ended as cancelled.")
    assert SyncRun.objects.get().state == State.CANCELLED


def test_a_sync_can_be_left_to_the_workers(sync: Shell, tmdb: StandIn, broker: redis.Redis) -> None:
    ended = sync("genres", "--no-wait")

    run = SyncRun.objects.get()
    assert ended.code == 0
    assert ended.output == f"Sync {run.pk} (genres) is requested.\n"
    assert (run.state, tmdb.arrivals()) == (State.REQUESTED, [])
    assert drain(broker) == [("catalog", "catalog.advance_sync", {"sync_run_id": run.pk})]


def test_a_sync_that_goes_on_is_joined(sync: Shell, tmdb: StandIn) -> None:
    sync("movies", ALIEN, "--no-wait")

    ended = sync("movies", STAR_WARS)

    run = SyncRun.objects.get()
    assert ended.code == 0
    first, second = ended.output.splitlines()
    assert first == f"Sync {run.pk} (movies) is under way already and is joined."
    assert in_seconds(second).startswith(f"Sync {run.pk} (movies) is done after N s: 2 seen,")
    assert set(Movie.objects.values_list("tmdb_id", flat=True)) == {ALIEN, STAR_WARS}


def test_what_is_joined_says_with_which_scope_it_goes_on(sync: Shell, tmdb: StandIn) -> None:
    actions.request_sync(kind="export", scope={"limit": 0})

    ended = sync("export", "--limit", 50, "--no-wait")

    first, second = ended.output.splitlines()
    assert first.endswith("(export) is under way already and is joined.")
    assert second == 'It goes on with its own scope, {"limit": 0}.'
