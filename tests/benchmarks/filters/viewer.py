"""A viewer who rated many films that many know, and a token of theirs."""

import random
from contextlib import closing

import psycopg2

from tests.benchmarks.viewer_library.drawing import Drawing
from tests.benchmarks.viewer_library.filling import Sizes
from tests.benchmarks.viewer_library.viewer_rows import USER_ROWS
from tests.flows.live import LivePlatform

VIEWER = 1
RATINGS = 1_000
# Rated are films among so many times as many that have the most votes.
AMONG = 3
_RATINGS = """
    INSERT INTO favorites_rating (user_id, movie_id, score, rated_at, created_at, updated_at)
    SELECT %(viewer)s, id, 8, now(), now(), now() FROM (
        SELECT id FROM movies_movie ORDER BY vote_count DESC, id LIMIT %(among)s
    ) AS known ORDER BY md5(id::text) LIMIT %(ratings)s
"""
_WATCHED = """
    INSERT INTO favorites_watchentry (user_id, movie_id, watched_at, progress, created_at,
        updated_at)
    SELECT user_id, movie_id, now(), 100, now(), now() FROM favorites_rating WHERE movie_id %% 2 = 0
"""


def write_viewer(live: LivePlatform) -> None:
    values = {"viewer": VIEWER, "ratings": RATINGS, "among": AMONG * RATINGS}
    with (
        closing(psycopg2.connect(live.database_url)) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        for statements in (USER_ROWS, _RATINGS, _WATCHED):
            cursor.execute(statements, {"users": VIEWER} | values)


def token_of_viewer(live: LivePlatform, *, films: int) -> str:
    """Signed in this process, where Django has the platform's settings."""
    sizes = Sizes(films=films, users=VIEWER, ratings=RATINGS)
    return Drawing(live.database_url, sizes, random.Random(VIEWER)).access_token(VIEWER)
