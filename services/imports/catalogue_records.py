"""Facts of films from lines of JSON in TMDb's shape: what is there is taken, the rest is unknown.

Lists may hold texts or objects with a `name`, and may lie inside an object as TMDb's appended
answers do (`keywords.keywords`, `credits.cast`, `recommendations.results`).
"""

import json
import math
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.recommender.catalogue import Features

from .source_files import MovieLensFileError, SourceFile, Wrap

# Who plays further down is in too many films to tell them apart.
CAST = 5
YEARS_PER_DECADE = 10
_DIRECTOR = "Director"
_YEAR_DIGITS = 4


@dataclass(frozen=True, slots=True)
class FilmFacts:
    """As `Catalogue` has them; `related` are still TMDb's ids."""

    features: Features
    vote_count: float = 0.0
    vote_average: float = 0.0
    year: int = 0
    related: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FilmRecord:
    """One line: the film's ids, either of which may be missing, and what is known of it."""

    tmdb_id: int | None
    movielens_id: int | None
    facts: FilmFacts


def read_records(source: SourceFile, wrap: Wrap) -> Iterator[FilmRecord]:
    """Stream the films.

    Raises:
        MovieLensFileError: the file is damaged, or a line is no JSON object with an id.
    """
    try:
        with source.open() as file:
            for number, line in enumerate(wrap(file, source), 1):
                if line.strip():
                    yield _record(source.name, number, line)
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise MovieLensFileError(source.name, None, f"it cannot be read ({error})") from error


def features(group: str, values: Iterable[str]) -> Iterator[str]:
    """Each value that is not empty as "group:value", in lower case."""
    return (f"{group}:{value.strip().casefold()}" for value in values if value.strip())


def decade(year: int) -> Iterator[str]:
    return features("decade", [str(year // YEARS_PER_DECADE * YEARS_PER_DECADE)] if year else [])


def _record(file: str, number: int, line: bytes) -> FilmRecord:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise MovieLensFileError(file, number, f"it is not JSON ({error})") from None
    if not isinstance(record, dict):
        raise MovieLensFileError(file, number, "it is not a JSON object")
    tmdb_id, movielens_id = _whole(record.get("id")), _whole(record.get("movielens_id"))
    if tmdb_id is None and movielens_id is None:
        raise MovieLensFileError(file, number, "neither id nor movielens_id is a whole number")
    return FilmRecord(tmdb_id, movielens_id, _facts(record))


def _facts(record: Mapping[str, Any]) -> FilmFacts:
    year = _year(record.get("release_date"))
    return FilmFacts(
        features=frozenset(
            (
                *features("genre", _genres(record)),
                *features("keyword", _either(record, "keywords", "keyword_names")),
                *features("cast", _cast(record)),
                *features("director", _directors(record)),
                *features("language", _texts(record.get("original_language"))),
                *features(
                    "company",
                    _either(record, "production_companies", "production_companies_names"),
                ),
                *decade(year),
            )
        ),
        vote_count=_number(record.get("vote_count")),
        vote_average=_number(record.get("vote_average")),
        year=year,
        related=tuple(_ids(record.get("recommendations"))),
    )


def _genres(record: Mapping[str, Any]) -> list[str]:
    return _names(record.get("genres")) or _texts(record.get("genre"))


def _either(record: Mapping[str, Any], first: str, second: str) -> list[str]:
    return _names(record.get(first)) or _names(record.get(second))


def _cast(record: Mapping[str, Any]) -> list[str]:
    credited = _people(record, "cast")
    ordered = sorted(credited, key=lambda person: _number(person.get("order")))
    return _names(ordered[:CAST])


def _directors(record: Mapping[str, Any]) -> list[str]:
    crew = [person for person in _people(record, "crew") if person.get("job") == _DIRECTOR]
    return _names(crew) or _either(record, "directors", "director")


def _people(record: Mapping[str, Any], part: str) -> list[Mapping[str, Any]]:
    parts = record.get("credits")
    listed = parts.get(part) if isinstance(parts, dict) else record.get(part)
    return [person for person in _listed(listed) if isinstance(person, dict)]


def _names(value: Any) -> list[str]:
    if isinstance(value, str):
        return _texts(value)
    named = (each.get("name") if isinstance(each, dict) else each for each in _listed(value))
    return [name for name in named if isinstance(name, str)]


def _texts(value: Any) -> list[str]:
    return value.split("|") if isinstance(value, str) else []


def _ids(value: Any) -> list[int]:
    ids = (_whole(each.get("id") if isinstance(each, dict) else each) for each in _listed(value))
    return [each for each in ids if each is not None]


def _listed(value: Any) -> list[Any]:
    """A list, or the first one inside an object."""
    if isinstance(value, dict):
        return next((inner for inner in value.values() if isinstance(inner, list)), [])
    return value if isinstance(value, list) else []


def _year(date: Any) -> int:
    year = date[:_YEAR_DIGITS] if isinstance(date, str) else ""
    return int(year) if len(year) == _YEAR_DIGITS and year.isascii() and year.isdecimal() else 0


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _number(value: Any) -> float:
    is_number = isinstance(value, int | float) and math.isfinite(value)
    return max(float(value), 0.0) if is_number else 0.0
