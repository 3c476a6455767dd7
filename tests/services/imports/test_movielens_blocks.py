"""The quick reader of ratings tells what the careful one does, of whatever file."""

from pathlib import Path

import pytest

from services.imports import movielens_blocks
from services.imports.movielens_blocks import UNKNOWN, read_rating_blocks
from services.imports.movielens_files import MovieLensFileError, SourceFile, read_ratings

HEADER = "userId,movieId,rating,timestamp\n"
PLAIN = "".join(f"{n},{n % 7 + 1},{n % 10 / 2 + 0.5},{10**9 + n}\n" for n in range(1, 60))
FILMS = range(1, 8)


def quick(file: Path) -> list[tuple[int, ...]]:
    return [
        row
        for block in read_rating_blocks(SourceFile(file), movie_ids=FILMS)
        for row in zip(
            *(column.tolist() for column in (block.user_ids, block.movie_ids)),
            *(column.tolist() for column in (block.scores, block.seconds)),
            strict=True,
        )
    ]


def careful(file: Path) -> list[tuple[int, ...]]:
    return [
        (row.user_id, row.movie_id, row.score, int(row.rated_at.timestamp()) if row.rated_at else 0)
        for row in read_ratings(SourceFile(file), movie_ids=FILMS)
    ]


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(movielens_blocks, "BLOCK_BYTES", 256)


def written(folder: Path, text: str, name: str = "ratings.csv") -> Path:
    file = folder / name
    file.write_text(text, newline="")
    return file


def test_a_plain_table_is_never_given_to_the_careful_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, HEADER + PLAIN)
    expected = careful(file)

    def refuse(*_args: object, **_options: object) -> None:
        raise AssertionError("this table is plain")

    monkeypatch.setattr(movielens_blocks, "read_ratings", refuse)

    assert quick(file) == expected
    assert len(expected) == 59


@pytest.mark.parametrize(
    "text",
    [
        HEADER + PLAIN.rstrip("\n"),
        (HEADER + PLAIN).replace("\n", "\r\n"),
        f"\ufeff{HEADER}{PLAIN}",
        f"{HEADER}{PLAIN}\n\n1,2,4,\n{PLAIN}",
        f'{HEADER}{PLAIN}"60","3","4.5","1000000000"\n{PLAIN}',
        f"{HEADER}{PLAIN}007,1,4.50,1000000000\n",
        "movieId,userId,rating,timestamp\n1,2,3,1000000000\n",
        "userId,movieId,rating\n1,2,3\n2,2,0.5\n",
    ],
    ids=["no end", "CRLF", "mark", "blank", "quotes", "zeros", "other order", "no moments"],
)
def test_what_is_unusual_but_sound_is_read_alike(tmp_path: Path, text: str) -> None:
    file = written(tmp_path, text)

    assert quick(file) == careful(file)


def test_colons_are_read_alike(tmp_path: Path) -> None:
    file = written(tmp_path, PLAIN.replace(",", "::"), "ratings.dat")

    assert quick(file) == careful(file)


def test_an_unknown_moment_is_told(tmp_path: Path) -> None:
    assert quick(written(tmp_path, f"{HEADER}1,2,3,\n")) == [(1, 2, 6, UNKNOWN)]


@pytest.mark.parametrize(
    "row",
    [
        "1,2,3",
        "1,2,3,1000000000,5",
        "1,2,3,1000000000\n1,2\n1,2,3,1000000000,7,8",
        "1,8,3,1000000000",
        "0,2,3,1000000000",
        "1,2,5.5,1000000000",
        "1,2,4.25,1000000000",
        "1,2,.5,1000000000",
        "1,2,4.,1000000000",
        "1,2,1.2.3,1000000000",
        "1.0,2,3,1000000000",
        "1,2,3,1000000000000",
        "1,2,3,999",
        "-1,2,3,1000000000",
        "99999999999999999999,2,3,1000000000",
        "1,2,nan,1000000000",
        "1,2,3,1e9",
        ",2,3,1000000000",
        "x,2,3,1000000000",
    ],
)
def test_what_is_wrong_is_refused_in_the_same_words(tmp_path: Path, row: str) -> None:
    file = written(tmp_path, f"{HEADER}{PLAIN}{row}\n{PLAIN}")

    with pytest.raises(MovieLensFileError) as careful_error:
        careful(file)
    with pytest.raises(MovieLensFileError) as quick_error:
        quick(file)

    assert str(quick_error.value) == str(careful_error.value)
    assert "line 6" in str(quick_error.value)


@pytest.mark.parametrize("text", ["", HEADER])
def test_a_table_without_rows_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(MovieLensFileError):
        quick(written(tmp_path, text))
