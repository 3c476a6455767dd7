"""Whether the database answers, and whether it has the tables that this code expects."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.conf import settings
from django.db import OperationalError, ProgrammingError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from .health import Lane, Unhealthy

SHOWN_MIGRATIONS = 3

Migration = tuple[str, str]


@contextmanager
def _session() -> Iterator[None]:
    """A new connection: one that is open already would not tell whether the next one opens."""
    try:
        try:
            with connection.cursor() as cursor:
                milliseconds = round(settings.HEALTH_TIMEOUT_SECONDS * 1000)
                cursor.execute("SET statement_timeout = %s", [milliseconds])
        except OperationalError as error:
            raise Unhealthy("the database cannot be reached") from error
        yield
    finally:
        connection.close()


DATABASE = Lane(_session)


def check_database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "answers"


def check_migrations() -> str:
    """A database that is ahead of this code is sound: that is each deployment's first half."""
    missing = sorted(_unapplied(_applied()))
    if missing:
        shown = ", ".join(f"{app}.{name}" for app, name in missing[:SHOWN_MIGRATIONS])
        more = ", …" if len(missing) > SHOWN_MIGRATIONS else ""
        raise Unhealthy(f"{len(missing)} not applied: {shown}{more}")
    return "all applied"


def _applied() -> set[Migration]:
    try:
        return set(MigrationRecorder(connection).migration_qs.values_list("app", "name"))
    except ProgrammingError as error:
        raise Unhealthy("the database has never been migrated") from error


def _unapplied(applied: set[Migration]) -> set[Migration]:
    return {
        migration
        for migration, replaced in _expected().items()
        if migration not in applied and not (replaced and applied.issuperset(replaced))
    }


@cache
def _expected() -> dict[Migration, frozenset[Migration]]:
    """The migrations of this code, each with those that it stands for if it is a squashed one."""
    nodes = MigrationLoader(None).graph.nodes
    return {key: frozenset(map(tuple, node.replaces)) for key, node in nodes.items()}
