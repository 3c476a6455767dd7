"""Empties the database after a test whose transactions were committed: the tables that have rows.

Django truncates every table, each some files, and has content types, permissions and the schedule
made anew. These rows may stay while they are as they were made; else Django's own way is taken.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase

MADE_AT_MIGRATION = (
    "auth_permission",
    "django_celery_beat_clockedschedule",
    "django_celery_beat_crontabschedule",
    "django_celery_beat_intervalschedule",
    "django_celery_beat_periodictask",
    "django_celery_beat_periodictasks",
    "django_celery_beat_solarschedule",
    "django_content_type",
)
FINGERPRINT = "SELECT md5(string_agg(row::text, ',' ORDER BY row::text)) FROM {} AS row"
HAS_ROWS = "SELECT '{0}' WHERE EXISTS (SELECT FROM {0})"


@contextmanager
def emptying_what_has_rows() -> Iterator[None]:
    thorough = TransactionTestCase._fixture_teardown  # noqa: SLF001
    made: list[str] = []

    def empty(case: TransactionTestCase) -> None:
        if made and made == _fingerprints():
            _delete_rows()
        else:
            thorough(case)
            made[:] = _fingerprints()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield


def _fingerprints() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(map(FINGERPRINT.format, MADE_AT_MIGRATION)))
        return [fingerprint for (fingerprint,) in cursor.fetchall()]


def _delete_rows() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        # Neither keys nor triggers matter: all rows go.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(" UNION ALL ".join(map(HAS_ROWS.format, _tables())))
        for (table,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608  # a table of our models


@cache
def _tables() -> list[str]:
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return sorted(set(tables) - set(MADE_AT_MIGRATION))
