"""Bulk requests over HTTP, one after the other, beside as many single ones."""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg2.extensions

from stack.tour import Viewer
from tests.benchmarks.bulk.bodies import SIZES, body

ON_ERROR = ("refuse_all", "skip")
SINGLE = 100


@dataclass
class Figures:
    """By what was done: milliseconds of each request, and bytes of WAL written meanwhile."""

    ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wal_bytes: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True)
class Bench:
    viewer: Viewer
    user_id: int
    movie_ids: Sequence[int]
    database: psycopg2.extensions.connection
    figures: Figures = field(default_factory=Figures)

    def round(self, number: int) -> None:
        """Every size in every way, each from an empty library on."""
        for size in SIZES:
            for on_error in ON_ERROR:
                self._empty()
                name = f"{size} {on_error}"
                self._send(f"{name} created", size, on_error, later=0, count="created")
                self._send(f"{name} unchanged", size, on_error, later=0, count="unchanged")
                self._send(f"{name} changed", size, on_error, later=1, count="changed")
        self._empty()
        self._send_named(f"round {number}")
        self._empty()
        self._send_singly()

    def _send(self, name: str, size: int, on_error: str, *, later: int, count: str) -> None:
        data = body(self.movie_ids[:size], later=later, on_error=on_error)
        with self._measured(name):
            answer = self._post("library/bulk/", data)
        if answer["counts"][count] != size:
            raise SystemExit(f"{name}: {answer['counts']}")

    def _send_named(self, key: str) -> None:
        """With an idempotency key, and the replay of its answer."""
        data = body(self.movie_ids[: SIZES[-1]], later=0, on_error="skip")
        for name in ("created, with a key", "replayed"):
            with self._measured(f"{SIZES[-1]} skip {name}"):
                self._post("library/bulk/", data, **{"Idempotency-Key": key})

    def _send_singly(self) -> None:
        began = time.perf_counter()
        for number, movie_id in enumerate(self.movie_ids[:SINGLE]):
            rating = b'{"movie_id": %d, "score": %d}' % (movie_id, 1 + number % 10)
            self._post("ratings/", rating, expect=201)
        spent = (time.perf_counter() - began) * 1000
        self.figures.ms[f"{SINGLE} single ratings"].append(spent)

    def _post(self, path: str, data: bytes, *, expect: int = 200, **headers: str) -> Any:
        answer, _ = self.viewer.call(
            "POST",
            path,
            data=data,
            headers={"Content-Type": "application/json", **headers},
            expect=(expect,),
        )
        return answer

    @contextmanager
    def _measured(self, name: str) -> Iterator[None]:
        lsn = self._ask("SELECT pg_current_wal_insert_lsn()::text")
        began = time.perf_counter()
        yield
        self.figures.ms[name].append((time.perf_counter() - began) * 1000)
        written = self._ask("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), %s)::bigint", lsn)
        self.figures.wal_bytes[name].append(written)

    def _empty(self) -> None:
        with self.database.cursor() as cursor:
            cursor.execute("DELETE FROM favorites_rating WHERE user_id = %s", [self.user_id])
            cursor.execute("VACUUM favorites_rating")

    def _ask(self, statement: str, *parameters: Any) -> Any:
        with self.database.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchone()[0]  # type: ignore[index]  # each answers one row
