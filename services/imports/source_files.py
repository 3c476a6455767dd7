"""Where the tables of a MovieLens data set lie: files of a folder or members of a ZIP."""

import gzip
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, cast

LAYOUTS = (".csv", ".dat")
PACKED = ".gz"
# The largest MovieLens table so far has 0.9 GB; deflated ratings shrink to about a quarter.
MAX_UNPACKED_BYTES = 4 * 1024**3
MAX_UNPACKING_RATIO = 100
# Small members may be as repetitive as they like: they cannot hurt.
UNGUARDED_BYTES = 16 * 1024**2

Wrap = Callable[[IO[bytes], "SourceFile"], IO[bytes]]


class MovieLensFileError(Exception):
    """A data set that cannot be read. Only a corrected file heals it, no retry does."""

    def __init__(self, file: str, line: int | None, reason: str) -> None:
        self.file = file
        self.line = line
        self.reason = reason
        place = file if line is None else f"{file}, line {line}"
        super().__init__(f"{place}: {reason}")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One table: a file, or a member of the archive at `path`."""

    path: Path
    member: str | None = None

    @property
    def name(self) -> str:
        return PurePosixPath(self.member).name if self.member else self.path.name

    @property
    def layout(self) -> str:
        return PurePosixPath(self.name).suffix.lower()

    @property
    def size(self) -> int:
        """Bytes as read, which for a member of a ZIP means unpacked."""
        if self.member is None:
            return self.path.stat().st_size
        with zipfile.ZipFile(self.path) as archive:
            return archive.getinfo(self.member).file_size

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        if self.member is None:
            is_packed = self.path.suffix.lower() == PACKED
            with gzip.open(self.path) if is_packed else self.path.open("rb") as file:
                yield cast("IO[bytes]", file)
            return
        with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as file:
            yield file


@dataclass(frozen=True, slots=True)
class DataSetFiles:
    """The tables of one data set; `links` is None where the data set has none."""

    name: str
    ratings: SourceFile
    movies: SourceFile
    links: SourceFile | None


def unwrapped(file: IO[bytes], _source: SourceFile) -> IO[bytes]:
    return file


def find_files(location: Path) -> DataSetFiles:
    """Find the tables in a folder, or in a ZIP whose members may lie in one top folder.

    Raises:
        MovieLensFileError: a table is missing or there twice, or the archive is not safe.
    """
    tables = find_tables(location)
    return DataSetFiles(
        name=location.resolve().stem if zipfile.is_zipfile(location) else location.resolve().name,
        ratings=_one(tables, "ratings", location),
        movies=_one(tables, "movies", location),
        links=_one(tables, "links", location) if "links" in tables else None,
    )


def find_ratings(location: Path) -> SourceFile:
    """The ratings of a folder, of a ZIP, or the very file that `location` names."""
    if location.is_file() and location.suffix.lower() in LAYOUTS:
        return SourceFile(location)
    return _one(find_tables(location), "ratings", location)


def find_links(location: Path) -> SourceFile:
    """The links of a folder, of a ZIP, or the very file that `location` names."""
    if location.is_file() and not zipfile.is_zipfile(location):
        return SourceFile(location)
    return _one(find_tables(location), "links", location)


def find_tables(location: Path, layouts: Sequence[str] = LAYOUTS) -> dict[str, list[SourceFile]]:
    """The files of a folder or ZIP that end in one of `layouts`, by name without that ending."""
    if location.is_dir():
        files = [SourceFile(path) for path in sorted(location.iterdir()) if path.is_file()]
    elif not location.exists():
        raise MovieLensFileError(location.name, None, "there is no such folder or file")
    else:
        files = _members(location, layouts)
    tables: dict[str, list[SourceFile]] = {}
    for file in files:
        if file.layout in layouts:
            tables.setdefault(PurePosixPath(file.name.lower()).stem, []).append(file)
    return tables


def _members(location: Path, layouts: Sequence[str]) -> list[SourceFile]:
    try:
        with zipfile.ZipFile(location) as archive:
            members = [info for info in archive.infolist() if _is_table(info, layouts)]
    except (zipfile.BadZipFile, OSError) as error:
        raise MovieLensFileError(
            location.name, None, f"it is neither a folder nor a readable ZIP ({error})"
        ) from error
    for info in members:
        _refuse_unsafe(location, info)
    return [SourceFile(location, info.filename) for info in members]


def _is_table(info: zipfile.ZipInfo, layouts: Sequence[str]) -> bool:
    """Whether a member lies at the root or in a top folder and is named like a table."""
    path = PurePosixPath(info.filename)
    depth = len(path.parts)
    return depth in (1, 2) and path.parts[0] != "__MACOSX" and path.suffix.lower() in layouts


def _refuse_unsafe(location: Path, info: zipfile.ZipInfo) -> None:
    # zipfile stops at the declared size and checks the sum, so the declared size is the truth.
    name = f"{location.name}/{info.filename}"
    if info.flag_bits & 0x1:
        raise MovieLensFileError(name, None, "it is encrypted")
    if info.file_size > MAX_UNPACKED_BYTES:
        raise MovieLensFileError(name, None, f"it unpacks to {info.file_size:,} bytes")
    ratio = info.file_size / max(info.compress_size, 1)
    if info.file_size > UNGUARDED_BYTES and ratio > MAX_UNPACKING_RATIO:
        raise MovieLensFileError(name, None, f"it unpacks to {ratio:.0f} times its size")


def _one(tables: dict[str, list[SourceFile]], table: str, location: Path) -> SourceFile:
    found = tables.get(table, [])
    if not found:
        reason = f"it has neither {table}.csv nor {table}.dat"
        raise MovieLensFileError(location.name, None, reason)
    if len(found) > 1:
        names = " and ".join(file.member or file.name for file in found)
        raise MovieLensFileError(location.name, None, f"it has {names}: which one counts?")
    return found[0]
