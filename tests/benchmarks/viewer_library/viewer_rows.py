"""Viewers and their libraries, written by the database itself.

How much viewers rate is spread as in reality: the median viewer half of the mean, few very much.
The first has rated `heavy` films, more than anybody else.
"""

from collections.abc import Iterator

from tests.benchmarks.viewer_library.catalogue_rows import GENRES

HEAVY_VIEWER = 1
OPERATOR = 2
LIST_LENGTH = 200
SHOWN = 100
# Of a log-normal distribution whose median is half of its mean.
SPREAD = 1.18
# Films that chance gives a viewer twice count once; the spread's end is cut off.
SURPLUS = 1.04

CONSTANTS = {"list_length": LIST_LENGTH, "shown": SHOWN, "spread": SPREAD, "genres": GENRES}

USER_ROWS = """
    INSERT INTO users_user (id, password, is_superuser, email, display_name, origin, is_staff,
        is_active, date_joined)
    SELECT n, '!', n = 2, 'viewer' || n || '@example.com', 'Viewer ' || n, 'registered', n = 2,
        true, now()
    FROM generate_series(1, %(users)s) AS n;
    INSERT INTO users_session (id, user_id, refresh_jti, device, created_at, last_seen_at,
        expires_at)
    SELECT gen_random_uuid(), id, gen_random_uuid(), 'Benchmark', now(), now(),
        now() + interval '30 days'
    FROM users_user, generate_series(1, 2);
    INSERT INTO favorites_taste (user_id, revision, listed_revision, is_realtime, changed_at,
        listed_at, nudges)
    SELECT id, 1, 1, true, now(), now(), 0 FROM users_user
"""

# Rows come in the order of their moments, so that those of a viewer lie scattered.
RATING_ROWS = """
    CREATE TEMP TABLE bench_rating AS
    SELECT n AS user_id, movie_id
    FROM (
        SELECT n, least(%(films)s / 10, ceil(%(median)s
            * exp(%(spread)s * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()))))::int
            AS wanted
        FROM generate_series(2, %(users)s) AS n
    ) AS viewer
    CROSS JOIN LATERAL (
        SELECT DISTINCT 1 + floor(%(films)s * random() ^ 2)::int AS movie_id
        FROM generate_series(1, viewer.wanted)
    ) AS film
    UNION ALL
    SELECT 1, 1 + (n - 1) * (%(films)s / %(heavy)s) FROM generate_series(1, %(heavy)s) AS n;
    INSERT INTO favorites_rating (user_id, movie_id, score, rated_at, created_at, updated_at)
    SELECT user_id, movie_id, 1 + floor(10 * random() ^ 0.6), moment, moment, moment
    FROM (
        SELECT *, now() - random() * interval '4 years' AS moment FROM bench_rating
    ) AS drawn ORDER BY moment
"""

OTHER_ROWS = """
    INSERT INTO favorites_favorite (user_id, movie_id, created_at)
    SELECT user_id, movie_id, rated_at FROM favorites_rating WHERE random() < 0.2;
    INSERT INTO favorites_watchentry (user_id, movie_id, watched_at, progress, created_at,
        updated_at)
    SELECT user_id, movie_id,
        CASE WHEN random() < 0.9 THEN rated_at - viewing * interval '1 year' END,
        CASE WHEN random() < 0.9 THEN 100 ELSE 40 END, rated_at, rated_at
    FROM favorites_rating, generate_series(0, 1) AS viewing
    WHERE viewing = 0 AND (user_id = 1 OR random() < 0.5) OR viewing = 1 AND random() < 0.1;
    INSERT INTO favorites_watchlistentry (user_id, movie_id, created_at)
    SELECT id, 1 + floor(%(films)s * random() ^ 2)::int, now() - random() * interval '4 years'
    FROM users_user, generate_series(1, CASE WHEN id = 1 THEN %(heavy)s / 10 ELSE 15 END)
    ON CONFLICT DO NOTHING;
    INSERT INTO favorites_notinterested (user_id, movie_id, created_at)
    SELECT id, 1 + floor(%(films)s * random() ^ 2)::int, now() - random() * interval '4 years'
    FROM users_user, generate_series(1, CASE WHEN id = 1 THEN %(heavy)s / 40 ELSE 5 END)
    ON CONFLICT DO NOTHING;
    INSERT INTO favorites_notinterested (user_id, person_id, created_at)
    SELECT id, 1 + floor(%(people)s * random() ^ 2)::int, now()
    FROM users_user, generate_series(1, 2 + 0 * id) WHERE id = 1 OR id %% 5 = 0
    ON CONFLICT DO NOTHING;
    INSERT INTO favorites_notinterested (user_id, genre_id, created_at)
    SELECT id, 1 + id %% %(genres)s, now() FROM users_user WHERE id = 1 OR id %% 10 = 0
"""

# Places go to films by the sixth power of what spreads evenly, and reasons to ten films of those
# that the viewer likes, the best known. Such draws have a Gini coefficient of .71 over the films,
# before those that come twice or are known are left out; lists of MovieLens 1M have .92
# (docs/ALGORITHM.md).
LIST_ROWS = """
    INSERT INTO recommendations_modelversion (id, created_at, attempts, error, kind, state, phase,
        users_done, shard_count, publish, origin, settings, arrays, seconds, metrics, user_count,
        item_count, rating_count, favorite_count, simulated_user_count, simulated_rating_count,
        highest_rating_id, highest_favorite_id)
    VALUES (1, now(), 0, '', 'local_ridge', 'ready', 'done', 0, 0, true, '', '{}', '{}', '{}', '{}',
        %(users)s, %(films)s, 0, 0, 0, 0, 0, 0);
    INSERT INTO recommendations_generation (id, created_at, attempts, error, model_version_id,
        state, publish, activated_at, shard_count, user_count, list_count, popular_movie_ids)
    VALUES (1, now(), 0, '', 1, 'active', true, now(), 1, %(users)s, %(users)s,
        ARRAY(SELECT generate_series(1, %(list_length)s)));
    INSERT INTO recommendations_activegeneration (id, generation_id, changed_at)
    VALUES (1, 1, now())
    ON CONFLICT (id) DO UPDATE SET generation_id = 1, changed_at = now();
    -- As real lists: of what the viewer does not know, and for the sake of what is liked.
    INSERT INTO recommendations_recommendationlist (user_id, generation_id, revision, movie_ids,
        scores, sources, because_movie_ids, because_shares, created_at)
    SELECT viewer.id, 1, 1, list.ids,
        ARRAY(SELECT (%(list_length)s - k)::real FROM generate_series(1, list.length) AS k),
        array_fill(1::smallint, ARRAY[list.length]),
        ARRAY(SELECT COALESCE(liked.ids[1 + k %% NULLIF(cardinality(liked.ids), 0)], 0)
            FROM generate_series(1, 2 * list.length) AS k),
        array_fill(400::smallint, ARRAY[2 * list.length]), now()
    FROM users_user AS viewer
    CROSS JOIN LATERAL (
        SELECT ARRAY(
            SELECT movie_id FROM favorites_rating AS rating
            WHERE user_id = viewer.id AND score >= 7 AND NOT EXISTS (
                SELECT FROM favorites_notinterested AS hidden
                WHERE hidden.user_id = viewer.id AND hidden.movie_id = rating.movie_id
            ) ORDER BY movie_id LIMIT 10
        ) AS ids
    ) AS liked
    CROSS JOIN LATERAL (
        SELECT array_agg(id ORDER BY k) AS ids, count(*)::int AS length FROM (
            SELECT min(k) AS k, id FROM generate_series(1, 3 * %(list_length)s) AS k
            CROSS JOIN LATERAL (SELECT 1 + floor(%(films)s
                * ((viewer.id * .7548776662 + k * .6180339887) %% 1)::float ^ 6)::int AS id) AS film
            WHERE NOT EXISTS (SELECT FROM favorites_rating
                WHERE user_id = viewer.id AND movie_id = film.id)
              AND NOT EXISTS (SELECT FROM favorites_favorite
                WHERE user_id = viewer.id AND movie_id = film.id)
              AND NOT EXISTS (SELECT FROM favorites_watchentry
                WHERE user_id = viewer.id AND movie_id = film.id)
              AND NOT EXISTS (SELECT FROM favorites_notinterested
                WHERE user_id = viewer.id AND movie_id = film.id)
            GROUP BY id ORDER BY k LIMIT %(list_length)s
        ) AS unknown
    ) AS list
"""

# The first places of each list within the last month, of which one in twenty was clicked.
IMPRESSION_ROWS = """
    INSERT INTO recommendations_impression (user_id, list_id, generation_id, model_version_id,
        movie_id, position, source, score, propensity, surface, row, shown_at, clicked_at)
    SELECT user_id, id, generation_id, 1, movie_id, position - 1, source, score, 1, 'list', '',
        moment, CASE WHEN random() < 0.05 THEN moment END
    FROM (
        SELECT list.user_id, list.id, list.generation_id, place.*,
            now() - random() * interval '29 days' AS moment
        FROM recommendations_recommendationlist AS list,
            unnest(list.movie_ids[:%(shown)s], list.scores[:%(shown)s], list.sources[:%(shown)s])
                WITH ORDINALITY AS place (movie_id, score, source, position)
    ) AS drawn ORDER BY moment
"""


def statements() -> Iterator[tuple[str, str]]:
    """What each writes, and the statement, in their order."""
    yield "viewers", USER_ROWS
    yield "ratings", RATING_ROWS
    yield "the rest of their libraries", OTHER_ROWS
    yield "their lists", LIST_ROWS
    yield "what they were shown", IMPRESSION_ROWS
