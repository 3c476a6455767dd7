"""A block of lines of a rating table as arrays: by NumPy's own reader where all is numbers.

That reader is strict but says little. So a block that it refuses is read again row by row, which
takes what is unusual but sound (no time, a date) and names line and reason of what is not.
"""

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .rating_layouts import WHOLE_NUMBER, Layout
from .source_files import MovieLensFileError

MAX_ID = 2**63 - 1
# Seconds since 1970 have ten digits, and will for long; thirteen are milliseconds, and so on.
_FINER_UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
_SHOWN_CHARACTERS = 40

Columns = tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any] | None]


class Numbering(dict[str, int]):
    """Numbers texts from 0 in the order in which they come."""

    def __missing__(self, text: str) -> int:
        self[text] = number = len(self)
        return number


@dataclass
class BlockReader:
    """Reads blocks of one table; users and items that are texts are numbered as they come.

    Columns are users and items int64[rows], ratings float64[rows], and times float64[rows], seconds
    since 1970 or NaN; None where the table has none.
    """

    file: str
    layout: Layout
    users: Numbering = field(default_factory=Numbering)
    items: Numbering = field(default_factory=Numbering)

    def read(self, text: str, *, first_line: int) -> Columns:
        """The columns of whole lines.

        Raises MovieLensFileError at the first row that is not a rating.
        """
        text = self.layout.split(text.replace("\r\n", "\n"))
        quick = self._named if self.layout.named_users or self.layout.named_items else self._numbers
        # NumPy's reader minds neither an open quotation at the end nor, but for a warning, no rows.
        if text.isspace() or not text or text.count('"') % 2:
            return self._checked(text, first_line)
        try:
            return quick(text)
        except (ValueError, OverflowError, csv.Error):
            return self._checked(text, first_line)

    def _numbers(self, text: str) -> Columns:
        rows = np.loadtxt(
            text.split("\n"),
            dtype=_row_type(self.layout),
            delimiter=self.layout.delimiter,
            comments=None,
            quotechar='"',
            ndmin=1,
        )
        times = rows["timed"] if self.layout.timed is not None else None
        return _sound(rows["user"], rows["item"], rows["rating"], times)

    def _named(self, text: str) -> Columns:
        columns = _split(text, self.layout)
        times = columns[self.layout.timed] if self.layout.timed is not None else None
        return _sound(
            self._ids(columns[self.layout.user], self.users, named=self.layout.named_users),
            self._ids(columns[self.layout.item], self.items, named=self.layout.named_items),
            np.array(list(map(float, columns[self.layout.rating]))),
            None if times is None else np.array(list(map(float, times))),
        )

    def _ids(self, texts: Sequence[str], numbers: Numbering, *, named: bool) -> NDArray[Any]:
        if not named:
            return np.array(list(map(int, texts)), np.int64)
        stripped = list(map(str.strip, texts))
        if "" in stripped:
            raise ValueError("an id is empty")
        return np.array(list(map(numbers.__getitem__, stripped)), np.int64)

    def _checked(self, text: str, first_line: int) -> Columns:
        rows = list(self._rows(text, first_line))
        users, items, ratings, times = zip(*rows, strict=True) if rows else ((), (), (), ())
        return (
            np.array(users, np.int64),
            np.array(items, np.int64),
            np.array(ratings, np.float64),
            np.array(times, np.float64) if self.layout.timed is not None else None,
        )

    def _rows(self, text: str, first_line: int) -> Iterator[tuple[int, int, float, float]]:
        reader = csv.reader(text.split("\n"), delimiter=self.layout.delimiter, strict=True)
        line = first_line - 1
        try:
            for row in reader:
                line = first_line - 1 + reader.line_num
                if any(map(str.strip, row)):
                    yield self._row(row)
        except csv.Error as error:
            raise MovieLensFileError(self.file, line + 1, f"from here on: {error}") from None
        except ValueError as error:
            raise MovieLensFileError(self.file, line, str(error)) from None

    def _row(self, row: Sequence[str]) -> tuple[int, int, float, float]:
        layout = self.layout
        if len(row) != layout.width:
            fields = "1 field" if len(row) == 1 else f"{len(row)} fields"
            raise ValueError(f"{fields} where {layout.width} are expected")
        return (
            _id(row[layout.user], "user id", self.users if layout.named_users else None),
            _id(row[layout.item], "item id", self.items if layout.named_items else None),
            _rating(row[layout.rating]),
            math.nan if layout.timed is None else _seconds(row[layout.timed]),
        )


def _row_type(layout: Layout) -> np.dtype[Any]:
    """What NumPy's reader is to find; a column that nobody needs is cut to one character."""
    types = {layout.user: ("user", "i8"), layout.item: ("item", "i8")}
    types[layout.rating] = ("rating", "f8")
    if layout.timed is not None:
        types[layout.timed] = ("timed", "f8")
    return np.dtype([types.get(place, (f"other{place}", "S1")) for place in range(layout.width)])


def _split(text: str, layout: Layout) -> list[list[str]]:
    """Column by column; raises ValueError where a row is not as wide as it should be."""
    lines = [line for line in text.split("\n") if line]
    if '"' in text:
        rows = list(csv.reader(lines, delimiter=layout.delimiter, strict=True))
        if any(len(row) != layout.width for row in rows):
            raise ValueError("a row has another width")
        cells = [cell for row in rows for cell in row]
    else:
        delimiter = layout.delimiter
        if {line.count(delimiter) for line in lines} != {layout.width - 1}:
            raise ValueError("a row has another width")
        cells = delimiter.join(lines).split(delimiter)
    return [cells[place :: layout.width] for place in range(layout.width)]


def _sound(
    users: NDArray[Any], items: NDArray[Any], ratings: NDArray[Any], times: NDArray[Any] | None
) -> Columns:
    """The same columns, times in seconds; raises ValueError where a value makes no sense."""
    if users.size and not (
        users.min() >= 0
        and items.min() >= 0
        and np.all(np.isfinite(ratings))
        and (times is None or np.all((times >= 0) & np.isfinite(times)))
    ):
        raise ValueError("a value is out of range")
    if times is not None:
        times = times / _per_second(times)
    return users, items, ratings, times


def _per_second(times: NDArray[Any]) -> NDArray[Any]:
    """How many of its unit each time has in a second."""
    return np.select([times >= first for first, _ in _FINER_UNITS], [n for _, n in _FINER_UNITS], 1)


def _id(text: str, name: str, numbers: Numbering | None) -> int:
    stripped = text.strip()
    if numbers is not None:
        if not stripped:
            raise ValueError(f"the {name} is empty")
        return numbers[stripped]
    whole = WHOLE_NUMBER.fullmatch(stripped)
    if whole is None:
        raise ValueError(f"{name} {_shown(text)} is not a whole number")
    # Python refuses to convert thousands of digits at all.
    digits = whole[1].lstrip("0")
    if len(digits) > len(str(MAX_ID)) or int(digits or 0) > MAX_ID:
        raise ValueError(f"{name} {_shown(text)} is above {MAX_ID}")
    return int(digits or 0)


def _rating(text: str) -> float:
    try:
        rating = float(text)
    except ValueError:
        raise ValueError(f"rating {_shown(text)} is not a number") from None
    if not math.isfinite(rating):
        raise ValueError(f"rating {_shown(text)} is not a number")
    return rating


def _seconds(text: str) -> float:
    """Since 1970; NaN where the text is empty."""
    stripped = text.strip()
    if not stripped:
        return math.nan
    try:
        seconds = float(stripped)
    except ValueError:
        return _seconds_of_date(stripped)
    if not (math.isfinite(seconds) and seconds >= 0):
        raise ValueError(f"timestamp {_shown(text)} is not a number of seconds from 0")
    return next((seconds / each for first, each in _FINER_UNITS if seconds >= first), seconds)


def _seconds_of_date(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"timestamp {_shown(text)} is neither seconds nor a date") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…")
