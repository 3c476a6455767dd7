"""Simultaneous work whose order is forced: threads that wait for a lock until it is given up."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic, sleep
from typing import Any

import pytest
from django.db import connection, connections

# Generous: what is to wait may be a process that starts on a busy machine.
BLOCKED_WITHIN_S = 60.0


def in_thread(pool: ThreadPoolExecutor, call: Callable[[], Any]) -> Future[Any]:
    def run() -> Any:
        try:
            return call()
        finally:
            connections.close_all()

    return pool.submit(run)


def wait_until_blocked(count: int = 1) -> None:
    """Wait for `count` other sessions that wait for a lock."""
    deadline = monotonic() + BLOCKED_WITHIN_S
    while monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0] >= count:
                return
        sleep(0.01)
    pytest.fail("no session waits for the lock")
