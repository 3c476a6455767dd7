"""Titles whose details are old are fetched again, the oldest first."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from .preparing import Preparation, begin_titles

_OLD = """
    FROM movies_movie
    WHERE synced_at < %(before)s AND tmdb_id IS NOT NULL AND tombstoned_at IS NULL
"""
_ENQUEUE = f"""
    INSERT INTO movies_synctitle (run_id, position, tmdb_id)
    SELECT %(run_id)s, row_number() OVER (ORDER BY synced_at, tmdb_id), tmdb_id {_OLD}
    ON CONFLICT (run_id, tmdb_id) DO NOTHING
"""  # two constants


def prepare(work: Preparation) -> None:
    at = work.clock()
    with work.saving() as held, connection.cursor() as cursor:
        cursor.execute(_ENQUEUE, {"run_id": held.pk, "before": cutoff(held.scope, at=at)})
        begin_titles(held, queued=cursor.rowcount)


def cutoff(scope: dict[str, int], *, at: datetime) -> datetime:
    days: int = scope.get("older_than_days") or settings.TMDB_REFRESH_DAYS
    return at - timedelta(days=days)


def count_old(scope: dict[str, int], *, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {_OLD}", {"before": cutoff(scope, at=at)})
        return int(cursor.fetchone()[0])
