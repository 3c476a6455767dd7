"""Invented films, and what is known of films: as much as TMDb tells of an ordinary one."""

from django.db import connection

from apps.movies.models import Movie

_FILMS = """
    INSERT INTO movies_movie (tmdb_id, title, original_title, year, original_language, overview,
        poster_path, backdrop_path, vote_count, popularity, adult, created_at, updated_at)
    SELECT n, 'Film ' || n, 'Film ' || n, 1930 + n %% 90, 'en', '', '', '', 0, 0, false,
        now(), now()
    FROM generate_series(%s, %s) AS n
"""
# Each invented film has two of so many genres, as a film of MovieLens has on average.
GENRES = 19
_GENRES = """
    INSERT INTO movies_genre (name, slug)
    SELECT 'Genre ' || n, 'genre-' || n FROM generate_series(1, %s) AS n
"""
_GENRES_OF_FILMS = """
    WITH genre AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS number FROM movies_genre)
    INSERT INTO movies_movie_genres (movie_id, genre_id)
    SELECT film.id, genre.id FROM movies_movie AS film JOIN genre
        ON genre.number IN (film.id %% %s, (film.id * 7 + 3) %% %s)
"""


# As TMDb's films have: some keywords each, and 20 films that are recommended with it.
KEYWORDS, KEYWORDS_EACH, RELATED_EACH = 600, 6, 20
_KEYWORDS = """
    INSERT INTO movies_keyword (id, name)
    SELECT n, 'keyword ' || n FROM generate_series(1, %s) AS n
"""
_KEYWORDS_OF_FILMS = """
    INSERT INTO movies_movie_keywords (movie_id, keyword_id)
    SELECT DISTINCT film.id, 1 + (film.id * (37 * n + 11) + n * n) %% %s
    FROM movies_movie AS film CROSS JOIN generate_series(1, %s) AS n
"""
_RELATED_FILMS = """
    WITH film AS (
        SELECT id, tmdb_id, row_number() OVER (ORDER BY id) - 1 AS number, count(*) OVER () AS films
        FROM movies_movie
    )
    INSERT INTO movies_relatedtitles (movie_id, recommended_tmdb_ids, similar_tmdb_ids)
    SELECT film.id, array_agg(other.tmdb_id ORDER BY n), '{}'
    FROM film CROSS JOIN generate_series(1, %s) AS n
        JOIN film AS other ON other.number = (film.number * 31 + n * n * 17 + n) %% film.films
    GROUP BY film.id
"""


def add_films(count: int) -> None:
    """Invented ones, beside those that there are."""
    first = 900_000_001 + Movie.objects.filter(tmdb_id__gt=900_000_000).count()
    with connection.cursor() as cursor:
        cursor.execute(_FILMS, [first, first + count - 1])


def describe_films(*, with_genres: bool = False) -> None:
    """Give all films keywords and films that are recommended with them; genres if asked for."""
    with connection.cursor() as cursor:
        if with_genres:
            cursor.execute(_GENRES, [GENRES])
            cursor.execute(_GENRES_OF_FILMS, [GENRES, GENRES])
        cursor.execute(_KEYWORDS, [KEYWORDS])
        cursor.execute(_KEYWORDS_OF_FILMS, [KEYWORDS, KEYWORDS_EACH])
        cursor.execute(_RELATED_FILMS, [RELATED_EACH])
