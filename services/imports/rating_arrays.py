"""Any public table of ratings as arrays: read in blocks, in about the memory of its arrays."""

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from .growing_column import GrowingColumn
from .rating_blocks import BlockReader, Columns, Numbering
from .rating_layouts import Layout, detect_layout
from .source_files import (
    LAYOUTS,
    PACKED,
    MovieLensFileError,
    SourceFile,
    Wrap,
    find_tables,
    unwrapped,
)

BLOCK_BYTES = 1 << 20
# A few bytes may unpack to a line without end.
MAX_LINE_BYTES = 1 << 24
_RATING_LAYOUTS = (*LAYOUTS, ".data", ".tsv", ".txt", ".inter", PACKED)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SAMPLE_LINES = 1_001
# Stands for a moment that the file does not tell.
_UNKNOWN = -1


@dataclass(frozen=True, kw_only=True)
class RatingArrays:
    """Ratings in the order of their file, duplicates included.

    `user_ids` and `item_ids` int32 or int64[rows], `ratings` float32[rows] on the file's own scale,
    `times` int64[rows], seconds since 1970; None where the file has none, or not for the `untimed`
    ones. Ids that are texts are numbered from 1 in their sorted order; `named_items` tells that
    those of items are.
    """

    user_ids: NDArray[Any]
    item_ids: NDArray[Any]
    ratings: NDArray[np.float32]
    times: NDArray[np.int64] | None
    untimed: int = 0
    named_items: bool = False

    def __len__(self) -> int:
        return int(self.ratings.size)


def find_rating_table(location: Path) -> SourceFile:
    """The very file that `location` names, or the ratings of a folder or ZIP.

    Raises MovieLensFileError where there are none, or several.
    """
    is_archive = location.suffix.lower() == ".zip" or zipfile.is_zipfile(location)
    if location.is_file() and not is_archive:
        return SourceFile(location)
    tables = find_tables(location, _RATING_LAYOUTS)
    files = [file for name in sorted(tables) for file in tables[name]]
    for found in (
        [file for file in files if file.name.lower().split(".")[0] == "ratings"],
        [file for file in files if file.name.lower() == "u.data"],
        [file for file in files if "rating" in file.name.lower()],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            names = " and ".join(file.member or file.name for file in found)
            raise MovieLensFileError(location.name, None, f"it has {names}: which one counts?")
    reason = "it has neither ratings.csv nor ratings.dat, and no other file of ratings"
    raise MovieLensFileError(location.name, None, reason)


def read_rating_arrays(source: Path | SourceFile, *, wrap: Wrap = unwrapped) -> RatingArrays:
    """Read a file, or the ratings of the folder or ZIP that `source` names.

    Raises:
        MovieLensFileError: no such table, it is damaged, or a row is not a rating.
    """
    table = find_rating_table(source) if isinstance(source, Path) else source
    try:
        with table.open() as file:
            return _read(table, wrap(file, table))
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise MovieLensFileError(table.name, None, f"it cannot be read ({error})") from error


def _read(table: SourceFile, file: IO[bytes]) -> RatingArrays:
    blocks = _blocks(file, table.name)
    first = next(blocks, "")
    if not first.strip():
        raise MovieLensFileError(table.name, 1, "the file holds no rows")
    layout = detect_layout(table.name, list(islice(first.split("\n"), _SAMPLE_LINES)))
    reader = BlockReader(table.name, layout)
    columns = _joined(_columns(reader, layout, first, blocks), table.name)
    untimed = int(np.count_nonzero(columns[3] == _UNKNOWN))
    return RatingArrays(
        user_ids=_sorted(columns[0], reader.users) if layout.named_users else columns[0],
        item_ids=_sorted(columns[1], reader.items) if layout.named_items else columns[1],
        ratings=columns[2],
        times=columns[3] if layout.timed is not None and not untimed else None,
        untimed=untimed,
        named_items=layout.named_items,
    )


def _columns(
    reader: BlockReader, layout: Layout, first: str, others: Iterator[str]
) -> Iterator[Columns]:
    line = 1
    if layout.has_header:
        first = first.partition("\n")[2]
        line = 2
    yield reader.read(first, first_line=line)
    line += first.count("\n")
    for text in others:
        yield reader.read(text, first_line=line)
        line += text.count("\n")


def _blocks(file: IO[bytes], name: str) -> Iterator[str]:
    """Whole lines, about BLOCK_BYTES of them at once.

    Latin-1 decodes anything, and keeps the order and equality of ids in whatever encoding.
    """
    rest = file.read(len(_BYTE_ORDER_MARK)).removeprefix(_BYTE_ORDER_MARK)
    while chunk := file.read(BLOCK_BYTES):
        end = chunk.rfind(b"\n") + 1
        if end:
            yield (rest + chunk[:end]).decode("latin-1")
            rest = chunk[end:]
        else:
            rest += chunk
            if len(rest) > MAX_LINE_BYTES:
                reason = (
                    f"a line is longer than {MAX_LINE_BYTES:,} bytes: this is no table of ratings"
                )
                raise MovieLensFileError(name, None, reason)
    if rest:
        yield rest.decode("latin-1")


def _joined(blocks: Iterator[Columns], file: str) -> list[NDArray[Any]]:
    """The columns of all blocks; ids in 32 bits while they fit."""
    joined = [GrowingColumn(kind) for kind in (np.int32, np.int32, np.float32, np.int64)]
    rows = 0
    for columns in blocks:
        rows += columns[0].size
        for column, values in zip(joined, columns[:3], strict=False):
            _extend(column, values)
        if columns[3] is not None:
            joined[3].extend(np.nan_to_num(columns[3], nan=_UNKNOWN))
    if not rows:
        raise MovieLensFileError(file, 1, "the file holds no rows")
    return [column.finish() for column in joined]


def _extend(column: GrowingColumn, values: NDArray[Any]) -> None:
    is_narrow = column.dtype == np.int32
    if is_narrow and values.size and values.max() > np.iinfo(np.int32).max:
        column.widen(np.int64)
    column.extend(values)


def _sorted(ids: NDArray[Any], numbers: Numbering) -> NDArray[Any]:
    """Numbers from 1 in the order of the texts instead of that of their appearance."""
    texts = sorted(numbers)
    ranks = np.empty(len(texts), np.int32)
    ranks[[numbers[text] for text in texts]] = np.arange(1, len(texts) + 1)
    renumbered: NDArray[np.int32] = ranks[ids]
    return renumbered
