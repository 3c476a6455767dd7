"""The queries of a library's statistics. All take `user_id`."""

TOP_PEOPLE = 10
# Whoever is in one film of a library is in it by chance.
FEWEST_FILMS_OF_PERSON = 2
LEADING_CAST = 5

SCORES = "SELECT score, count(*) FROM favorites_rating WHERE user_id = %(user_id)s GROUP BY score"

COUNTS = """
    SELECT
        (SELECT count(*) FROM favorites_favorite WHERE user_id = %(user_id)s),
        (SELECT count(*) FROM favorites_watchlistentry WHERE user_id = %(user_id)s),
        (SELECT count(*) FROM favorites_notinterested WHERE user_id = %(user_id)s)
"""

DAYS = """
    SELECT day, sum(viewings), sum(ratings)
    FROM (
        SELECT (watched_at AT TIME ZONE 'UTC')::date AS day, 1 AS viewings, 0 AS ratings
        FROM favorites_watchentry WHERE user_id = %(user_id)s AND watched_at IS NOT NULL
        UNION ALL
        SELECT (rated_at AT TIME ZONE 'UTC')::date, 0, 1
        FROM favorites_rating WHERE user_id = %(user_id)s AND rated_at IS NOT NULL
    ) AS both_kinds
    GROUP BY day ORDER BY day
"""


def _top_people(whose: str) -> str:
    order = "films DESC, mean_score DESC NULLS LAST, person_id"
    return f"""
        (SELECT json_agg(json_build_array(id, name, films, mean_score) ORDER BY {order})
            FROM (SELECT * FROM of_people WHERE {whose} ORDER BY {order} LIMIT {TOP_PEOPLE}) AS top
            JOIN movies_person ON id = person_id)
    """  # noqa: S608  # our own text


# One statement, so that the films are gathered once. Besides `user_id` it takes `watched`, the
# least progress, and `named`, the most films to name. The full join is there for the planner: of
# a union it would not know how many films come out. The condition on credits is that of the
# index `credit_leading_idx`, in whose order a film's people are told apart without sorting them.
FILMS = f"""
    WITH films AS MATERIALIZED (
        SELECT movie_id, score, viewings, progress, coalesce(is_watched, false) AS is_watched
        FROM (
            SELECT movie_id, score FROM favorites_rating WHERE user_id = %(user_id)s
        ) AS rated FULL JOIN (
            SELECT movie_id, count(*) AS viewings, sum(progress) AS progress,
                max(progress) >= %(watched)s AS is_watched
            FROM favorites_watchentry WHERE user_id = %(user_id)s GROUP BY movie_id
        ) AS seen USING (movie_id)
    ), known AS MATERIALIZED (
        SELECT films.*, year / 10 * 10 AS decade, runtime,
            CASE WHEN runtime IS NULL THEN title END AS title
        FROM films JOIN movies_movie ON id = movie_id
    ), mine AS (
        SELECT * FROM films WHERE score IS NOT NULL OR is_watched
    ), of_genres AS (
        SELECT genre_id, count(*) AS films, avg(score) AS mean_score
        FROM mine JOIN movies_movie_genres USING (movie_id) GROUP BY genre_id
    ), of_decades AS (
        SELECT decade, count(*) AS films, avg(score) AS mean_score
        FROM known WHERE score IS NOT NULL OR is_watched GROUP BY decade
    ), of_people AS MATERIALIZED (
        SELECT is_cast, person_id, count(*) AS films,
            sum(score)::numeric / nullif(count(score), 0) AS mean_score
        FROM mine CROSS JOIN LATERAL (
            SELECT DISTINCT is_cast, person_id FROM movies_credit
            WHERE movie_id = mine.movie_id
              AND ((is_cast AND position < {LEADING_CAST}) OR (NOT is_cast AND job = 'Director'))
        ) AS credited
        GROUP BY is_cast, person_id HAVING count(*) >= {FEWEST_FILMS_OF_PERSON}
    )
    SELECT
        (SELECT json_agg(json_build_array(id, name, slug, films, mean_score)
                ORDER BY films DESC, name)
            FROM of_genres JOIN movies_genre ON id = genre_id),
        (SELECT json_agg(json_build_array(decade, films, mean_score) ORDER BY decade)
            FROM of_decades),
        {_top_people("NOT is_cast")},
        {_top_people("is_cast")},
        (SELECT json_build_array(coalesce(sum(viewings), 0), count(*) FILTER (WHERE is_watched),
                coalesce(sum(progress * runtime), 0),
                count(viewings) FILTER (WHERE runtime IS NULL))
            FROM known),
        (SELECT json_agg(json_build_array(movie_id, title) ORDER BY title, movie_id)
            FROM (
                SELECT movie_id, title FROM known WHERE runtime IS NULL AND viewings IS NOT NULL
                ORDER BY title, movie_id LIMIT %(named)s
            ) AS named)
"""  # noqa: S608  # our own text
