"""A load as the files of a MovieLens data set, in a folder or a ZIP; needs no database."""

import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from services.imports.movielens_blocks import RatingBlock

from .generating import Load

ZIP = ".zip"
_STARS = ("", *(f"{score / 2:.1f}" for score in range(1, 11)))
# Quick to write; a higher level saves a tenth of the size and takes three times as long.
_COMPRESSION_LEVEL = 1

Told = Callable[[int], None]


class TargetError(Exception):
    """The files cannot be written there."""


@dataclass(frozen=True, slots=True)
class Written:
    ratings: int
    files: tuple[Path, ...]

    @property
    def size(self) -> int:
        return sum(file.stat().st_size for file in self.files)


def refuse_target(target: Path) -> None:
    """Raises TargetError where something stands that would be replaced."""
    if target.suffix.lower() == ZIP:
        if target.exists():
            raise TargetError(f"{target} exists already: name another file, or remove it.")
    elif target.exists() and not target.is_dir():
        raise TargetError(f"{target} is neither a folder nor called …{ZIP}.")
    elif target.is_dir() and any(target.iterdir()):
        raise TargetError(f"{target} is not empty: name another folder.")


def write_files(load: Load, target: Path, *, told: Told) -> Written:
    """Write `ratings.csv`, `movies.csv` and `links.csv`: all of them, or nothing.

    `told` hears how many ratings have been written each time there are more.

    Raises:
        TargetError: something stands there already, or nothing can be written there.
    """
    refuse_target(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as name:
            return _write(load, Path(name), target, told)
    except OSError as error:
        raise TargetError(f"{target} cannot be written ({error.strerror or error}).") from error


def _write(load: Load, beside: Path, target: Path, told: Told) -> Written:
    """Written beside the target and then moved, so that no half of it is ever there."""
    made = beside / target.name
    if target.suffix.lower() == ZIP:
        with _zipped(made, target.stem) as opened:
            ratings = _write_tables(load, opened, told)
        made.replace(target)
        return Written(ratings, (target,))
    made.mkdir()
    ratings = _write_tables(load, lambda name: (made / name).open("wb"), told)
    if target.is_dir():
        target.rmdir()
    shutil.move(made, target)
    return Written(ratings, tuple(sorted(target.iterdir())))


@contextmanager
def _zipped(file: Path, folder: str) -> Iterator[Callable[[str], IO[bytes]]]:
    level = _COMPRESSION_LEVEL
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        # A member that is only named has no moment: the same load is the same archive.
        yield lambda name: archive.open(f"{folder}/{name}", "w", force_zip64=True)


def _write_tables(load: Load, opened: Callable[[str], IO[bytes]], told: Told) -> int:
    with opened("movies.csv") as file:
        file.write(b"movieId,title,genres\n")
        for movie in load.movies():
            file.write(f"{movie.movie_id},{movie.title},{'|'.join(movie.genres)}\n".encode())
    with opened("links.csv") as file:
        file.write(b"movieId,imdbId,tmdbId\n")
        for link in load.links():
            file.write(f"{link.movie_id},{(link.imdb_id or '')[2:]},{link.tmdb_id}\n".encode())
    with opened("ratings.csv") as file:
        file.write(b"userId,movieId,rating,timestamp\n")
        return _write_ratings(load, file, told)


def _write_ratings(load: Load, file: IO[bytes], told: Told) -> int:
    written = 0
    for block in load.blocks():
        file.write(_lines(block))
        written += len(block)
        told(written)
    return written


def _lines(block: RatingBlock) -> bytes:
    stars = [_STARS[score] for score in block.scores.tolist()]
    columns = (block.user_ids.tolist(), block.movie_ids.tolist(), stars, block.seconds.tolist())
    return "".join(["%d,%d,%s,%d\n" % row for row in zip(*columns, strict=True)]).encode()  # noqa: UP031  # twice as quick
