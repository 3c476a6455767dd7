"""Beat under a lock: of any number of beats one ticks, and another takes over when it dies."""

import logging
from typing import Any

import psycopg2
from django.db import connection
from django_celery_beat.schedulers import DatabaseScheduler

logger = logging.getLogger(__name__)

_LOCK = 0x4E58_BEA7
STANDBY_SECONDS = 1.0


class LockedScheduler(DatabaseScheduler):
    """Holds a session-level advisory lock on a connection of its own while it ticks."""

    _lock_connection: Any = None

    def tick(self, *args: Any, **kwargs: Any) -> float:
        if not self._is_leader():
            return STANDBY_SECONDS
        seconds: float = super().tick(*args, **kwargs)
        return seconds

    def close(self) -> None:
        super().close()
        self._drop_connection()

    def _is_leader(self) -> bool:
        """Whether the lock is held now; the connection is asked each time, it may have died."""
        try:
            if self._lock_connection is not None:
                with self._lock_connection.cursor() as cursor:
                    cursor.execute("SELECT 1")
                return True
            return self._try_lock()
        except psycopg2.Error as error:
            logger.warning("The scheduler lost its lock: %s", error)
            self._drop_connection()
            return False

    def _try_lock(self) -> bool:
        self._lock_connection = psycopg2.connect(**connection.get_connection_params())
        self._lock_connection.autocommit = True
        with self._lock_connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
            (is_leader,) = cursor.fetchone()
        if is_leader:
            logger.info("This scheduler is the one that ticks now")
            self._read_schedule_again()
        else:
            self._drop_connection()
        return bool(is_leader)

    def _read_schedule_again(self) -> None:
        """What the former leader ran since we read the schedule must not run once more."""
        self._initial_read = True
        self._heap = None

    def _drop_connection(self) -> None:
        if self._lock_connection is not None:
            try:
                self._lock_connection.close()
            finally:
                self._lock_connection = None
