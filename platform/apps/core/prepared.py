"""Statements that a connection plans once: for the few that nearly every request sends.

Planning one of several joins takes the server longer than to answer it.
"""

from dataclasses import dataclass, field
from typing import Any
from weakref import WeakSet

from django.db import Error, connection


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class PreparedStatement:
    """`types` are those of the parameters, which the statement names `$1` and so on."""

    name: str
    types: tuple[str, ...]
    sql: str
    _known_to: WeakSet[Any] = field(default_factory=WeakSet)

    def first_row(self, *values: Any) -> tuple[Any, ...] | None:
        """The first row, also None where the database could not be asked.

        A connection that was idle is not tried out before, which would be a second round trip. If
        it is broken, it is given up, and the next one is as good as any.
        """
        connection.ensure_connection()
        connection.health_check_done = True  # type: ignore[attr-defined]  # the stubs miss it
        try:
            return self._first_row(values)
        except Error:
            if not connection.in_atomic_block:
                connection.close()
            return None

    def _first_row(self, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        with connection.cursor() as cursor:
            if connection.connection not in self._known_to:
                cursor.execute(f"PREPARE {self.name} ({', '.join(self.types)}) AS {self.sql}")
                self._known_to.add(connection.connection)
            places = ", ".join(["%s"] * len(values))
            cursor.execute(f"EXECUTE {self.name} ({places})", values)
            row: tuple[Any, ...] | None = cursor.fetchone()
        return row
