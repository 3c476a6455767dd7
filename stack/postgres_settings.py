"""How our own PostgreSQL is set up."""

import os
from collections.abc import Mapping
from pathlib import Path

_LIMIT_OF_CONTAINER = Path("/sys/fs/cgroup/memory.max")


def _megabytes(*, part_of_memory: float, most: int) -> str:
    """A part of the memory, as PostgreSQL writes sizes."""
    return f"{min(int(_memory() * part_of_memory) >> 20, most)}MB"


def _memory() -> int:
    """Of the machine, or as much of it as our container may take; in bytes."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(machine, int(_LIMIT_OF_CONTAINER.read_text()))
    except (OSError, ValueError):
        return machine


# Searches and filters read what a million films are found by, some 900 MB: pages that are not among
# the buffers cost several times as much, even if the operating system has them. Memory that is not
# used is not taken. Commits stay durable.
POSTGRES_SETTINGS: Mapping[str, str] = {
    "shared_buffers": _megabytes(part_of_memory=1 / 8, most=1024),
    "effective_cache_size": _megabytes(part_of_memory=1 / 2, most=4096),
    "maintenance_work_mem": "128MB",
    "max_connections": "100",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    # When a write and the list that has seen it committed: how fresh lists are.
    "track_commit_timestamp": "on",
    # A refused row stands whole in the DETAIL and STATEMENT of its error, personal data included.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
# For data that nobody needs after this machine stops. What was committed still survives a
# kill -9 of the server: it has been handed to the operating system by then.
EPHEMERAL_POSTGRES_SETTINGS: Mapping[str, str] = {
    "shared_buffers": "128MB",
    "max_connections": "200",
    "track_commit_timestamp": "on",
    "fsync": "off",
    "full_page_writes": "off",
}
