"""Writes the same lists that the platform has, one row per recommendation."""

import time

from tests.benchmarks.sync import say
from tests.flows.live import LivePlatform

SETTINGS = "tests.benchmarks.serving.ordinary.settings"
_ROWS = """
    SET session_replication_role = replica;
    SET synchronous_commit = off;
    INSERT INTO ordinary_recommendation (user_id, movie_id, rank, score, source)
    SELECT list.user_id, place.movie_id, place.rank, place.score,
        (ARRAY['personal', 'similar', 'trending', 'popular', 'explored'])[place.source]
    FROM recommendations_recommendationlist AS list,
        unnest(list.movie_ids, list.scores, list.sources)
            WITH ORDINALITY AS place (movie_id, score, source, rank)
    ORDER BY list.user_id, place.rank;
    INSERT INTO ordinary_because (recommendation_id, movie_id, position, contribution)
    SELECT row.id, film.movie_id, film.position, film.share / 1000.0
    FROM recommendations_recommendationlist AS list
    JOIN ordinary_recommendation AS row USING (user_id),
        unnest(list.because_movie_ids[2 * row.rank - 1:2 * row.rank],
            list.because_shares[2 * row.rank - 1:2 * row.rank])
            WITH ORDINALITY AS film (movie_id, share, position)
    WHERE film.movie_id > 0
    ORDER BY row.id, film.position
"""


def fill_ordinary(live: LivePlatform) -> None:
    began = time.monotonic()
    live.manage("migrate", "-v0", "--run-syncdb", f"--settings={SETTINGS}")
    live.execute(_ROWS)
    for table in ("ordinary_recommendation", "ordinary_because"):
        live.execute(f"VACUUM ANALYZE {table}")
    say(f"Wrote the ordinary rows in {time.monotonic() - began:.1f} s.")
