from collections.abc import Iterator, Mapping
from typing import Any, Self

import pytest
import requests

from tests.tmdb_server import StandIn


class Client:
    def __init__(self, server: StandIn) -> None:
        self._server = server
        self._session = requests.Session()
        # A proxy of the environment must not stand between us and the loopback interface.
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {server.token}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def get(
        self, path: str, *, headers: Mapping[str, str | None] | None = None, **query: Any
    ) -> requests.Response:
        return self._session.get(
            f"{self._server.url}{path}", params=query, headers=headers, timeout=10
        )

    def json(self, path: str, **query: Any) -> Any:
        return self.get(path, **query).json()

    def export(self, name: str) -> requests.Response:
        return self._session.get(f"{self._server.export_url}/{name}", timeout=30)


@pytest.fixture(scope="session")
def server() -> Iterator[StandIn]:
    with StandIn(rate=0, in_thread=True) as server:
        yield server


@pytest.fixture
def tmdb(server: StandIn) -> Iterator[StandIn]:
    """Without faults and arrivals of other tests; what they edited stays."""
    server.forget_arrivals()
    yield server
    server.clear_faults()
    server.configure(rate=0, retry_after="1", today=None)


@pytest.fixture
def client(tmdb: StandIn) -> Iterator[Client]:
    with Client(tmdb) as client:
        yield client
