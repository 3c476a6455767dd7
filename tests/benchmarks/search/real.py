"""The real films of the data sets' catalogue: a line of JSON each, in which most may be missing."""

import json
import os
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_DATASETS = "NEXUS_DATASETS"
_CATALOGUE = Path("tmdb", "catalog.jsonl")
MOST_OF_CAST = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    name: str
    department: str
    job: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RealFilm:
    """`keywords` have an id where the file tells one; `cast` is in the order of the film.

    `certification` is that of the United States.
    """

    tmdb_id: int
    title: str
    original_title: str
    overview: str
    release_date: str | None
    runtime: int | None
    language: str
    countries: tuple[str, ...]
    certification: str
    vote_average: float | None
    vote_count: int
    popularity: float
    genres: tuple[tuple[int, str], ...]
    keywords: tuple[tuple[int | None, str], ...]
    cast: tuple[str, ...]
    crew: tuple[Job, ...]

    @property
    def year(self) -> int | None:
        return int(self.release_date[:4]) if self.release_date else None


def find_catalogue(parser: ArgumentParser) -> Path:
    """Ends the command with an error where nobody says where the data sets are."""
    folder = os.environ.get(_DATASETS)
    path = Path(folder or "", _CATALOGUE)
    if not folder or not path.is_file():
        parser.error(f"{_DATASETS} must name the folder that holds {_CATALOGUE}")
    return path


def read_films(path: Path) -> list[RealFilm]:
    with path.open(encoding="utf-8") as lines:
        return list(_films(lines))


def _films(lines: Iterator[str]) -> Iterator[RealFilm]:
    for line in lines:
        row = json.loads(line)
        # One of them is called by a space alone.
        if title := row["title"].strip():
            yield _film(row, title)


def _film(row: dict[str, Any], title: str) -> RealFilm:
    return RealFilm(
        tmdb_id=row["id"],
        title=title,
        original_title=row.get("original_title") or title,
        overview=row.get("overview") or "",
        release_date=row.get("release_date") or None,
        runtime=row.get("runtime") or None,
        language=row.get("original_language") or _first(row.get("spoken_languages_iso")),
        countries=_countries(row),
        certification=row.get("certification_us") or "",
        vote_average=row.get("vote_average"),
        vote_count=row.get("vote_count") or 0,
        popularity=row.get("popularity") or 0.0,
        genres=tuple((genre["id"], genre["name"]) for genre in row.get("genres") or ()),
        keywords=_keywords(row),
        cast=_cast(row),
        crew=tuple(
            Job(name=each["name"], department=each["department"], job=each["job"])
            for each in row.get("crew") or ()
        ),
    )


def _first(codes: Sequence[str] | None) -> str:
    return codes[0] if codes else ""


def _countries(row: dict[str, Any]) -> tuple[str, ...]:
    named = [each["iso_3166_1"] for each in row.get("production_countries") or ()]
    return tuple(named or row.get("production_countries_iso") or ())


def _keywords(row: dict[str, Any]) -> tuple[tuple[int | None, str], ...]:
    with_ids = [(keyword["id"], keyword["name"]) for keyword in row.get("keywords") or ()]
    return (*with_ids, *((None, name) for name in row.get("keyword_names") or ()))


def _cast(row: dict[str, Any]) -> tuple[str, ...]:
    cast = sorted(row.get("cast") or (), key=lambda each: each["order"])
    return tuple(each["name"] for each in cast if each["order"] < MOST_OF_CAST)
