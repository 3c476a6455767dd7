from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from apps.movies import actions
from apps.movies.models import SyncRun
from services.catalog import running
from tests.tmdb_server.stand_in import StandIn

# Of our own server, which has no limit here.
RATE = 5_000
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass
class FakeClock:
    """A clock that stands still until it is told to go on."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def tmdb(settings: Settings) -> Iterator[StandIn]:
    """A TMDb with the titles of the starter set, to which the settings lead."""
    with StandIn(in_thread=True, rate=0) as server:
        use(server, settings)
        server.configure(today=NOON.date())
        yield server


def use(server: StandIn, settings: Settings) -> None:
    settings.TMDB_URL = server.url
    settings.TMDB_EXPORT_URL = server.export_url
    settings.TMDB_API_TOKEN = server.token
    settings.TMDB_REQUESTS_PER_SECOND = RATE
    settings.TMDB_READ_TIMEOUT_SECONDS = 1.0


Sync = Callable[..., SyncRun]


@pytest.fixture
def sync(db: None, tmdb: StandIn, clock: FakeClock) -> Sync:
    """Runs a sync to its end; the clock goes on while it waits for TMDb."""

    def run(kind: str, **scope: object) -> SyncRun:
        requested = actions.request_sync(kind=kind, scope=scope).run
        return finish(requested, clock)

    return run


def finish(run: SyncRun, clock: FakeClock) -> SyncRun:
    for step in running.run_sync(
        sync_run_id=run.pk, clock=clock, sleep=lambda _: clock.advance(seconds=10)
    ):
        run = step
    return run
