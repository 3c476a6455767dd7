"""Viewers, their ratings and the films in an empty database: MovieLens 1M, or invented.

What is known of the films beyond their genres is invented in either case.
"""

import argparse
import subprocess
from pathlib import Path

from django.db import connection

from tests.benchmarks.training.population import add_films, fill
from tests.flows.processes import ROOT, python

LINKS = "movielens-links.csv"

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


def populate(options: argparse.Namespace) -> str:
    """Fill the database with what is asked for, and say what that is."""
    if options.datasets:
        shape = import_movielens(Path(options.datasets) / "data")
    else:
        ratings = fill(ratings=options.ratings, items=options.items, users=options.users)
        shape = str(ratings)
    add_films(options.unrated)
    with connection.cursor() as cursor:
        if not options.datasets:
            cursor.execute(_GENRES, [GENRES])
            cursor.execute(_GENRES_OF_FILMS, [GENRES, GENRES])
        cursor.execute(_KEYWORDS, [KEYWORDS])
        cursor.execute(_KEYWORDS_OF_FILMS, [KEYWORDS, KEYWORDS_EACH])
        cursor.execute(_RELATED_FILMS, [RELATED_EACH])
        cursor.execute("VACUUM ANALYZE")
    return f"{shape}, and {options.unrated:,} films that nobody rated"


def import_movielens(folder: Path) -> str:
    """MovieLens 1M, as an operator imports it."""
    source = (str(folder / "ml-1m"), "--links", str(folder / LINKS))
    subprocess.run(
        python("manage.py", "load_movielens", *source), cwd=ROOT, check=True, capture_output=True
    )
    return "MovieLens 1M"
