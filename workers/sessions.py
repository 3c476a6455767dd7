"""Database sessions of worker processes."""

from typing import Any

from celery.signals import worker_process_init
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


def limit_statements(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Have the server end what a task of ours would not wait for; it notices no killed client."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = %s", [f"{settings.CELERY_TASK_SOFT_TIME_LIMIT}s"])


def begin(**_: Any) -> None:
    connection_created.connect(limit_statements, dispatch_uid="workers.limit_statements")


worker_process_init.connect(begin, dispatch_uid="workers.sessions")
