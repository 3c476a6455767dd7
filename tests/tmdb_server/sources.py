"""Where the titles come from: the data folder, or the facts of our own starter set."""

import json
from collections.abc import Iterator
from pathlib import Path

from services.imports.starter.films import StarterFilm, read_starter
from tests.tmdb_server import invented
from tests.tmdb_server.reference import GENRE_IDS
from tests.tmdb_server.titles import Record, invented_date


def catalogue_of(datasets: Path) -> Path:
    return datasets / "tmdb" / "catalog.jsonl"


def read_records(path: Path | None) -> Iterator[Record]:
    """A JSON object a line; without a file the starter set, which holds no text of TMDb's."""
    if path is None:
        yield from map(_from_starter, read_starter())
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _from_starter(film: StarterFilm) -> Record:
    votes = 50 + invented.below(20_000, "votes", film.tmdb_id)
    return {
        "id": film.tmdb_id,
        "imdb_id": film.imdb_id,
        "title": film.title,
        "original_title": film.original_title,
        "original_language": film.original_language,
        "release_date": invented_date(film.year, film.tmdb_id),
        "genres": [{"id": GENRE_IDS[name], "name": name} for name in film.genres],
        "runtime": film.runtime,
        "overview": f"An invented overview of {film.title}, in place of TMDb's own.",
        "popularity": round(1 + 60 * invented.share("popularity", film.tmdb_id) ** 3, 3),
        "vote_average": round(5.5 + 3.2 * invented.share("average", film.tmdb_id), 3),
        "vote_count": votes,
    }
