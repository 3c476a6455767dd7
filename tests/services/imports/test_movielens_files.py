import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.imports import source_files
from services.imports.movielens_files import (
    EARLIEST_RATING,
    LATEST_RATING,
    LinkRow,
    MovieLensFileError,
    MovieRow,
    RatingRow,
    SourceFile,
    find_files,
    read_links,
    read_movies,
    read_ratings,
)

from .data_sets import LINKS, RATINGS, SOUND, write_folder, write_zip

AT = datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC)


def write(path: Path, content: str | bytes) -> SourceFile:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return SourceFile(path)


def test_ratings_are_twice_the_stars_and_carry_their_moment(tmp_path: Path) -> None:
    rows = list(read_ratings(write_folder(tmp_path)))

    assert rows[0] == RatingRow(user_id=7, movie_id=1, score=9, rated_at=AT)
    assert [row.score for row in rows] == [9, 6, 10, 1, 10]


def test_columns_are_found_by_name_in_any_order_and_case(tmp_path: Path) -> None:
    text = '\ufeffrating , MovieID,note,USERID\r\n"4",1,"a, b\r\nc",7\r\n\r\n3.5,2,,8\r\n'

    rows = list(read_ratings(write(tmp_path / "ratings.csv", text)))

    assert rows == [RatingRow(7, 1, 8, None), RatingRow(8, 2, 7, None)]


def test_an_empty_timestamp_is_an_unknown_moment(tmp_path: Path) -> None:
    rows = read_ratings(
        write(tmp_path / "ratings.csv", "userId,movieId,rating,timestamp\n7,1,4,\n")
    )

    assert [row.rated_at for row in rows] == [None]


def test_dat_files_are_read_without_a_header(tmp_path: Path) -> None:
    ratings = write(tmp_path / "ratings.dat", "7::1::4.5::1000000000\r\n8::2::3\n\n")

    assert list(read_ratings(ratings)) == [RatingRow(7, 1, 9, AT), RatingRow(8, 2, 6, None)]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_dat_titles_are_latin_1_unless_they_are_valid_utf_8(tmp_path: Path, encoding: str) -> None:
    content = "73::Misérables, Les (1995)::Drama|Musical\n".encode(encoding)

    (movie,) = read_movies(write(tmp_path / "movies.dat", content))

    assert movie == MovieRow(73, "Misérables, Les (1995)", ("Drama", "Musical"))


def test_links_are_ids_of_imdb_and_tmdb(tmp_path: Path) -> None:
    text = LINKS + "6,tt12345678,\n7,,12\n"

    rows = list(read_links(write(tmp_path / "links.csv", text)))

    assert rows[0] == LinkRow(1, "tt0114709", 862)
    assert rows[-2:] == [LinkRow(6, "tt12345678", None), LinkRow(7, None, 12)]


def test_layouts_may_be_mixed_in_one_folder(tmp_path: Path) -> None:
    movies = "1::Toy Story (1995)::Animation\n"
    files = find_files(write_folder(tmp_path, {"movies.csv": None, "movies.dat": movies}))

    assert (files.movies.name, files.ratings.name) == ("movies.dat", "ratings.csv")


@pytest.mark.parametrize("top", ["", "ml-small/"])
def test_a_zip_is_read_like_its_folder(tmp_path: Path, top: str) -> None:
    folder = write_folder(tmp_path / "unpacked")
    archive = write_zip(
        tmp_path / "small.zip", SOUND | {"__MACOSX/ratings.csv": "junk", "README": "x"}, top
    )

    files = find_files(archive)

    assert files.name == "small"
    assert files.ratings.size == len(RATINGS.encode())
    assert list(read_ratings(archive)) == list(read_ratings(folder))
    assert list(read_movies(files.movies)) == list(read_movies(find_files(folder).movies))


def test_wrap_sees_the_bytes_that_are_read(tmp_path: Path) -> None:
    seen: list[str] = []

    rows = read_ratings(
        write_folder(tmp_path), wrap=lambda file, source: seen.append(source.name) or file
    )

    assert len(list(rows)) == 5
    assert seen == ["ratings.csv"]


def test_a_zip_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = write_zip(tmp_path / "bomb.zip", SOUND | {"ratings.csv": b"0" * 100_000})
    monkeypatch.setattr(source_files, "UNGUARDED_BYTES", 50_000)

    with pytest.raises(MovieLensFileError, match=r"bomb.zip/ratings.csv: .* times its size"):
        find_files(archive)
    monkeypatch.setattr(source_files, "MAX_UNPACKED_BYTES", 99_999)
    with pytest.raises(MovieLensFileError, match=r"it unpacks to 100,000 bytes"):
        find_files(archive)


def test_a_member_that_is_larger_than_declared_is_refused(tmp_path: Path) -> None:
    """A lying header cannot smuggle in more bytes: the check sum no longer fits."""
    archive = write_zip(tmp_path / "lie.zip")
    declared = len(RATINGS.encode()).to_bytes(4, "little")
    content = archive.read_bytes()
    archive.write_bytes(content.replace(declared, (51).to_bytes(4, "little")))

    with pytest.raises(MovieLensFileError, match=r"ratings.csv: it cannot be read"):
        list(read_ratings(archive))


def test_members_in_deeper_folders_or_outside_are_not_tables(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "deep.zip", top="../a/b/")

    with pytest.raises(MovieLensFileError, match=r"neither ratings.csv nor ratings.dat"):
        find_files(archive)


def test_a_damaged_zip_is_refused(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "cut.zip")
    archive.write_bytes(archive.read_bytes()[:-40])

    with pytest.raises(MovieLensFileError, match=r"cut.zip: it is neither a folder nor a readable"):
        find_files(archive)


def test_a_table_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {"ratings.dat": "7::1::4\n"})

    with pytest.raises(MovieLensFileError, match=r"ratings.csv and ratings.dat: which one counts"):
        find_files(folder)


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "locked.zip")
    with zipfile.ZipFile(archive) as opened:
        info = opened.getinfo("ratings.csv")
    content = bytearray(archive.read_bytes())
    # The flags stand 6 bytes into a local header and 8 bytes into a directory entry.
    content[info.header_offset + 6] |= 1
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(content)

    with pytest.raises(MovieLensFileError, match=r"locked.zip/ratings.csv: it is encrypted"):
        find_files(archive)


def moment_of(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


ids = st.integers(min_value=1, max_value=2**31 - 1)
rating_rows = st.builds(
    RatingRow,
    ids,
    ids,
    st.integers(min_value=1, max_value=10),
    # Whole numbers are drawn much faster than moments are.
    st.none() | st.integers(EARLIEST_RATING, LATEST_RATING).map(moment_of),
)


@given(
    rows=st.lists(rating_rows, min_size=1, max_size=20),
    name=st.sampled_from(["ratings.csv", "ratings.dat"]),
)
def test_whatever_is_written_is_read_back(
    rows: list[RatingRow], name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    separator = "," if name == "ratings.csv" else "::"
    lines = ["userId,movieId,rating,timestamp"] if name == "ratings.csv" else []
    for row in rows:
        seconds = int(row.rated_at.timestamp()) if row.rated_at else ""
        fields = (row.user_id, row.movie_id, row.score / 2, seconds)
        lines.append(separator.join(map(str, fields)))
    path = tmp_path_factory.mktemp("round-trip") / name

    assert list(read_ratings(write(path, "\n".join(lines)))) == rows


@given(content=st.binary(max_size=200), name=st.sampled_from(["ratings.csv", "ratings.dat"]))
def test_arbitrary_bytes_are_ratings_or_refused(
    content: bytes, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = write(tmp_path_factory.mktemp("bytes") / name, b"userId,movieId,rating\n" + content)

    try:
        scores = [row.score for row in read_ratings(file)]
    except MovieLensFileError as error:
        refusal = (error.file, bool(error.line))
    else:
        refusal = None

    assert refusal == (name, True) or (scores and set(scores) <= set(range(1, 11)))
