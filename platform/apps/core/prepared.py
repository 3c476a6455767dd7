"""Statements that a connection plans once: for the few that nearly every request sends.

Planning one of several joins takes the server longer than to answer it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakSet

from django.db import connection


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class PreparedStatement:
    """`types` are those of the parameters, which the statement names `$1` and so on."""

    name: str
    types: tuple[str, ...]
    sql: str
    _known_to: WeakSet[Any] = field(default_factory=WeakSet)

    def first_row(self, *values: Any) -> tuple[Any, ...] | None:
        """Raises what the database does; the statement is planned anew on a new connection."""
        with self._executed(values) as cursor:
            row: tuple[Any, ...] | None = cursor.fetchone()
        return row

    def rows(self, *values: Any) -> list[tuple[Any, ...]]:
        """Raises as `first_row` does."""
        with self._executed(values) as cursor:
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    @contextmanager
    def _executed(self, values: tuple[Any, ...]) -> Iterator[Any]:
        with connection.cursor() as cursor:
            if connection.connection not in self._known_to:
                cursor.execute(f"PREPARE {self.name} ({', '.join(self.types)}) AS {self.sql}")
                self._known_to.add(connection.connection)
            places = ", ".join(["%s"] * len(values))
            cursor.execute(f"EXECUTE {self.name} ({places})", values)
            yield cursor
