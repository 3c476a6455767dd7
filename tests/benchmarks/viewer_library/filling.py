"""Fills an empty platform with a catalogue and viewers, and says how long that took."""

import time
from dataclasses import dataclass
from typing import Any

import psycopg2

from tests.benchmarks.sync import say
from tests.benchmarks.viewer_library import catalogue_rows, viewer_rows

COUNTED = {
    "films": "movies_movie",
    "people": "movies_person",
    "credits": "movies_credit",
    "users": "users_user",
    "ratings": "favorites_rating",
    "favorites": "favorites_favorite",
    "viewings": "favorites_watchentry",
    "watchlisted": "favorites_watchlistentry",
    "not_interested": "favorites_notinterested",
    "lists": "recommendations_recommendationlist",
    "impressions": "recommendations_impression",
}
MOST_OF_ONE = 20_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Sizes:
    films: int
    users: int
    ratings: int

    @property
    def heavy(self) -> int:
        """The ratings of the viewer who has the most."""
        return min(MOST_OF_ONE, self.films // 5)

    @property
    def people(self) -> int:
        return self.films * catalogue_rows.PEOPLE_PER_FILM

    @property
    def genres(self) -> int:
        return catalogue_rows.GENRES

    @property
    def parameters(self) -> dict[str, Any]:
        mean = (self.ratings - self.heavy) / self.users
        return {
            "films": self.films,
            "people": self.people,
            "users": self.users,
            "heavy": self.heavy,
            "median": mean / 2 * viewer_rows.SURPLUS,
            **catalogue_rows.CONSTANTS,
            **viewer_rows.CONSTANTS,
        }


def fill(database_url: str, sizes: Sizes) -> dict[str, int]:
    """How many rows of each kind there are now."""
    connection = psycopg2.connect(database_url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        # The keys are right by construction; checking each would take as long as all the rest.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SELECT setseed(0.5)")
        for name, statement in (*catalogue_rows.statements(), *viewer_rows.statements()):
            began = time.monotonic()
            cursor.execute(statement, sizes.parameters)
            say(f"Wrote {name} in {time.monotonic() - began:.1f} s.")
        _settle(cursor)
        counts = {name: _count(cursor, table) for name, table in COUNTED.items()}
    connection.close()
    return counts


def _settle(cursor: Any) -> None:
    """What an old database has: statistics, visible pages, sequences beyond the last row."""
    for table in ("movies_movie", "users_user", "recommendations_modelversion"):
        _advance(cursor, table)
    _advance(cursor, "recommendations_generation")
    cursor.execute("VACUUM ANALYZE")
    cursor.execute("CHECKPOINT")


def _advance(cursor: Any, table: str) -> None:
    cursor.execute(
        f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"  # noqa: S608  # a table of our models
    )


def _count(cursor: Any, table: str) -> int:
    cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608  # a table of our models
    return int(cursor.fetchone()[0])
