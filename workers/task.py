"""What all tasks have in common."""

from typing import Any

from celery import Task as CeleryTask
from django.db import InterfaceError, OperationalError, close_old_connections

# Together at most a minute: a message that waits longer belongs to the sweep.
MAX_RETRIES = 4
MAX_BACKOFF_SECONDS = 15


class Task(CeleryTask[Any, Any]):
    """Runs again after a lost worker or a lost database, and keeps connections that are sound."""

    abstract = True
    Request = "workers.events:Request"
    max_retries = MAX_RETRIES
    default_retry_delay = 1
    autoretry_for = (OperationalError, InterfaceError)
    retry_backoff = True
    retry_backoff_max = MAX_BACKOFF_SECONDS
    retry_jitter = True

    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:  # noqa: ARG002
        close_old_connections()
