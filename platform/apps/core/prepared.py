"""Statements that a connection plans once: for the few that are sent all the time.

Planning one of several joins takes the server longer than to answer it.
"""

from dataclasses import dataclass, field
from typing import Any
from weakref import WeakSet

from django.db import NotSupportedError, connection

# Sent along, it is one round trip; outside a transaction it ends with what is sent.
_GENERIC = "SET LOCAL plan_cache_mode = force_generic_plan; "


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class PreparedStatement:
    """`types` are those of the parameters, which the statement names `$1` and so on.

    `is_generic`: one plan is good for all values. Otherwise PostgreSQL plans for each anew for as
    long as it expects to save more by that than planning costs, and it underrates what that costs.
    """

    name: str
    types: tuple[str, ...]
    sql: str
    is_generic: bool = False
    _known_to: WeakSet[Any] = field(default_factory=WeakSet)

    def first_row(self, *values: Any) -> tuple[Any, ...] | None:
        """Raises what the database does; the statement is planned anew on a new connection."""
        return next(iter(self.rows(*values)), None)

    def rows(self, *values: Any) -> list[tuple[Any, ...]]:
        """Raises as `first_row` does."""
        try:
            return self._execute(values)
        except NotSupportedError:
            # A column of the answer has got another type since it was planned, by a migration that
            # runs beside this release. Inside a transaction the next request will find out.
            if connection.in_atomic_block:
                raise
            connection.close()
            return self._execute(values)

    def _execute(self, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            if connection.connection not in self._known_to:
                cursor.execute(f"PREPARE {self.name} ({', '.join(self.types)}) AS {self.sql}")
                self._known_to.add(connection.connection)
            places = ", ".join(["%s"] * len(values))
            mode = _GENERIC if self.is_generic else ""
            cursor.execute(f"{mode}EXECUTE {self.name} ({places})", values)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
