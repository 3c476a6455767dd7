"""The same queries as a search by trigrams of titles would answer them, in a table of its own."""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import psycopg2

from tests.benchmarks.search.asking import Figures, Hit, ask, summarise
from tests.benchmarks.search.queries import KINDS, Query
from tests.benchmarks.sync import say

SAMPLED_EACH = 60
WARM_UP = 5
_TABLE = """
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE TABLE bench_title AS SELECT id, title FROM movies_movie;
    CREATE INDEX bench_title_idx ON bench_title USING gin (title gin_trgm_ops);
"""
# Of words rather than of whole strings: a part of a title is found as well.
_SEARCH = """
    SELECT id, title FROM bench_title
    WHERE title %%> %(text)s ORDER BY %(text)s <<-> title LIMIT 20
"""


def measure_baseline(database_url: str, queries: Sequence[Query]) -> dict[str, Figures]:
    """The first queries of each kind: some take seconds."""
    sampled = [
        query
        for kind in KINDS
        for query in [each for each in queries if each.kind == kind][:SAMPLED_EACH]
    ]
    with closing(psycopg2.connect(database_url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor, _table(cursor):
            ask(sampled[:: max(len(sampled) // WARM_UP, 1)], lambda text: _find(cursor, text))
            return summarise(ask(sampled, lambda text: _find(cursor, text)))


@contextmanager
def _table(cursor: Any) -> Iterator[None]:
    began = time.monotonic()
    cursor.execute(_TABLE)
    cursor.execute("VACUUM ANALYZE bench_title")
    say(f"\nWrote a table of titles with an index in {time.monotonic() - began:.1f} s.")
    try:
        yield
    finally:
        cursor.execute("DROP TABLE bench_title")


def _find(cursor: Any, text: str) -> list[Hit]:
    cursor.execute(_SEARCH, {"text": text})
    return [Hit(movie, title) for movie, title in cursor.fetchall()]
