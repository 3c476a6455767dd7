"""Viewers, rated films and their genres in an empty database: MovieLens 1M, or invented."""

import argparse
import subprocess
from pathlib import Path

from django.db import connection

from tests.benchmarks.training.population import fill
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


def populate(options: argparse.Namespace) -> str:
    """Fill the database with what is asked for, and say what that is."""
    if options.datasets:
        return import_movielens(Path(options.datasets) / "data")
    shape = fill(ratings=options.ratings, items=options.items, users=options.users)
    with connection.cursor() as cursor:
        cursor.execute(_GENRES, [GENRES])
        cursor.execute(_GENRES_OF_FILMS, [GENRES, GENRES])
        cursor.execute("VACUUM ANALYZE")
    return str(shape)


def import_movielens(folder: Path) -> str:
    """MovieLens 1M, as an operator imports it."""
    source = (str(folder / "ml-1m"), "--links", str(folder / LINKS))
    subprocess.run(
        python("manage.py", "load_movielens", *source), cwd=ROOT, check=True, capture_output=True
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return "MovieLens 1M"
