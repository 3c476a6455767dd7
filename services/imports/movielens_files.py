"""MovieLens data sets as files: a folder or a ZIP, read as a stream and checked row by row.

Each table stands alone as `<table>.csv` (UTF-8, columns found by header name) or as
`<table>.dat` (`::`-separated, Latin-1, no header), in any mixture. A row that is not what it
should be raises MovieLensFileError, which names file, line and reason.
"""

import re
from collections.abc import Container, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from .source_files import (
    DataSetFiles,
    MovieLensFileError,
    SourceFile,
    Wrap,
    find_files,
    find_links,
    find_ratings,
    unwrapped,
)
from .source_rows import LINKS, MOVIES, RATINGS, read_rows

__all__ = [
    "DataSetFiles",
    "LinkRow",
    "MovieLensFileError",
    "MovieRow",
    "RatingRow",
    "SourceFile",
    "find_files",
    "find_links",
    "read_links",
    "read_movies",
    "read_ratings",
]

MAX_ID = 2**31 - 1
MAX_TITLE_LENGTH = 500
# MovieLens was opened in 1997 and took over ratings of its forerunner; later is a wrong unit.
EARLIEST_RATING = 631_152_000  # 1990-01-01
LATEST_RATING = 4_102_444_800  # 2100-01-01
_STARS = re.compile(r"([0-5])(?:\.([05])0*)?", re.ASCII)
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f]")
_SHOWN_CHARACTERS = 40


class RatingRow(NamedTuple):
    """A rating as 1 to 10, twice the stars. `rated_at` is None where the file does not tell."""

    user_id: int
    movie_id: int
    score: int
    rated_at: datetime | None


class MovieRow(NamedTuple):
    """A film with its title and genres as MovieLens writes them."""

    movie_id: int
    title: str
    genres: tuple[str, ...]


class LinkRow(NamedTuple):
    movie_id: int
    imdb_id: str | None
    tmdb_id: int | None


def read_ratings(
    source: Path | SourceFile,
    *,
    movie_ids: Container[int] | None = None,
    wrap: Wrap = unwrapped,
) -> Iterator[RatingRow]:
    """Stream the ratings of a file, or of the folder or ZIP that `source` names.

    Given `movie_ids`, a rating of any other film is refused. `wrap` may put a counting file
    around the opened one. Rows come in the order of the file, duplicates included.

    Raises:
        MovieLensFileError: at the first row that is not a rating.
    """
    file = find_ratings(source) if isinstance(source, Path) else source
    for line, (user, movie, stars, seconds) in read_rows(file, RATINGS, wrap):
        try:
            row = RatingRow(
                _id(user, "user id"), _id(movie, "movie id"), _score(stars), _moment(seconds)
            )
        except ValueError as error:
            raise MovieLensFileError(file.name, line, str(error)) from None
        if movie_ids is not None and row.movie_id not in movie_ids:
            reason = f"movie {row.movie_id} is not in the table of movies"
            raise MovieLensFileError(file.name, line, reason)
        yield row


def read_movies(source: SourceFile, *, wrap: Wrap = unwrapped) -> Iterator[MovieRow]:
    """Stream the films; one that is listed twice is refused."""
    first_lines: dict[int, int] = {}
    for line, (movie, title, genres) in read_rows(source, MOVIES, wrap):
        try:
            row = MovieRow(_id(movie, "movie id"), _title(title, source), _genres(genres))
            _refuse_repetition(first_lines, row.movie_id, line)
        except ValueError as error:
            raise MovieLensFileError(source.name, line, str(error)) from None
        yield row


def read_links(source: SourceFile, *, wrap: Wrap = unwrapped) -> Iterator[LinkRow]:
    """Stream the ids that IMDb and TMDb give the films; one that is listed twice is refused."""
    first_lines: dict[int, int] = {}
    for line, (movie, imdb, tmdb) in read_rows(source, LINKS, wrap):
        try:
            row = LinkRow(
                _id(movie, "movie id"),
                _imdb_id(imdb),
                _id(tmdb, "TMDb id") if tmdb.strip() else None,
            )
            _refuse_repetition(first_lines, row.movie_id, line)
        except ValueError as error:
            raise MovieLensFileError(source.name, line, str(error)) from None
        yield row


def _refuse_repetition(first_lines: dict[int, int], movie_id: int, line: int) -> None:
    first = first_lines.setdefault(movie_id, line)
    if first != line:
        raise ValueError(f"movie {movie_id} is listed again, first in line {first}")


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…")


# A table repeats few ids and fewer scores, so most are answered by the cache.
@lru_cache(maxsize=1 << 16)
def _id(text: str, name: str) -> int:
    digits = text.strip()
    if not (digits.isascii() and digits.isdecimal()):
        raise ValueError(f"{name} {_shown(text)} is not a whole number")
    if len(digits.lstrip("0")) > len(str(MAX_ID)) or not 0 < int(digits) <= MAX_ID:
        raise ValueError(f"{name} {_shown(text)} is not between 1 and {MAX_ID}")
    return int(digits)


@lru_cache(maxsize=1 << 8)
def _score(text: str) -> int:
    stars = _STARS.fullmatch(text.strip())
    score = 2 * int(stars[1]) + (stars[2] == "5") if stars else 0
    if not 1 <= score <= 10:  # noqa: PLR2004  # the scale of ratings, said by the message
        raise ValueError(f"rating {_shown(text)} is not a half or whole star from 0.5 to 5")
    return score


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise ValueError(f"timestamp {_shown(text)} is not a whole number of seconds")
    if len(text) > len(str(LATEST_RATING)) or not EARLIEST_RATING <= int(text) <= LATEST_RATING:
        raise ValueError(f"timestamp {_shown(text)} is not a moment from 1990 to 2100")
    return datetime.fromtimestamp(int(text), UTC)


def _title(text: str, source: SourceFile) -> str:
    title = (_redecoded(text) if source.layout == ".dat" else text).strip()
    if not title:
        raise ValueError("the title is empty")
    if _CONTROL_CHARACTERS.search(title):
        raise ValueError(f"title {_shown(title)} holds control characters")
    if len(title) > MAX_TITLE_LENGTH:
        raise ValueError(f"title {_shown(title)} is longer than {MAX_TITLE_LENGTH} characters")
    return title


def _redecoded(text: str) -> str:
    """Later `.dat` sets are in UTF-8; Latin-1 titles practically never are valid UTF-8."""
    try:
        return text.encode("latin-1").decode()
    except UnicodeDecodeError:
        return text


def _genres(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split("|") if name.strip())


def _imdb_id(text: str) -> str | None:
    digits = text.strip().removeprefix("tt")
    return f"tt{_id(digits, 'IMDb id'):07d}" if digits else None
