"""How a table of ratings is laid out: what separates its fields, and which column holds what."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from .source_files import MovieLensFileError

# Names as published sets write them, without case and punctuation; of several the first counts.
USER_NAMES = ("userid", "user", "uid", "reviewerid", "customerid", "memberid", "viewerid")
# fmt: off
ITEM_NAMES = (
    "movieid", "itemid", "item", "movie", "iid", "isbn", "bookid", "parentasin", "asin", "filmid",
    "film", "animeid", "songid", "artistid", "productid", "gameid", "businessid", "recipeid",
)
# fmt: on
# fmt: off
RATING_NAMES = (
    "rating", "ratings", "bookrating", "userrating", "score", "stars", "overall", "ratingval",
)
TIME_NAMES = (
    "timestamp", "time", "unixreviewtime", "unixtime", "ratingtimestamp", "ratedat", "date",
)
# fmt: on

_SEPARATORS = ("\t", ";", ",", "|")
_FEWEST_COLUMNS = 3
_SAMPLE_ROWS = 1_000
# A stray letter among numbers is a mistake; ids that are often no numbers are names.
_FEWEST_NAMES = 10
# A column with gaps comes out of pandas with a point in each id.
WHOLE_NUMBER = re.compile(r"([0-9]+)(?:\.0*)?", re.ASCII)
_PUNCTUATION = re.compile(r"[^a-z0-9]")


@dataclass(frozen=True, slots=True)
class Layout:
    """Positions of the columns; `timed` is None where there are no times.

    `named_users` and `named_items` tell that ids are texts. Of a file without a header its first
    line is a rating.
    """

    separator: str
    width: int
    user: int
    item: int
    rating: int
    timed: int | None
    has_header: bool
    named_users: bool = False
    named_items: bool = False

    def split(self, text: str) -> str:
        """The text with separators of one character, as csv and NumPy want them."""
        return text.replace("::", "\t") if self.separator == "::" else text

    @property
    def delimiter(self) -> str:
        return "\t" if self.separator == "::" else self.separator


def detect_layout(file: str, lines: Sequence[str]) -> Layout:
    """The layout of a file that begins with these lines; `file` is its name, for errors.

    Raises MovieLensFileError where users, items and ratings cannot be told apart.
    """
    separator = _separator(lines[0])
    delimiter = "\t" if separator == "::" else separator
    rows = _rows(lines, separator, delimiter)
    first = rows[0] if rows else []
    names = [_PUNCTUATION.sub("", name.split(":")[0].lower()) for name in first]
    if not set(names) & {*USER_NAMES, *ITEM_NAMES, *RATING_NAMES}:
        layout = _without_header(file, separator, first)
        sample = rows
    else:
        layout = _with_header(file, separator, names)
        sample = rows[1:]
    return _with_kinds(layout, [row for row in sample if len(row) == layout.width])


def _separator(line: str) -> str:
    if "::" in line:
        return "::"
    likeliest = max(_SEPARATORS, key=line.count)
    return likeliest if likeliest in line else " "


def _rows(lines: Sequence[str], separator: str, delimiter: str) -> list[list[str]]:
    """Those of a sample; where it is no valid CSV the reader itself says so, with the line."""
    sample = (line.replace(separator, delimiter) for line in lines)
    try:
        return list(islice(csv.reader(sample, delimiter=delimiter), _SAMPLE_ROWS + 1))
    except csv.Error:
        return [lines[0].replace(separator, delimiter).split(delimiter)]


def _without_header(file: str, separator: str, first: Sequence[str]) -> Layout:
    if len(first) < _FEWEST_COLUMNS or not _is_number(first[2]):
        raise MovieLensFileError(
            file, 1, "it is neither a header such as userId,movieId,rating nor a rating"
        )
    timed = 3 if len(first) > _FEWEST_COLUMNS else None
    return Layout(separator, len(first), 0, 1, 2, timed, has_header=False)


def _with_header(file: str, separator: str, names: Sequence[str]) -> Layout:
    return Layout(
        separator,
        len(names),
        user=_required(file, names, USER_NAMES, "userId"),
        item=_required(file, names, ITEM_NAMES, "movieId"),
        rating=_required(file, names, RATING_NAMES, "rating"),
        timed=_position(file, names, TIME_NAMES),
        has_header=True,
    )


def _required(file: str, names: Sequence[str], known: Sequence[str], usual: str) -> int:
    position = _position(file, names, known)
    if position is None:
        reason = f"column {usual} is missing, and so are its other names: {', '.join(known[1:])}"
        raise MovieLensFileError(file, 1, reason)
    return position


def _position(file: str, names: Sequence[str], known: Sequence[str]) -> int | None:
    found = next((name for name in known if name in names), None)
    if found is None:
        return None
    if names.count(found) > 1:
        raise MovieLensFileError(file, 1, f"column {found} is there {names.count(found)} times")
    return names.index(found)


def _with_kinds(layout: Layout, sample: Sequence[Sequence[str]]) -> Layout:
    return replace(
        layout,
        named_users=_are_names([row[layout.user] for row in sample]),
        named_items=_are_names([row[layout.item] for row in sample]),
    )


def _are_names(ids: Sequence[str]) -> bool:
    is_name = [WHOLE_NUMBER.fullmatch(each.strip()) is None for each in ids]
    return bool(is_name) and (is_name[0] or sum(is_name) >= _FEWEST_NAMES)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
