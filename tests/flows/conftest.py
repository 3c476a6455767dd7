import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from stack.servers import Valkey

from .live import LivePlatform, fresh_database

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivePlatform]:
    """One running platform for all flows, with films, viewers, a model and published lists."""
    folder: Path = tmp_path_factory.mktemp("platform")
    with (
        fresh_database(os.environ["DATABASE_URL"]) as database_url,
        Valkey(folder / "valkey") as valkey,
    ):
        live = LivePlatform(database_url, valkey, folder)
        live.manage("migrate", "-v0")
        live.seed()
        live.manage("train")
        try:
            live.start()
            yield live
        finally:
            live.stop()
