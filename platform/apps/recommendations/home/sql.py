"""The queries of a home page."""

from apps.favorites.hidden import Hidden
from apps.movies.shown_films import first_films, is_shown

# What the answer depends on besides its parameters and the day: whoever writes, builds a list,
# publishes or fetches TMDb's lists changes it.
VERSION = """
    SELECT
        COALESCE((SELECT revision FROM favorites_taste WHERE user_id = %(user_id)s), 0),
        active.generation_id,
        (SELECT id FROM recommendations_recommendationlist
            WHERE user_id = %(user_id)s AND generation_id = active.generation_id
            ORDER BY id DESC LIMIT 1),
        (SELECT max(fetched_at) FROM movies_liststate)
    FROM (VALUES (1)) AS one
    LEFT JOIN recommendations_activegeneration AS active ON active.id = %(active_id)s
"""

# Each part takes a bounded number of rows, however much a viewer rated and however many films there
# are: those of a genre are looked for among the `looked_at` films with the most votes, one after
# the other until there are enough, which a join or EXISTS would not do.
#
# The strongest genre is the one of which the viewer likes most more than it is popular with all;
# where nothing is liked, the one that is popular. `usual` is how many films tell what is popular.
_GATHERED = """
    WITH popular AS MATERIALIZED (
        SELECT id, row_number() OVER () AS place FROM (
            SELECT id FROM movies_movie AS film WHERE {is_shown}
            ORDER BY vote_count DESC, id LIMIT greatest(%(usual)s, %(candidates)s)
        ) AS most_voted
    ), liked AS MATERIALIZED (
        SELECT movie_id FROM (
            SELECT movie_id, score FROM favorites_rating WHERE user_id = %(user_id)s
            ORDER BY updated_at DESC LIMIT %(newest)s
        ) AS rated WHERE score >= %(liked)s
        UNION
        SELECT movie_id FROM (
            SELECT movie_id FROM favorites_favorite WHERE user_id = %(user_id)s
            ORDER BY created_at DESC LIMIT %(newest)s
        ) AS favorite
    ), likes AS (
        SELECT genre_id, count(*)::float / (SELECT count(*) FROM liked) AS share
        FROM movies_movie_genres WHERE movie_id = ANY (ARRAY(SELECT movie_id FROM liked))
        GROUP BY genre_id
    ), usual AS (
        SELECT genre_id, count(*)::float / %(usual)s AS share
        FROM movies_movie_genres
        WHERE movie_id = ANY (ARRAY(SELECT id FROM popular WHERE place <= %(usual)s))
        GROUP BY genre_id
    ), strongest AS MATERIALIZED (
        SELECT genre.id, genre.name, genre.slug FROM movies_genre AS genre
        LEFT JOIN likes ON likes.genre_id = genre.id
        LEFT JOIN usual ON usual.genre_id = genre.id
        WHERE genre.id <> ALL (%(hidden_genre_ids)s::int[])
          AND (likes.share > 0 OR usual.share > 0 AND NOT EXISTS (SELECT FROM likes))
        ORDER BY COALESCE(likes.share - COALESCE(usual.share, 0), usual.share) DESC, genre.id
        LIMIT 1
    )
    SELECT
        ARRAY(SELECT movie_id FROM movies_listentry WHERE list = 'trending_day'
            ORDER BY rank LIMIT %(candidates)s),
        ARRAY(SELECT movie_id FROM movies_listentry WHERE list = 'now_playing'
            ORDER BY rank LIMIT %(candidates)s),
        ARRAY(SELECT id FROM popular ORDER BY place LIMIT %(candidates)s),
        ARRAY(SELECT movie_id FROM favorites_watchlistentry WHERE user_id = %(user_id)s
            ORDER BY created_at DESC LIMIT %(candidates)s),
        (SELECT json_build_object('id', id, 'name', name, 'slug', slug) FROM strongest),
        ARRAY(SELECT most_voted.id
            FROM (
                SELECT id, vote_count FROM movies_movie AS film WHERE {is_shown}
                ORDER BY vote_count DESC, id LIMIT %(looked_at)s
            ) AS most_voted
            WHERE (SELECT true FROM movies_movie_genres AS of_film
                WHERE of_film.movie_id = most_voted.id
                  AND of_film.genre_id = (SELECT id FROM strongest) LIMIT 1)
            ORDER BY most_voted.vote_count DESC, most_voted.id LIMIT %(candidates)s),
        (SELECT json_object_agg(related.movie_id, ARRAY(
                SELECT film.id
                FROM unnest(related.recommended_tmdb_ids || related.similar_tmdb_ids)
                    WITH ORDINALITY AS named (tmdb_id, place)
                JOIN movies_movie AS film ON film.tmdb_id = named.tmdb_id
                ORDER BY named.place LIMIT %(related)s
            ))
            FROM movies_relatedtitles AS related
            WHERE related.movie_id = ANY (%(anchor_ids)s::int[]))
"""

# When those of the films came out that the viewer may be shown, of which sometimes only the year is
# known. The planner does not look into the array: otherwise it would weigh each id, which takes
# longer than to look it up.
_KNOWN = """
    WITH asked AS MATERIALIZED (
        SELECT %(movie_ids)s::int[] AS ids
    )
    SELECT id, COALESCE(release_date, make_date(year, 1, 1)) FROM movies_movie AS film
    WHERE id = ANY ((SELECT ids FROM asked)::int[]) AND {is_shown}
    {hidden}
"""
# For these it does, as some people have very many films and some viewers hide very many people.
_HIDDEN_PEOPLE = """
    AND id NOT IN (
        SELECT movie_id FROM movies_credit
        WHERE movie_id = ANY (%(movie_ids)s::int[])
          AND person_id = ANY (%(hidden_person_ids)s::int[])
    )
"""
_HIDDEN_GENRES = """
    AND id NOT IN (
        SELECT movie_id FROM movies_movie_genres
        WHERE movie_id = ANY (%(movie_ids)s::int[])
          AND genre_id = ANY (%(hidden_genre_ids)s::int[])
    )
"""


def gathered(*, include_adult: bool) -> str:
    return _GATHERED.format(is_shown=is_shown(include_adult=include_adult))


def known(hidden: Hidden, *, include_adult: bool) -> str:
    """Without films of the people and genres that the viewer does not want, if there are such."""
    people = _HIDDEN_PEOPLE if hidden.person_ids else ""
    genres = _HIDDEN_GENRES if hidden.genre_ids else ""
    return _KNOWN.format(hidden=people + genres, is_shown=is_shown(include_adult=include_adult))


# Of each year the films with the most votes, then those of them that came out within the days.
# Where new films have few votes yet, all others would be read before them.
_RECENT = """
    SELECT film.id FROM unnest(%(years)s::int[]) AS asked (year)
    CROSS JOIN LATERAL ({of_year}) AS film
    WHERE release_date BETWEEN %(first)s AND %(last)s
    ORDER BY vote_count DESC, film.id LIMIT %(candidates)s
"""


def recent(*, include_adult: bool) -> str:
    of_year = first_films(
        where="film.year = asked.year",
        by="film.vote_count DESC, film.id",
        most="%(looked_at)s",
        include_adult=include_adult,
    )
    return _RECENT.format(of_year=of_year)
