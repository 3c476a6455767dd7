"""A thread that hears what PostgreSQL notifies, on a connection of its own."""

import contextlib
import logging
import os
import random
import select
import threading
from collections.abc import Callable
from typing import Any

import psycopg2
from django.db import connections

from . import counts
from .notifications import CHANNEL, Nudge, read

logger = logging.getLogger(__name__)

APPLICATION_NAME = "nexus-push-listen"
LEAST_PAUSE_SECONDS = 0.1
MOST_PAUSE_SECONDS = 5.0


class Listener:
    """Calls `on_nudges` with what is heard.

    After each connect that is one nudge for all, because nobody knows what was missed.
    """

    def __init__(self, on_nudges: Callable[[list[Nudge]], None]) -> None:
        self._on_nudges = on_nudges
        self._is_stopping = threading.Event()
        self._stop_read, self._stop_write = os.pipe()
        # A daemon, so that a database that hangs keeps no process from ending.
        self._thread = threading.Thread(target=self._run, name="push-listener", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._is_stopping.set()
        os.write(self._stop_write, b".")
        self._thread.join(timeout=2)

    def _run(self) -> None:
        pause = LEAST_PAUSE_SECONDS
        while not self._is_stopping.is_set():
            try:
                with contextlib.closing(_connect()) as connection:
                    pause = LEAST_PAUSE_SECONDS
                    self._listen(connection)
            except Exception as error:  # noqa: BLE001  # whatever it is, nobody else would listen
                counts.LOST.inc()
                # Not the driver's text, which may name the account.
                logger.warning("Push hears no notifications: %s", type(error).__name__)
            self._is_stopping.wait(pause * random.uniform(0.5, 1.0))  # noqa: S311  # no secret
            pause = min(pause * 2, MOST_PAUSE_SECONDS)

    def _listen(self, connection: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        logger.info("Push hears notifications")
        self._on_nudges([Nudge(is_for_all=True)])
        waiting = select.poll()
        for file in (connection, self._stop_read):
            waiting.register(file, select.POLLIN)
        while not self._is_stopping.is_set():
            # Not `select`, which takes no file beyond the first thousand: streams are files.
            waiting.poll()
            connection.poll()
            heard = dict.fromkeys(notify.payload for notify in connection.notifies)
            connection.notifies.clear()
            if heard:
                self._on_nudges([read(payload) for payload in heard])


def _connect() -> Any:
    parameters = connections["default"].get_connection_params()
    # Django's own cursors belong to its own connections.
    parameters.pop("cursor_factory", None)
    connection = psycopg2.connect(**parameters | {"application_name": APPLICATION_NAME})
    connection.autocommit = True
    return connection
