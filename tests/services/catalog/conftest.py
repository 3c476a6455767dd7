from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.db import connections
from pytest_django import Settings

from apps.movies import actions
from apps.movies.models import SyncRun
from services.catalog import running
from services.tmdb.circuit import Circuit
from services.tmdb.client import TMDbClient
from services.tmdb.credentials import Credential
from services.tmdb.limiter import Limiter, Priority, namespace
from services.tmdb.transport import Patience, Transport
from tests.tmdb_server.stand_in import StandIn

# Of our own server, which has no limit here.
RATE = 5_000
READ_SECONDS = 0.5
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
# Of the starter set.
ALIEN, STAR_WARS, NEMO = 348, 11, 12


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
    # A token of its own, so that no pause of another test's limiter holds here.
    with StandIn(in_thread=True, rate=0, token=uuid4().hex) as server:
        use(server, settings)
        server.configure(today=NOON.date())
        yield server


def use(server: StandIn, settings: Settings) -> None:
    settings.TMDB_URL = server.url
    settings.TMDB_EXPORT_URL = server.export_url
    settings.TMDB_API_TOKEN = server.token
    settings.TMDB_REQUESTS_PER_SECOND = RATE
    settings.TMDB_READ_TIMEOUT_SECONDS = READ_SECONDS
    settings.TMDB_LIST_PAGES = 2


Connect = Callable[[Priority], TMDbClient]


@pytest.fixture
def connect(tmdb: StandIn) -> Connect:
    """Clients that lose no time between their attempts, and soon try again what failed often."""
    return client_maker(tmdb)


def client_maker(
    tmdb: StandIn, *, max_wait_seconds: float | None = None, read_seconds: float = READ_SECONDS
) -> Connect:
    transport = Transport(
        url=tmdb.url,
        credential=Credential(token=tmdb.token, key=""),
        limiter=Limiter(
            django_settings.REDIS_URL, namespace=namespace(tmdb.url, tmdb.token), rate=RATE
        ),
        patience=Patience(read_seconds=read_seconds, sleep=lambda _: None),
        circuit=Circuit(open_seconds=0.05),
    )
    return lambda priority: TMDbClient(
        transport,
        priority=priority,
        poster_languages=django_settings.TMDB_POSTER_LANGUAGES,
        export_url=django_settings.TMDB_EXPORT_URL,
        max_wait_seconds=max_wait_seconds,
    )


Sync = Callable[..., SyncRun]


@pytest.fixture
def sync(db: None, connect: Connect, clock: FakeClock) -> Sync:
    """Runs a sync to its end; the clock goes on while it waits for TMDb."""

    def run(kind: str, **scope: object) -> SyncRun:
        return finish(request(kind, **scope), clock, connect)

    return run


def request(kind: str, **scope: object) -> SyncRun:
    return actions.request_sync(kind=kind, scope=scope).run


def finish(run: SyncRun, clock: FakeClock, connect: Connect) -> SyncRun:
    for step in running.run_sync(
        sync_run_id=run.pk,
        clock=clock,
        sleep=lambda _: clock.advance(seconds=10),
        connect=connect,
    ):
        run = step
    return run


class Background(Protocol):
    def __call__(self, function: Any, **kwargs: Any) -> Future[Any]: ...


@pytest.fixture
def background(transactional_db: None) -> Iterator[Background]:
    """Runs a function in a thread that has a database connection of its own."""
    with ThreadPoolExecutor(4) as pool:

        def start(function: Any, **kwargs: Any) -> Future[Any]:
            def run() -> Any:
                try:
                    return function(**kwargs)
                finally:
                    connections.close_all()

            return pool.submit(run)

        yield start
