"""The set-based part of a MovieLens import, statement by statement in the order they run.

Everything happens in one transaction on temporary tables: what a statement resolves is a
column of its table, so that each next one is a plain join.
"""

# Two imports at once would deadlock on each other's users and films; the second one waits.
LOCK_IMPORTS = "SELECT pg_advisory_xact_lock(hashtext('nexus.imports'), 0)"

# A statement time-out is meant for requests; the sorts of an import fit into this memory.
# Deferred foreign-key checks would queue up in the server's memory, two for each rating.
SESSION = """
    SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '64MB'; SET CONSTRAINTS ALL IMMEDIATE
"""

# They are dropped at the end, but the surrounding transaction may hold another import.
STAGING = """
    DROP TABLE IF EXISTS pg_temp.import_film, pg_temp.import_rating, pg_temp.import_user,
        pg_temp.import_resolved, pg_temp.import_change;
    CREATE TEMP TABLE import_film (
        source_id integer PRIMARY KEY,
        tmdb_id integer,
        imdb_id text,
        title text NOT NULL,
        original_title text NOT NULL,
        year smallint,
        genre_ids integer[] NOT NULL,
        movie_id integer,
        is_new boolean NOT NULL DEFAULT false
    ) ON COMMIT DROP;
    CREATE TEMP TABLE import_rating (
        source_user_id integer NOT NULL,
        source_film_id integer NOT NULL,
        score smallint NOT NULL,
        seconds bigint NOT NULL
    ) ON COMMIT DROP;
"""
FILM_COLUMNS = "(source_id, tmdb_id, imdb_id, title, original_title, year, genre_ids)"

# Writers of the catalogue wait until the import ends; readers and ratings do not.
LOCK_MOVIES = "ANALYZE import_film, import_rating; LOCK movies_movie IN SHARE ROW EXCLUSIVE MODE"

MATCH_BY_SOURCE = """
    UPDATE import_film film SET movie_id = known.movie_id
    FROM movies_sourcetitle known
    WHERE known.source = %(titles)s AND known.source_id = film.source_id::text
"""

# In the one order in which everybody locks keys of films: viewers' bulk writes do, meanwhile.
LOCK_FILMS_WITHOUT_TMDB_ID = """
    SELECT count(*) FROM (
        SELECT FROM movies_movie
        WHERE tmdb_id IS NULL AND id IN (
            SELECT movie_id FROM import_film WHERE movie_id IS NOT NULL AND tmdb_id IS NOT NULL
        )
        ORDER BY id FOR UPDATE
    ) locked
"""

# An earlier import may have had no links. An id that another film holds stays with that film.
# It is a key, so ratings of the films that get one now wait for the import to end.
FILL_TMDB_IDS = """
    UPDATE movies_movie movie SET tmdb_id = link.tmdb_id, updated_at = %(at)s
    FROM (
        SELECT DISTINCT ON (tmdb_id) tmdb_id, movie_id
        FROM (
            SELECT DISTINCT ON (movie_id) movie_id, tmdb_id, source_id FROM import_film
            WHERE movie_id IS NOT NULL AND tmdb_id IS NOT NULL ORDER BY movie_id, source_id
        ) first_of_movie
        ORDER BY tmdb_id, source_id
    ) link
    WHERE movie.id = link.movie_id AND movie.tmdb_id IS NULL
      AND NOT EXISTS (SELECT FROM movies_movie other WHERE other.tmdb_id = link.tmdb_id)
    RETURNING movie.id
"""

MATCH_BY_TMDB_ID = """
    UPDATE import_film film SET movie_id = movie.id
    FROM movies_movie movie
    WHERE film.movie_id IS NULL AND movie.tmdb_id = film.tmdb_id
"""

# Films with one TMDb id share one number; the first of them tells the facts.
NUMBER_NEW_FILMS = """
    WITH missing AS (
        SELECT min(source_id) AS first_id, array_agg(source_id) AS source_ids
        FROM import_film WHERE movie_id IS NULL
        GROUP BY coalesce(tmdb_id, -source_id) ORDER BY 1
    ), numbered AS MATERIALIZED (
        SELECT *, nextval(pg_get_serial_sequence('movies_movie', 'id')) AS id FROM missing
    )
    UPDATE import_film film SET movie_id = numbered.id, is_new = film.source_id = first_id
    FROM numbered CROSS JOIN unnest(source_ids) AS member (source_id)
    WHERE film.source_id = member.source_id
"""

INSERT_MOVIES = """
    INSERT INTO movies_movie (
        id, tmdb_id, imdb_id, title, original_title, year, original_language, overview,
        poster_path, backdrop_path, vote_count, popularity, adult, created_at, updated_at
    )
    SELECT movie_id, tmdb_id, imdb_id, title, original_title, year, '', '',
           '', '', 0, 0, false, %(at)s, %(at)s
    FROM import_film WHERE is_new ORDER BY movie_id
    RETURNING id
"""

FILL_FACTS = """
    UPDATE movies_movie movie
    SET imdb_id = coalesce(nullif(movie.imdb_id, ''), film.imdb_id),
        year = coalesce(movie.year, film.year),
        original_title = coalesce(nullif(movie.original_title, ''), film.original_title),
        updated_at = %(at)s
    FROM (SELECT DISTINCT ON (movie_id) * FROM import_film ORDER BY movie_id, source_id) film
    WHERE movie.id = film.movie_id AND (
        coalesce(movie.imdb_id, '') = '' AND film.imdb_id IS NOT NULL
        OR movie.year IS NULL AND film.year IS NOT NULL
        OR movie.original_title = '' AND film.original_title <> ''
    )
    RETURNING movie.id
"""

INSERT_GENRES = """
    INSERT INTO movies_movie_genres (movie_id, genre_id)
    SELECT film.movie_id, genre_id
    FROM (SELECT DISTINCT ON (movie_id) * FROM import_film ORDER BY movie_id, source_id) film
    CROSS JOIN unnest(film.genre_ids) AS genre_id
    WHERE NOT EXISTS (
        SELECT FROM movies_movie_genres known WHERE known.movie_id = film.movie_id
    )
    RETURNING movie_id
"""

INSERT_SOURCE_TITLES = """
    INSERT INTO movies_sourcetitle (source, source_id, movie_id)
    SELECT %(titles)s, source_id::text, movie_id FROM import_film ORDER BY source_id
    ON CONFLICT (source, source_id) DO NOTHING
"""

FILM_COUNTS = """
    SELECT count(DISTINCT movie_id) - count(*) FILTER (WHERE is_new) AS matched,
           count(*) - count(DISTINCT movie_id) AS merged,
           count(*) FILTER (WHERE film.tmdb_id IS NOT NULL
                            AND movie.tmdb_id IS DISTINCT FROM film.tmdb_id) AS apart
    FROM import_film film JOIN movies_movie movie ON movie.id = film.movie_id
"""

STAGE_USERS = """
    CREATE TEMP TABLE import_user ON COMMIT DROP AS
    SELECT source_user_id, %(name)s || '-' || source_user_id || '@' || %(domain)s AS email,
           NULL::bigint AS user_id
    FROM import_rating GROUP BY source_user_id
"""

# "!" and 40 random characters: what Django's make_password(None) writes, without a password.
INSERT_USERS = """
    INSERT INTO users_user (
        password, email, display_name, origin, is_superuser, is_staff, is_active, date_joined
    )
    SELECT '!' || left(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 40),
           email, '', %(origin)s, false, false, true, %(at)s
    FROM import_user
    WHERE NOT EXISTS (SELECT FROM users_user known WHERE known.email = import_user.email)
    ORDER BY source_user_id
    ON CONFLICT (email) DO NOTHING
"""

RESOLVE_USERS = """
    UPDATE import_user SET user_id = users_user.id FROM users_user
    WHERE users_user.email = import_user.email
"""

ACCOUNTS_OF_OTHERS = """
    SELECT email FROM users_user JOIN import_user USING (email) WHERE origin <> %(origin)s
    ORDER BY email LIMIT 1
"""

LOCK_TASTES = """
    SELECT count(*) FROM (
        SELECT FROM favorites_taste WHERE user_id IN (SELECT user_id FROM import_user)
        ORDER BY user_id FOR UPDATE
    ) locked
"""

# The newest of several ratings of one film counts; without a moment (0), the later line does.
# Lines were copied in their order, so that it is the order of their places in the table.
RESOLVE_RATINGS = """
    CREATE TEMP TABLE import_resolved ON COMMIT DROP AS
    SELECT DISTINCT ON (person.user_id, film.movie_id)
           person.user_id, film.movie_id, rating.score,
           to_timestamp(nullif(rating.seconds, 0)) AS rated_at
    FROM import_rating rating
    JOIN import_user person USING (source_user_id)
    JOIN import_film film ON film.source_id = rating.source_film_id
    ORDER BY person.user_id, film.movie_id, rating.seconds DESC, rating.ctid DESC
"""

MERGED_RATINGS = """
    SELECT coalesce(sum(titles - 1), 0) FROM (
        SELECT count(DISTINCT rating.source_film_id) AS titles
        FROM import_rating rating
        JOIN import_film film ON film.source_id = rating.source_film_id
        WHERE film.movie_id IN (
            SELECT movie_id FROM import_film GROUP BY movie_id HAVING count(*) > 1
        )
        GROUP BY rating.source_user_id, film.movie_id
    ) pairs
"""

# A stored rating gives way to one that is not older. One whose moment is known gives way to
# no other whose moment is not, and one whose moment is unknown gives way to any.
FIND_CHANGES = """
    CREATE TEMP TABLE import_change ON COMMIT DROP AS
    SELECT source.*, stored.id IS NULL AS is_new
    FROM import_resolved source
    LEFT JOIN favorites_rating stored USING (user_id, movie_id)
    WHERE stored.id IS NULL OR (
        (stored.rated_at IS NULL OR source.rated_at >= stored.rated_at)
        AND (source.score, source.rated_at) IS DISTINCT FROM (stored.score, stored.rated_at)
    )
    ORDER BY user_id, movie_id
"""

CHANGE_PAGES = "SELECT pg_relation_size('import_change') / current_setting('block_size')::bigint"
# About 300,000 ratings: the checks of one statement stay small, the progress is seen.
PAGES_PER_INSERT = 2_000

CHANGE_COUNTS = """
    SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM import_change
"""

KEPT_RATINGS = """
    SELECT count(*) FROM import_resolved source
    JOIN favorites_rating stored USING (user_id, movie_id)
    WHERE source.score <> stored.score
      AND NOT coalesce(source.rated_at >= stored.rated_at, stored.rated_at IS NULL)
"""

# Imports leave their users to the batch build, unless a write of their own already waits.
BUMP_TASTES = """
    INSERT INTO favorites_taste
        (user_id, revision, listed_revision, is_realtime, changed_at, nudges)
    SELECT DISTINCT user_id, 1, 0, false, %(at)s::timestamptz, 0
    FROM import_change ORDER BY user_id
    ON CONFLICT (user_id) DO UPDATE
    SET revision = favorites_taste.revision + 1,
        is_realtime = favorites_taste.is_realtime
            AND favorites_taste.revision > favorites_taste.listed_revision,
        changed_at = excluded.changed_at
"""

UPDATE_RATINGS = """
    UPDATE favorites_rating stored
    SET score = change.score, rated_at = change.rated_at, updated_at = %(at)s
    FROM import_change change
    WHERE NOT change.is_new
      AND stored.user_id = change.user_id AND stored.movie_id = change.movie_id
"""

# Page by page in the order of the users, which is the order of the largest indexes as well.
# The locked Taste rows keep other writers of these users out, so no conflict can arise here.
INSERT_RATINGS = """
    INSERT INTO favorites_rating (user_id, movie_id, score, rated_at, created_at, updated_at)
    SELECT user_id, movie_id, score, rated_at, %(at)s, %(at)s
    FROM import_change
    WHERE is_new AND ctid >= format('(%%s,0)', %(first_page)s::bigint)::tid
      AND ctid < format('(%%s,0)', %(last_page)s::bigint)::tid
"""

ANALYZE = """
    ANALYZE movies_movie, movies_movie_genres, movies_sourcetitle, users_user,
            favorites_rating, favorites_taste
"""
