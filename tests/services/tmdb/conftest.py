from collections.abc import Callable, Iterable, Iterator
from uuid import uuid4

import pytest
from django.conf import LazySettings

from services.tmdb.circuit import Circuit
from services.tmdb.client import TMDbClient
from services.tmdb.credentials import Credential
from services.tmdb.limiter import Limiter, Priority
from services.tmdb.transport import Patience, Transport

from .server import TMDb, running_tmdb

TOKEN = "token.of-nobody"
PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture
def tmdb(monkeypatch: pytest.MonkeyPatch) -> Iterator[TMDb]:
    for variable in PROXY_VARIABLES:
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.upper(), raising=False)
    with running_tmdb() as server:
        yield server


@pytest.fixture
def slept() -> list[float]:
    """What the client would have slept between its attempts."""
    return []


@pytest.fixture
def limiter(settings: LazySettings) -> Limiter:
    return Limiter(settings.REDIS_URL, namespace=uuid4().hex, rate=1000, timeout_seconds=5)


Connect = Callable[..., TMDbClient]


@pytest.fixture
def connect(tmdb: TMDb, slept: list[float], limiter: Limiter) -> Connect:
    """A client of the stand-in; jitter is always the longest."""

    def connect(
        *,
        credential: Credential | None = None,
        circuit: Circuit | None = None,
        read_seconds: float = 5,
        max_wait_seconds: float = 20,
        language: str = "en-US",
        poster_languages: Iterable[str] = (),
    ) -> TMDbClient:
        patience = Patience(
            connect_seconds=5,
            read_seconds=read_seconds,
            sleep=slept.append,
            uniform=lambda _low, high: high,
        )
        transport = Transport(
            url=f"{tmdb.url}/3",
            credential=credential or Credential(token=TOKEN),
            limiter=limiter,
            patience=patience,
            circuit=circuit,
        )
        return TMDbClient(
            transport,
            priority=Priority.USER,
            language=language,
            poster_languages=poster_languages,
            export_url=f"{tmdb.url}/p/exports",
            max_wait_seconds=max_wait_seconds,
        )

    return connect


@pytest.fixture
def client(connect: Connect) -> TMDbClient:
    return connect()
