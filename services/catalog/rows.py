"""Writing many rows of one table at once, in an order in which no two workers deadlock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from psycopg2 import sql
from psycopg2.extras import execute_values

ROWS_PER_STATEMENT = 1_000

Row = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedTable:
    """Rows that films share, known by a key of TMDb's.

    A row is written when one of `compared` differs; what follows them changes all the time, and is
    only written along.
    """

    name: str
    key: str
    compared: tuple[str, ...]
    carried: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.key, *self.compared, *self.carried)


def write_shared(table: SharedTable, rows: Iterable[Row]) -> None:
    """Insert what is new and update what differs; of several rows with one key the last counts.

    What is the same already is only read: a conflict would lock it, and every worker that stores
    an American film would wait for the one before at the row of the country.
    """
    wanted = {row[0]: row for row in rows}
    if not wanted:
        return
    known = _read(table, list(wanted))
    end = 1 + len(table.compared)
    changed = [row for key, row in sorted(wanted.items()) if known.get(key) != row[1:end]]
    if changed:
        execute(_upsert(table), changed)


def insert(table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    if rows:
        statement = sql.SQL("INSERT INTO {} ({}) VALUES %s").format(
            sql.Identifier(table), _names(columns)
        )
        execute(statement, rows)


def upsert_arrays(table: str, key: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """One row of integer arrays for each key; what is None stays as it is stored, or is empty."""
    if not rows:
        return
    update = sql.SQL("""
        UPDATE {table} AS stored SET {taken} FROM (VALUES %s) AS told ({names})
        WHERE stored.{key} = told.{key}
    """)
    add = sql.SQL("""
        INSERT INTO {table} ({names}) SELECT {key}, {filled} FROM (VALUES %s) AS told ({names})
        ON CONFLICT ({key}) DO NOTHING
    """)
    parts = {
        "table": sql.Identifier(table),
        "key": sql.Identifier(key),
        "names": _names((key, *columns)),
        "filled": _each("coalesce(told.{0}, '{{}}')", columns),
        "taken": _each("{0} = coalesce(told.{0}, stored.{0})", columns),
    }
    template = f"(%s::integer{', %s::integer[]' * len(columns)})"
    for statement in (update, add):
        execute(statement.format(**parts), rows, template=template)


def delete_of_movies(table: str, movie_ids: Sequence[int]) -> None:
    statement = sql.SQL("DELETE FROM {} WHERE movie_id = ANY(%s)").format(sql.Identifier(table))
    with connection.cursor() as cursor:
        cursor.execute(statement.as_string(cursor.cursor), [list(movie_ids)])


def execute(statement: sql.Composable, rows: Sequence[Row], *, template: str | None = None) -> None:
    """Run a statement with `VALUES %s` for all rows."""
    _execute(statement, rows, template, fetch=False)


def execute_returning(
    statement: sql.Composable, rows: Sequence[Row], *, template: str | None = None
) -> list[Row]:
    """Run a statement with `VALUES %s` and `RETURNING` for all rows; what it returns."""
    return list(_execute(statement, rows, template, fetch=True))


def _execute(
    statement: sql.Composable, rows: Sequence[Row], template: str | None, *, fetch: bool
) -> Any:
    with connection.cursor() as cursor:
        return execute_values(
            cursor,
            statement.as_string(cursor.cursor),
            rows,
            template=template,
            page_size=ROWS_PER_STATEMENT,
            fetch=fetch,
        )


def _read(table: SharedTable, keys: list[Any]) -> Mapping[Any, Row]:
    statement = sql.SQL("SELECT {} FROM {} WHERE {} = ANY(%s)").format(
        _names((table.key, *table.compared)), sql.Identifier(table.name), sql.Identifier(table.key)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.as_string(cursor.cursor), [keys])
        return {row[0]: tuple(row[1:]) for row in cursor.fetchall()}


def _upsert(table: SharedTable) -> sql.Composable:
    taken = [
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(column)) for column in table.columns[1:]
    ]
    return sql.SQL("INSERT INTO {} ({}) VALUES %s ON CONFLICT ({}) DO UPDATE SET {}").format(
        sql.Identifier(table.name),
        _names(table.columns),
        sql.Identifier(table.key),
        sql.SQL(", ").join(taken),
    )


def _each(pattern: str, columns: Iterable[str]) -> sql.Composable:
    return sql.SQL(", ").join(sql.SQL(pattern).format(sql.Identifier(c)) for c in columns)


def _names(columns: Iterable[str]) -> sql.Composable:
    return sql.SQL(", ").join(map(sql.Identifier, columns))
