"""Imports into platforms that are up: one fresh database, with all its processes, for each."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2

from stack.servers import Postgres, Valkey
from tests.benchmarks.viewer_library.__main__ import VARIABLES
from tests.flows.live import LivePlatform

_TOLD = re.compile(r"([\d.]+) s, [\d,]+ ratings/s, peak memory (\d+) MiB")


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import of so many ratings took."""

    ratings: int
    seconds: float
    peak_mib: int

    @property
    def rows_per_second(self) -> float:
        return self.ratings / self.seconds


@dataclass(frozen=True, slots=True)
class Servers:
    """The database of `postgres` is migrated and empty, and nobody is connected to it."""

    postgres: Postgres
    valkey: Valkey
    folder: Path
    keys: dict[str, str]

    def platform(self, database_url: str) -> LivePlatform:
        return LivePlatform(database_url, self.valkey, self.folder, variables=VARIABLES | self.keys)

    @contextmanager
    def running(self, number: int) -> Iterator[LivePlatform]:
        """Web server, workers and beat on a copy of the empty database."""
        parts = urlsplit(self.postgres.url)
        name = f"round_{number}"
        self._administer(f"CREATE DATABASE {name} TEMPLATE {parts.path[1:]}")
        live = self.platform(parts._replace(path=f"/{name}").geturl())
        try:
            live.start()
            yield live
        finally:
            live.stop()
            self._administer(f"DROP DATABASE {name} WITH (FORCE)")

    def _administer(self, statement: str) -> None:
        connection = psycopg2.connect(
            urlsplit(self.postgres.url)._replace(path="/postgres").geturl()
        )
        connection.autocommit = True
        try:
            connection.cursor().execute(statement)
        finally:
            connection.close()


def import_by_command(live: LivePlatform, folder: Path, *, ratings: int) -> Imported:
    """`manage.py load_movielens`, as an operator runs it; seconds and memory are what it tells."""
    told = live.manage("load_movielens", str(folder), "--no-progress")
    found = _TOLD.search(" ".join(told.split()))
    assert found, told
    (stored,) = live.row("SELECT count(*) FROM favorites_rating")
    assert stored == ratings, (stored, ratings)
    return Imported(ratings, float(found[1]), int(found[2]))


def import_ordinarily(live: LivePlatform, folder: Path, *, ratings: int) -> Imported:
    """The same rows, or the first so many of them, by `ordinary.py`."""
    told = live.run("-m", "tests.benchmarks.importing.ordinary", str(folder), str(ratings))
    imported = Imported(**json.loads(told.splitlines()[-1]))
    (stored,) = live.row("SELECT count(*) FROM favorites_rating")
    assert stored == imported.ratings, (stored, imported)
    return imported
