import socket
from collections.abc import Iterator

import pytest

from .server import GroupLens, running_grouplens

PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture
def grouplens(monkeypatch: pytest.MonkeyPatch) -> Iterator[GroupLens]:
    for variable in PROXY_VARIABLES:
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.upper(), raising=False)
    with running_grouplens() as server:
        yield server


@pytest.fixture
def unused_port() -> int:
    """A port of this host where nobody listens: bound, and let go of again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
