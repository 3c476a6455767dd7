"""Query counts pinned in `tests/query_counts.json`; transaction control is not counted.

`UPDATE_QUERY_COUNTS=1 make test` writes what was measured into the file instead.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection
from django.test.utils import CaptureQueriesContext

FILE = Path(__file__).resolve().parents[1] / "query_counts.json"
_CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE SAVEPOINT")
# What a connection or a process does once, and tests in an order that nobody knows: statements are
# prepared, and the names of genres are read.
_ONCE = ("PREPARE ", "SELECT id, name, slug, xmin")
_UNCOUNTED = (*_CONTROL, *_ONCE)


def pinned() -> dict[str, int]:
    counts: dict[str, int] = json.loads(FILE.read_text())
    return counts


@contextmanager
def captured_queries() -> Iterator[list[str]]:
    """The statements of the block, filled in when it ends."""
    statements: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield statements
    statements += [query["sql"] for query in captured if not query["sql"].startswith(_UNCOUNTED)]


@contextmanager
def counted(name: str) -> Iterator[None]:
    with captured_queries() as statements:
        yield
    if os.environ.get("UPDATE_QUERY_COUNTS"):
        counts = pinned() | {name: len(statements)}
        FILE.write_text(json.dumps(counts, indent=2, sort_keys=True) + "\n")
    assert len(statements) == pinned().get(name), "\n".join([name, *statements])
