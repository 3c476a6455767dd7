"""The films of the starter set as films.csv holds them."""

import csv
from importlib.resources import files
from typing import NamedTuple


class StarterFilm(NamedTuple):
    """A row of films.csv; genres by TMDb's names, runtime in minutes."""

    tmdb_id: int
    imdb_id: str
    title: str
    original_title: str
    year: int
    genres: tuple[str, ...]
    runtime: int
    original_language: str


def read_starter() -> list[StarterFilm]:
    with files(__package__).joinpath("films.csv").open(encoding="utf-8") as file:
        return [_film(row) for row in csv.DictReader(file)]


def _film(row: dict[str, str]) -> StarterFilm:
    return StarterFilm(
        tmdb_id=int(row["tmdb_id"]),
        imdb_id=row["imdb_id"],
        title=row["title"],
        original_title=row["original_title"] or row["title"],
        year=int(row["year"]),
        genres=tuple(row["genres"].split("|")),
        runtime=int(row["runtime"]),
        original_language=row["original_language"],
    )
