"""Genres and years of the films that lie beside a file of ratings.

`manage.py evaluate` reads more of them, and loads Django for that; the peak of memory that is
measured here is to be that of the recommender alone.
"""

import re
from pathlib import Path

import numpy as np

from services.imports.movielens_files import read_movies
from services.imports.source_files import find_tables
from services.recommender.catalogue import Catalogue

_YEAR = re.compile(r"\((\d{4})\)\s*$")


def read_films(ratings: Path) -> Catalogue | None:
    """None where no `movies` of a MovieLens set lie beside the ratings, or with them."""
    around = ratings.parent if ratings.is_file() and ratings.suffix != ".zip" else ratings
    beside = find_tables(around).get("movies", [])
    if not beside:
        return None
    rows = sorted(read_movies(beside[0]))
    years = [_YEAR.search(row.title) for row in rows]
    nothing = np.zeros(len(rows), np.float32)
    return Catalogue(
        item_ids=np.array([row.movie_id for row in rows], np.int64),
        features=[frozenset(f"genre:{name}" for name in row.genres) for row in rows],
        vote_counts=nothing,
        vote_averages=nothing,
        years=np.array([int(year[1]) if year else 0 for year in years], np.int32),
        related={},
    )
