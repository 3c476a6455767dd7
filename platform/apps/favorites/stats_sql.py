"""The queries of a library's statistics. All take `user_id`."""

TOP_PEOPLE = 10
# Whoever is in one film of a library is in it by chance.
FEWEST_FILMS_OF_PERSON = 2
LEADING_CAST = 5

COUNTS = """
    SELECT
        (SELECT count(*) FROM favorites_favorite WHERE user_id = %(user_id)s),
        (SELECT count(*) FROM favorites_watchlistentry WHERE user_id = %(user_id)s),
        (SELECT count(*) FROM favorites_notinterested WHERE user_id = %(user_id)s)
"""


def _top_people(whose: str) -> str:
    order = "films DESC, mean_score DESC NULLS LAST, person_id"
    return f"""
        (SELECT json_agg(json_build_array(id, name, films, mean_score) ORDER BY {order})
            FROM (SELECT * FROM of_people WHERE {whose} ORDER BY {order} LIMIT {TOP_PEOPLE}) AS top
            JOIN movies_person ON id = person_id)
    """  # noqa: S608  # our own text


# One statement, so that all is of one moment and the viewer's rows are read once. Besides `user_id`
# it takes `today`, `watched`, the least progress, and `named`, the most films to name.
#
# What is known of the films is looked up by arrays of their ids in order, in one walk of an index
# (`credit_leading_idx`, whose condition is that on credits, and `movie_facts_idx`). The joins with
# it are full ones for the planner, which takes any array for ten elements and might loop over both
# sides. Days are numbers, 1 the first of the year 1; where a clock was ahead, today stands.
LIBRARY = f"""
    WITH rated AS MATERIALIZED (
        SELECT movie_id, score, rated_at FROM favorites_rating WHERE user_id = %(user_id)s
    ), viewed AS MATERIALIZED (
        SELECT movie_id, progress, watched_at FROM favorites_watchentry
        WHERE user_id = %(user_id)s
    ), films AS MATERIALIZED (
        SELECT movie_id, score, coalesce(viewings, 0) AS viewings, progress,
            coalesce(is_watched, false) AS is_watched
        FROM rated FULL JOIN (
            SELECT movie_id, count(*) AS viewings, sum(progress) AS progress,
                max(progress) >= %(watched)s AS is_watched
            FROM viewed GROUP BY movie_id
        ) AS seen USING (movie_id)
        ORDER BY movie_id
    ), known AS MATERIALIZED (
        SELECT films.*, year / 10 * 10 AS decade, runtime
        FROM films FULL JOIN (
            SELECT id, year, runtime FROM movies_movie
            WHERE id = ANY (ARRAY(SELECT movie_id FROM films))
              AND (year IS NOT NULL OR runtime IS NOT NULL)
        ) AS facts ON id = movie_id
    ), mine AS MATERIALIZED (
        SELECT movie_id, score FROM films WHERE score IS NOT NULL OR is_watched ORDER BY movie_id
    ), of_genres AS (
        SELECT genre_id, count(genre_id) AS films, avg(score) AS mean_score
        FROM mine FULL JOIN (
            SELECT movie_id, genre_id FROM movies_movie_genres
            WHERE movie_id = ANY (ARRAY(SELECT movie_id FROM mine))
        ) AS genres USING (movie_id)
        GROUP BY genre_id
    ), of_decades AS (
        SELECT decade, count(*) AS films, avg(score) AS mean_score
        FROM known WHERE score IS NOT NULL OR is_watched GROUP BY decade
    ), of_people AS MATERIALIZED (
        SELECT is_cast, person_id, count(person_id) AS films,
            sum(score)::numeric / nullif(count(score), 0) AS mean_score
        FROM mine FULL JOIN (
            SELECT DISTINCT movie_id, is_cast, person_id FROM movies_credit
            WHERE movie_id = ANY (ARRAY(SELECT movie_id FROM mine))
              AND ((is_cast AND position < {LEADING_CAST}) OR (NOT is_cast AND job = 'Director'))
        ) AS credited USING (movie_id)
        GROUP BY is_cast, person_id HAVING count(person_id) >= {FEWEST_FILMS_OF_PERSON}
    ), of_days AS (
        SELECT least(day, %(today)s::date) - date '0001-01-01' + 1 AS day,
            count(*) FILTER (WHERE NOT is_rating) AS viewings,
            count(*) FILTER (WHERE is_rating) AS ratings
        FROM (
            SELECT (watched_at AT TIME ZONE 'UTC')::date AS day, false AS is_rating
            FROM viewed WHERE watched_at IS NOT NULL
            UNION ALL
            SELECT (rated_at AT TIME ZONE 'UTC')::date, true FROM rated WHERE rated_at IS NOT NULL
        ) AS both_kinds
        GROUP BY 1
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
                count(*) FILTER (WHERE runtime IS NULL AND viewings > 0))
            FROM known),
        (SELECT json_agg(id ORDER BY title, id)
            FROM (
                SELECT id, title FROM known JOIN movies_movie ON id = movie_id
                WHERE known.runtime IS NULL AND viewings > 0
                ORDER BY title, id LIMIT %(named)s
            ) AS named),
        (SELECT json_agg(json_build_array(score, films))
            FROM (SELECT score, count(*) AS films FROM rated GROUP BY score) AS scores),
        (SELECT json_agg(json_build_array(day, viewings, ratings) ORDER BY day) FROM of_days)
"""  # noqa: S608  # our own text
