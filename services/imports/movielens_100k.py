"""Films of MovieLens 100K, whose table is laid out like that of no other set: `u.item`."""

import re
import zipfile
import zlib
from collections.abc import Iterator

from .movielens_files import MovieLensFileError, MovieRow
from .source_files import SourceFile, Wrap

NAME = "u.item"
# In the order of the file's last columns, as its `u.genre` has them.
# fmt: off
GENRES = (
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary",
    "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi",
    "Thriller", "War", "Western",
)
# fmt: on
_COLUMNS = 5 + len(GENRES)
_FLAGS = re.compile(r"[01]")


def read_items(source: SourceFile, wrap: Wrap) -> Iterator[MovieRow]:
    """Stream the films; raises MovieLensFileError at a row that is none, or for a damaged file."""
    try:
        with source.open() as file:
            for number, line in enumerate(wrap(file, source), 1):
                if line.strip():
                    fields = line.decode("latin-1").rstrip("\r\n").split("|")
                    yield _row(source.name, number, fields)
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise MovieLensFileError(source.name, None, f"it cannot be read ({error})") from error


def _row(file: str, line: int, fields: list[str]) -> MovieRow:
    flags = fields[_COLUMNS - len(GENRES) :]
    if len(fields) != _COLUMNS or not all(map(_FLAGS.fullmatch, flags)):
        reason = f"it is not a film of {_COLUMNS} fields, the last {len(GENRES)} of them 0 or 1"
        raise MovieLensFileError(file, line, reason)
    if not (fields[0].isascii() and fields[0].isdecimal()):
        raise MovieLensFileError(file, line, f"movie id {fields[0]!r} is not a whole number")
    genres = (name for name, flag in zip(GENRES, flags, strict=True) if flag == "1")
    return MovieRow(int(fields[0]), fields[1], tuple(genres))
