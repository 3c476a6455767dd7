"""Rows produced one by one, as the file that PostgreSQL's COPY reads."""

from collections.abc import Iterable, Iterator
from io import TextIOBase
from itertools import islice
from typing import Any

ROWS_PER_READ = 4_096
NULL = r"\N"
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def escape(text: str | None) -> str:
    """A value in COPY's text format."""
    return NULL if text is None else text.translate(_ESCAPES)


class CopyStream(TextIOBase):
    """A file over an iterator of lines in COPY's text format; holds one batch at a time."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines: Iterator[str] = iter(lines)
        self.failure: BaseException | None = None

    def read(self, _size: int | None = -1) -> str:
        try:
            return "".join(islice(self._lines, ROWS_PER_READ))
        except BaseException as error:
            self.failure = error
            raise


def copy_rows(cursor: Any, *, table: str, lines: Iterable[str]) -> int:
    """COPY `lines` into `table` and return their number.

    An error that the iterator raises reaches the caller as itself; the driver alone would
    turn it into the text of a database error.
    """
    stream = CopyStream(lines)
    try:
        cursor.copy_expert(f"COPY {table} FROM STDIN", stream)
    except Exception:
        if stream.failure is not None:
            raise stream.failure from None
        raise
    count: int = cursor.rowcount
    return count
