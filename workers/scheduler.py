"""Beat under a lock: of any number of beats one ticks, and another takes over when it dies."""

import logging
import time
from functools import cached_property
from typing import Any

import psycopg2
from django.conf import settings
from django.db import Error, close_old_connections, connection
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler, ModelEntry
from kombu import Connection
from kombu.exceptions import OperationalError

from apps.core import heartbeats

from .schedule import CANARIES

logger = logging.getLogger(__name__)

_LOCK = 0x4E58_BEA7
STANDBY_SECONDS = 1.0
# One message is tried this long; all of those that are due together well within a heartbeat's age.
TRANSPORT_OPTIONS = {"socket_timeout": 1, "socket_connect_timeout": 1, "max_retries": 0}


class BeatLock:
    """A session-level advisory lock on a connection of its own."""

    def __init__(self) -> None:
        self._session: psycopg2.extensions.connection | None = None

    def is_held(self) -> bool:
        """Whether the lock is still ours; the session is asked, it may have ended."""
        if self._session is None:
            return False
        try:
            with self._session.cursor() as cursor:
                cursor.execute("SELECT 1")
        except psycopg2.Error as error:
            logger.warning("The scheduler lost its lock: %s", error)
            self.release()
        return self._session is not None

    def acquire(self) -> bool:
        """Take the lock if it is free and the database can be reached."""
        try:
            self._session = psycopg2.connect(**connection.get_connection_params())
            self._session.autocommit = True
            with self._session.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
                row = cursor.fetchone()
        except psycopg2.Error as error:
            logger.warning("The scheduler cannot ask for its lock: %s", error)
            row = None
        if row is None or not row[0]:
            self.release()
        return self._session is not None

    def release(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None


class Entry(ModelEntry):  # type: ignore[misc]  # the library has no types
    """Writes only when a task was sent: the library reads the row and writes all of it back.

    What an operator saved in between would be lost.
    """

    def save(self) -> None:
        # A task that was switched off waits for its next time when it is switched on again.
        PeriodicTask.objects.filter(pk=self.model.pk, enabled=True).update(
            last_run_at=self.model.last_run_at, total_run_count=self.model.total_run_count
        )


class LockedScheduler(DatabaseScheduler):  # type: ignore[misc]  # the library has no types
    """Ticks only while it holds the lock, and shows that it does."""

    Entry = Entry

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.lock = BeatLock()
        self._next_heartbeat = 0.0
        super().__init__(*args, **kwargs)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        if not self.lock.is_held():
            if not self.lock.acquire():
                return STANDBY_SECONDS
            logger.info("This scheduler is the one that ticks now")
            self._read_schedule_again()
            self._send_canaries()
        self._record_heartbeat()
        seconds: float = super().tick(*args, **kwargs)
        return seconds

    def close(self) -> None:
        super().close()
        self.lock.release()

    @cached_property
    def connection(self) -> Connection:
        """Gives up soon: without a broker the scheduler goes on to tick."""
        opened: Connection = self.app.connection_for_write(transport_options=TRANSPORT_OPTIONS)
        return opened

    def _ensure_connected(self) -> Connection:
        # The library waits here until there is a broker; each message connects by itself.
        return self.connection

    def _read_schedule_again(self) -> None:
        """What the former leader ran since we read the schedule must not run once more."""
        # A change noticed only after the first message was sent would send it once more.
        self.schedule_changed()
        self._initial_read = True
        self._heap = None

    def _send_canaries(self) -> None:
        """At once, so that who waits for the platform to be ready need not wait for their turn."""
        for canary in CANARIES.values():
            try:
                self.send_task(
                    canary.task, expires=canary.expires, producer=self.producer, retry=False
                )
            except (OperationalError, OSError) as error:
                logger.warning("No canaries sent: %s", error)
                return

    def _record_heartbeat(self) -> None:
        if time.monotonic() < self._next_heartbeat:
            return
        self._next_heartbeat = time.monotonic() + settings.HEALTH_BEAT_SECONDS
        close_old_connections()
        try:
            heartbeats.record(name=heartbeats.BEAT)
        except Error as error:
            logger.warning("The scheduler's heartbeat was not recorded: %s", error)
