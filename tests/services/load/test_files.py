import zipfile
from pathlib import Path

import pytest

from services.imports.movielens_files import (
    LinkRow,
    find_files,
    read_links,
    read_movies,
    read_ratings,
)
from services.load.files import TargetError, write_files
from services.load.generating import Load
from services.load.sizes import LoadSize

SIZE = LoadSize("test", viewers=600, films=200, ratings=8_000)


def write(target: Path, *, seed: int = 3) -> Path:
    written = write_files(Load.draw(SIZE, seed=seed), target, told=lambda _ratings: None)
    assert written.ratings == SIZE.ratings
    return target


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a"), write(tmp_path / "b")

    assert contents(first) == contents(second)
    assert contents(first)["ratings.csv"] != contents(write(tmp_path / "c", seed=4))["ratings.csv"]


def test_a_zip_is_the_same_whenever_it_is_written_and_holds_the_same_files(tmp_path: Path) -> None:
    folder = write(tmp_path / "load")
    first = write(tmp_path / "1" / "load.zip")
    second = write(tmp_path / "2" / "load.zip")

    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        unpacked = {Path(name).name: archive.read(name) for name in archive.namelist()}
    assert unpacked == contents(folder)


@pytest.mark.parametrize("name", ["load", "load.zip"])
def test_the_importer_reads_what_was_written(tmp_path: Path, name: str) -> None:
    load = Load.draw(SIZE, seed=3)
    files = find_files(write(tmp_path / name))

    assert list(read_movies(files.movies)) == list(load.movies())
    assert files.links is not None
    links = list(read_links(files.links))
    assert links == list(load.links())
    assert links[0] == LinkRow(1, "tt90000001", 900_000_001)
    read = [
        (row.user_id, row.movie_id, row.score, int(row.rated_at.timestamp()))
        for row in read_ratings(files.ratings)
    ]
    drawn = [
        row
        for block in load.blocks()
        for row in zip(block.user_ids, block.movie_ids, block.scores, block.seconds, strict=True)
    ]
    assert read == drawn


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    assert len(contents(write(tmp_path))) == 3


@pytest.mark.parametrize("name", ["full", "file", "there.zip"])
def test_nothing_is_replaced(tmp_path: Path, name: str) -> None:
    (tmp_path / "full").mkdir()
    for file in ("full/notes.txt", "file", "there.zip"):
        (tmp_path / file).write_text("mine")

    with pytest.raises(TargetError, match=name):
        write(tmp_path / name)

    assert (tmp_path / "full/notes.txt").read_text() == "mine"
    assert (tmp_path / "there.zip").read_text() == "mine"


@pytest.mark.parametrize("name", ["load", "load.zip"])
def test_what_breaks_off_leaves_nothing(tmp_path: Path, name: str) -> None:
    def interrupt(_ratings: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_files(Load.draw(SIZE, seed=3), tmp_path / name, told=interrupt)

    assert list(tmp_path.iterdir()) == []
