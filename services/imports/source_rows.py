"""The rows of one table, in either layout, as text fields with the line they end on."""

import csv
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from operator import itemgetter
from typing import IO, Any

from .source_files import MovieLensFileError, SourceFile, Wrap

SEPARATOR = "::"

NumberedRow = tuple[int, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns to pick, in order; an optional one that is absent reads as ''."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()


RATINGS = Columns(("userId", "movieId", "rating"), ("timestamp",))
MOVIES = Columns(("movieId", "title", "genres"))
LINKS = Columns(("movieId", "imdbId", "tmdbId"))


def read_rows(source: SourceFile, columns: Columns, wrap: Wrap) -> Iterator[NumberedRow]:
    """Yield line number and picked fields of each row that is not blank.

    Raises:
        MovieLensFileError: the file is empty, not of its layout, undecodable or damaged.
    """
    rows = 0
    try:
        with source.open() as file:
            read = _dat_rows if source.layout == ".dat" else _csv_rows
            for numbered in read(source, wrap(file, source), columns):
                rows += 1
                yield numbered
    except UnicodeDecodeError as error:
        line = _first_undecodable_line(source)
        raise MovieLensFileError(source.name, line, "it is not text in UTF-8") from error
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise MovieLensFileError(source.name, None, f"it cannot be read ({error})") from error
    if not rows:
        raise MovieLensFileError(source.name, 1, "the file holds no rows")


def _csv_rows(source: SourceFile, file: IO[bytes], columns: Columns) -> Iterator[NumberedRow]:
    # The file is closed by whoever opened it, so the wrapper must not outlive this function.
    text = TextIOWrapper(file, encoding="utf-8-sig", newline="")
    reader = csv.reader(text, strict=True)
    line = 0
    try:
        header = next(reader, [])
        pick, width = _picker(source, header, columns)
        for row in reader:
            line = reader.line_num
            if len(row) == width:
                yield line, pick(row)
            elif row:
                raise _wrong_width(source, line, len(row), str(width))
    except csv.Error as error:
        reason = f"it is not valid CSV from here on ({error})"
        raise MovieLensFileError(source.name, line + 1, reason) from error
    finally:
        text.detach()


def _picker(source: SourceFile, header: list[str], columns: Columns) -> tuple[Any, int]:
    names = [name.strip().lower() for name in header]
    if not any(names):
        raise MovieLensFileError(source.name, 1, "the file has no header")
    for column in (*columns.required, *columns.optional):
        found = names.count(column.lower())
        if found > 1:
            raise MovieLensFileError(source.name, 1, f"column {column} is there {found} times")
        if not found and column in columns.required:
            raise MovieLensFileError(source.name, 1, f"column {column} is missing")
    wanted = [column.lower() for column in (*columns.required, *columns.optional)]
    pick = itemgetter(*(names.index(column) for column in wanted if column in names))
    absent = [""] * sum(column not in names for column in wanted)
    if absent:
        return (lambda row: (*pick(row), *absent)), len(header)
    return pick, len(header)


def _dat_rows(source: SourceFile, file: IO[bytes], columns: Columns) -> Iterator[NumberedRow]:
    fewest = len(columns.required)
    most = fewest + len(columns.optional)
    text = TextIOWrapper(file, encoding="latin-1")
    try:
        for line, record in enumerate(text, 1):
            row = record.rstrip("\n").split(SEPARATOR)
            if fewest <= len(row) <= most:
                yield line, row if len(row) == most else [*row, *[""] * (most - len(row))]
            elif record.strip():
                expected = str(fewest) if fewest == most else f"{fewest} or {most}"
                raise _wrong_width(source, line, len(row), expected)
    finally:
        text.detach()


def _wrong_width(source: SourceFile, line: int, width: int, expected: str) -> MovieLensFileError:
    fields = "1 field" if width == 1 else f"{width} fields"
    return MovieLensFileError(source.name, line, f"{fields} where {expected} are expected")


def _first_undecodable_line(source: SourceFile) -> int | None:
    """The decoder works in blocks, so the line is looked for once it is known to be there."""
    with source.open() as file:
        for line, record in enumerate(file, 1):
            try:
                record.decode()
            except UnicodeDecodeError:
                return line
    return None
