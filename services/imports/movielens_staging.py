"""The rows of a source, copied into the temporary tables of an import."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from services.recommendations.copying import Records, copy_in, record_type

from . import movielens_sql as sql
from .copy_stream import copy_rows, escape
from .genres import ensure_genres, from_movielens
from .movielens_blocks import RatingBlock
from .movielens_files import LinkRow, MovieRow
from .movielens_titles import parse_title
from .rating_sources import ImportProgress, RatingSource

_RATING_COLUMNS = (
    *(("source_user_id", "i4"), ("source_film_id", "i4")),
    *(("score", "i2"), ("seconds", "i8")),
)
_RATING_NAMES = [name for name, _ in _RATING_COLUMNS]
_RECORD = record_type(_RATING_COLUMNS)


def stage_films(cursor: Any, source: RatingSource, watch: ImportProgress) -> set[int]:
    """Films fit into memory; MovieLens has under a hundred thousand."""
    movies = {row.movie_id: row for row in source.movies(watch)}
    links = {row.movie_id: row for row in source.links(watch)}
    genres = {movie: from_movielens(row.genres) for movie, row in movies.items()}
    genre_ids = ensure_genres(name for names in genres.values() for name in names)
    lines = (
        _film_line(row, links.get(movie), [genre_ids[name] for name in genres[movie]])
        for movie, row in movies.items()
    )
    copy_rows(cursor, table=f"import_film {sql.FILM_COLUMNS}", lines=lines)
    return set(movies)


def _film_line(movie: MovieRow, link: LinkRow | None, genre_ids: list[int]) -> str:
    parts = parse_title(movie.title)
    values = (
        movie.movie_id,
        link.tmdb_id if link else None,
        link.imdb_id if link else None,
        parts.title,
        parts.original_title,
        parts.year,
        f"{{{','.join(map(str, genre_ids))}}}",
    )
    return "\t".join(escape(None if value is None else str(value)) for value in values) + "\n"


def stage_ratings(source: RatingSource, movie_ids: Iterable[int], watch: ImportProgress) -> int:
    """Copy them block by block, and return how many there were."""
    rows = 0
    for block in source.ratings(movie_ids, watch):
        copy_in("import_rating", _RATING_NAMES, [_records(block)])
        rows += len(block)
    return rows


def _records(block: RatingBlock) -> Records:
    values = (block.user_ids, block.movie_ids, block.scores, block.seconds)
    records = np.zeros(len(block), _RECORD)
    records["columns"] = len(_RATING_COLUMNS)
    for (name, kind), column in zip(_RATING_COLUMNS, values, strict=True):
        records[f"{name}_bytes"] = np.dtype(kind).itemsize
        records[name] = column
    return records
