"""All that `make up` or Compose starts finds room in the database, with some to spare."""

import re
from itertools import pairwise

import pytest

from stack.postgres_settings import POSTGRES_SETTINGS
from tests.deployment.test_commands import QUEUE_WORKERS, SERVICES, supervised

# As in movie_backend/gunicorn.py, whose configuration tests/apps/test_web_server.py reads.
WEB_PROCESSES, WEB_THREADS = 2, 4
# Each web process asks for its health by a connection of its own.
OF_HEALTH = 1
# Its threads, those that listen, compare and answer probes, and one for its start (ADR 0041).
OF_PUSH = 4 + 4
# The ticking beat, its lock, and another beat that waits for it.
OF_BEATS = 4
# An operator's shell, commands, a backup, and what PostgreSQL keeps for superusers.
SPARE = 20


def _web() -> int:
    return WEB_PROCESSES * (WEB_THREADS + OF_HEALTH)


def _workers() -> int:
    """Of each child of the pool, and of the process that starts them."""
    return sum(1 + _concurrency(supervised()[name]) for name in QUEUE_WORKERS)


def _concurrency(command: list[str]) -> int:
    (number,) = (int(value) for option, value in pairwise(command) if option == "-c")
    return number


def _most_of_compose() -> int:
    command = " ".join(SERVICES["postgres"]["command"])
    (number,) = re.findall(r"max_connections=([0-9]+)", command)
    return int(number)


@pytest.mark.parametrize(
    ("most", "hosts"),
    [(int(POSTGRES_SETTINGS["max_connections"]), 2), (_most_of_compose(), 5)],
    ids=["make up", "compose"],
)
def test_one_database_has_room_for_several_hosts(most: int, hosts: int) -> None:
    """More so for one, and for a deployment whose old processes are still there."""
    assert hosts * (_web() + OF_PUSH + _workers()) + OF_BEATS + SPARE <= most
