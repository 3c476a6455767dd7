"""The daily export of all ids: one JSON object a line, gzipped, read as it comes."""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import bodies
from .errors import UnavailableError
from .payloads import values
from .payloads.people import MAX_POPULARITY
from .payloads.values import Dropped, UnusableRowError
from .transport import naming_failures

if TYPE_CHECKING:
    from requests import Response

MOST_LINE_BYTES = 64 * 1024
# Decompressed at once; a gzip of nothing but zeros is a thousandth of what it holds.
PIECE_BYTES = 512 * 1024
_WITH_GZIP_HEADER = zlib.MAX_WBITS | 16


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportLine:
    tmdb_id: int
    original_title: str
    popularity: float
    adult: bool
    video: bool


class Export:
    """The lines of one day, once; `dropped` counts those that cannot be used.

    Raises, after the lines that came:
        UnavailableError: the file ends early, or is damaged or empty: these are not all titles.
    """

    def __init__(self, response: "Response") -> None:
        self._response = response
        self.dropped = Dropped()

    def __iter__(self) -> Iterator[ExportLine]:
        is_empty = True
        for lines in self._lines():
            for row in _rows(lines, self.dropped):
                try:
                    line = _read(row)
                except UnusableRowError as reason:
                    self.dropped[str(reason)] += 1
                else:
                    is_empty = False
                    yield line
        if is_empty:
            raise UnavailableError("TMDb's export has no line that can be used")

    def _lines(self) -> Iterator[list[bytes]]:
        rest = b""
        is_too_long = False
        for piece in self._decompressed():
            *lines, rest = (rest + piece).split(b"\n")
            if lines and is_too_long:
                # What is left of a line whose beginning was thrown away.
                del lines[0]
                is_too_long = False
            if len(rest) > MOST_LINE_BYTES:
                self.dropped["line"] += not is_too_long
                rest, is_too_long = b"", True
            yield lines
        yield [] if is_too_long else [rest]

    def _decompressed(self) -> Iterator[bytes]:
        """Ends where the gzip does; raises where it does not."""
        gunzip = _Gunzip()
        pieces = bodies.pieces(self._response, decode=False)
        while sent := naming_failures(lambda: next(pieces, b"")):
            yield from gunzip.pieces(sent)
        yield gunzip.end()


class _Gunzip:
    """Decompresses what comes, of which each part may be small and hold much."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_WITH_GZIP_HEADER)

    def pieces(self, sent: bytes) -> Iterator[bytes]:
        rest = sent
        while rest:
            if self._member.eof:
                # A gzip may have several members, one after the other.
                self._member = zlib.decompressobj(_WITH_GZIP_HEADER)
            try:
                yield self._member.decompress(rest, PIECE_BYTES)
            except zlib.error:
                raise UnavailableError("TMDb's export is damaged") from None
            rest = self._member.unconsumed_tail or self._member.unused_data

    def end(self) -> bytes:
        rest = self._member.flush()
        if not self._member.eof:
            raise UnavailableError("TMDb's export ends early")
        return rest


def _rows(lines: list[bytes], dropped: Dropped) -> list[object]:
    filled = [line for line in lines if line and not line.isspace()]
    fit = [line for line in filled if len(line) <= MOST_LINE_BYTES]
    if len(filled) > len(fit):
        dropped["line"] += len(filled) - len(fit)
    try:
        # As one array: a third of the time of one call for each line.
        rows = json.loads(b"[%b]" % b",".join(fit))
    except (ValueError, RecursionError):
        rows = []
    # A line may hold several values, or half of one.
    return rows if len(rows) == len(fit) else [_row(line) for line in fit]


def _row(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _read(row: object) -> ExportLine:
    if not isinstance(row, dict):
        raise UnusableRowError("line")
    popularity = values.number(row.get("popularity"), most=MAX_POPULARITY)
    return ExportLine(
        tmdb_id=values.tmdb_id(row.get("id")),
        original_title=values.text(row.get("original_title"), 500),
        popularity=popularity or 0.0,
        adult=row.get("adult") is True,
        video=row.get("video") is True,
    )
