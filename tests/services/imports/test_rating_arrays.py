"""The fast reader of ratings: it agrees with the slow one, and takes more layouts than that."""

import gzip
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.imports import rating_arrays
from services.imports.movielens_files import MovieLensFileError, read_ratings
from services.imports.rating_arrays import RatingArrays, find_rating_table, read_rating_arrays
from services.imports.source_files import SourceFile

HEADER = "userId,movieId,rating,timestamp"


def read(path: Path, content: str | bytes) -> RatingArrays:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_rating_arrays(path)


def rows_of(arrays: RatingArrays) -> list[tuple[float, ...]]:
    columns = [arrays.user_ids, arrays.item_ids, arrays.ratings]
    if arrays.times is not None:
        columns.append(arrays.times)
    return list(zip(*(column.tolist() for column in columns), strict=True))


ROWS = st.lists(
    st.tuples(
        st.integers(1, 2**31 - 1),
        st.integers(1, 2**31 - 1),
        st.integers(1, 10).map(lambda score: score / 2),
        st.integers(631_152_000, 4_102_444_799),
    ),
    min_size=1,
    max_size=30,
)


@given(ROWS, st.sampled_from(["csv", "quoted", "dat"]), st.booleans(), st.integers(5, 200))
def test_it_reads_what_the_slow_reader_reads(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[int, int, float, int]],
    kind: str,
    timed: bool,  # noqa: FBT001  # drawn
    block_bytes: int,
) -> None:
    fields = [[str(value) for value in row[: 4 if timed else 3]] for row in rows]
    quote = '"' if kind == "quoted" else ""
    separator = "::" if kind == "dat" else f"{quote},{quote}"
    lines = [f"{quote}{separator.join(row)}{quote}" for row in fields]
    if kind != "dat":
        lines.insert(0, HEADER if timed else HEADER.rpartition(",")[0])
    path = tmp_path_factory.mktemp("ratings") / ("ratings.dat" if kind == "dat" else "ratings.csv")
    path.write_text("\n".join(lines))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rating_arrays, "BLOCK_BYTES", block_bytes)
        arrays = read_rating_arrays(path)

    slowly = list(read_ratings(path))
    assert arrays.user_ids.tolist() == [row.user_id for row in slowly]
    assert arrays.item_ids.tolist() == [row.movie_id for row in slowly]
    assert (arrays.ratings * 2).tolist() == [row.score for row in slowly]
    moments = [row.rated_at and int(row.rated_at.timestamp()) for row in slowly]
    assert (arrays.times.tolist() if arrays.times is not None else [None] * len(rows)) == moments


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ratings.csv", "userId,movieId,rating,timestamp\n7,1,4.5,1000\n8,2,3,2000\n"),
        ("ratings.csv", "\ufeffuserId,movieId,rating,timestamp\r\n7,1,4.5,1000\r\n\r\n8,2,3,2000"),
        ("ratings.csv", "timestamp,note,rating,item_id,user_id\n1000,a b,4.5,1,7\n2000,,3,2,8\n"),
        ("ratings.dat", "7::1::4.5::1000\n8::2::3::2000\n"),
        ("u.data", "7\t1\t4.5\t1000\n8\t2\t3\t2000\n"),
        (
            "x.inter",
            (
                "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
                "7\t1\t4.5\t1e3\n8\t2\t3\t2000.0\n"
            ),
        ),
        (
            "semicolon.csv",
            (
                '"User-ID";"Item-ID";"Rating";"Date"\n"7";"1";"4.5";"1970-01-01 00:16:40"\n'
                '"8";"2";"3";"1970-01-01T00:33:20+00:00"\n'
            ),
        ),
        ("ratings.txt", "7 1 4.5 1000\n8 2 3 2000\n"),
        (
            "letterboxd.csv",
            "_id,movie_id,rating_val,user_id,rating_timestamp\na,1,4.5,7,1000\nb,2,3,8,2000\n",
        ),
        ("pandas.csv", f"{HEADER}\n7.0,1.0,4.5,1000.0\n8.0,2.,3.0,2000.0\n"),
        ("without_header.csv", "7,1,4.5,1000\n8,2,3,2000\n"),
    ],
)
def test_layouts_of_published_sets_read_alike(tmp_path: Path, name: str, content: str) -> None:
    assert rows_of(read(tmp_path / name, content)) == [(7, 1, 4.5, 1000), (8, 2, 3.0, 2000)]


@pytest.mark.parametrize("zeros", ["000", "000000", "000000000"])
@pytest.mark.parametrize("first", ["7", "7.0"])
def test_times_in_finer_units_become_seconds(tmp_path: Path, zeros: str, first: str) -> None:
    text = f"{HEADER}\n{first},1,4,1000000000{zeros}\n8,2,3,1000000001{zeros}\n"
    arrays = read(tmp_path / "a.csv", text)

    assert rows_of(arrays) == [(7, 1, 4, 1_000_000_000), (8, 2, 3, 1_000_000_001)]


def test_a_rating_without_a_time_leaves_all_without(tmp_path: Path) -> None:
    arrays = read(tmp_path / "a.csv", f"{HEADER}\n7,1,4,1000\n8,2,3,\n")

    assert arrays.times is None
    assert arrays.untimed == 1
    assert rows_of(arrays) == [(7, 1, 4), (8, 2, 3)]


def test_ids_that_are_texts_are_numbered_in_sorted_order(tmp_path: Path) -> None:
    text = '"User-ID";"ISBN";"Book-Rating"\n"276";"X1";"0"\n"99";"0155061224";"5"\n"276";"é";"7"\n'

    arrays = read(tmp_path / "BX-Book-Ratings.csv", text.encode("latin-1"))

    assert rows_of(arrays) == [(276, 2, 0), (99, 1, 5), (276, 3, 7)]
    assert arrays.named_items


def test_both_kinds_of_id_may_be_texts_and_wide(tmp_path: Path) -> None:
    arrays = read(tmp_path / "a.csv", "u2,b,5.0,1\nu1,a,3.0,2\nu2,a,1.0,3\n")

    assert rows_of(arrays) == [(2, 2, 5, 1), (1, 1, 3, 2), (2, 1, 1, 3)]


def test_ids_above_32_bits_keep_their_value(tmp_path: Path) -> None:
    arrays = read(tmp_path / "a.csv", f"userId,movieId,rating\n1,{2**31},4\n{2**62},7,3\n")

    assert rows_of(arrays) == [(1, 2**31, 4), (2**62, 7, 3)]


def test_many_blocks_are_one_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rating_arrays, "BLOCK_BYTES", 4096)
    lines = [f"{row % 977},{row % 1013},{row % 5 + 1},{row}" for row in range(100_000)]

    arrays = read(tmp_path / "ratings.csv", "\n".join([HEADER, *lines]))

    rows = np.arange(100_000)
    assert np.array_equal(arrays.user_ids, rows % 977)
    assert np.array_equal(arrays.item_ids, rows % 1013)
    assert np.array_equal(arrays.ratings, rows % 5 + 1)
    assert arrays.times is not None
    assert np.array_equal(arrays.times, rows)
    assert arrays.user_ids.dtype == np.int32


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "holds no rows"),
        ("userId,movieId,rating\n", 1, "holds no rows"),
        ("userId,rating\n1,2\n", 1, "column movieId is missing"),
        ("userId,movieId\n1,2\n", 1, "column rating is missing"),
        ("userId,movieId,rating,rating\n", 1, "column rating is there 2 times"),
        ("these,are,words\n1,2,3\n", 1, "neither a header"),
        ("1,2\n", 1, "neither a header"),
        ("userId,movieId,rating\n1,2,4\n\n1,3,nice\n", 4, "rating 'nice' is not a number"),
        ("userId,movieId,rating\n1,2,4\n1,3,-inf\n", 3, "rating '-inf' is not a number"),
        ("userId,movieId,rating\n1,2,4\n1,3,nan\n", 3, "rating 'nan' is not"),
        ("userId,movieId,rating\n1,2,4\n1,3\n", 3, "2 fields where 3 are expected"),
        ("userId,movieId,rating\n1,2,4\n1,3,4,5\n", 3, "4 fields where 3 are expected"),
        ("userId,movieId,rating\n1,2,4\n1\n", 3, "1 field where 3 are expected"),
        ("userId,movieId,rating\n1,2,4\n1,x,4\n", 3, "item id 'x' is not a whole number"),
        ("userId,movieId,rating\n1,2,4\n-1,3,4\n", 3, "user id '-1' is not a whole number"),
        ("userId,movieId,rating\n1,2,4\n1.5,3,4\n", 3, "user id '1.5' is not a whole number"),
        ("userId,movieId,rating\n1,2,4\n99999999999999999999,3,4\n", 3, "is above"),
        (f"userId,movieId,rating\n1,2,4\n{'9' * 5000},3,4\n", 3, "is above"),
        ("userId,movieId,rating\n1,a,4\n1,,4\n", 3, "item id is empty"),
        (f"{HEADER}\n1,2,4,5\n1,3,4,soon\n", 3, "timestamp 'soon' is neither seconds nor a date"),
        (f"{HEADER}\n1,2,4,5\n1,3,4,-5\n", 3, "timestamp '-5' is not a number of seconds"),
        ('userId,movieId,rating\n1,2,4\n1,3,"4\n', 3, "unexpected end of data"),
    ],
)
def test_what_is_no_rating_is_refused_by_line_and_reason(
    tmp_path: Path, text: str, line: int, reason: str
) -> None:
    with pytest.raises(MovieLensFileError, match="ratings") as refused:
        read(tmp_path / "ratings.csv", text)

    assert refused.value.line == line
    assert reason in refused.value.reason


LINES = st.lists(
    st.one_of(
        st.sampled_from(["1,2,3", "1,2,3,4", "a,b,3,4", '"1","2","3"', "", " ", "1,2,", '1,2,"3']),
        st.text(alphabet='0123456789,;:\t\r"ax.-é\x00 ', max_size=12),
    ),
    max_size=8,
)


@given(st.sampled_from(["userId,movieId,rating", HEADER, ""]), LINES)
def test_arbitrary_lines_are_ratings_or_refused(
    tmp_path_factory: pytest.TempPathFactory, header: str, lines: list[str]
) -> None:
    path = tmp_path_factory.mktemp("ratings") / "ratings.csv"
    path.write_bytes("\n".join([header, *lines] if header else lines).encode())

    try:
        count, line = len(read_rating_arrays(path)), 1
    except MovieLensFileError as refused:
        count, line = 1, refused.line or 0

    assert 0 < count <= max(len(lines), 1)
    assert 1 <= line <= len(lines) + 2


def test_the_line_is_right_far_into_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rating_arrays, "BLOCK_BYTES", 1000)
    lines = [HEADER, *["1,2,4,5"] * 5_000]
    lines[4_321] = "1,2,4"

    with pytest.raises(MovieLensFileError) as refused:
        read(tmp_path / "ratings.csv", "\n".join(lines))

    assert refused.value.line == 4_322


def test_a_packed_file_a_folder_and_a_zip_are_read(tmp_path: Path) -> None:
    content = f"{HEADER}\n7,1,4.5,1000\n".encode()
    packed, folder, archive = tmp_path / "ratings.csv.gz", tmp_path / "f", tmp_path / "ml.zip"
    packed.write_bytes(gzip.compress(content))
    folder.mkdir()
    (folder / "ratings.csv.gz").write_bytes(gzip.compress(content))
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("ml/ratings.csv", content)
        written.writestr("ml/README.txt", "ratings")

    for location in (packed, folder, archive):
        assert rows_of(read_rating_arrays(location)) == [(7, 1, 4.5, 1000)]


def test_a_line_without_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ratings.csv.gz").write_bytes(gzip.compress(bytes(40_000_000), 1))

    with pytest.raises(MovieLensFileError, match="a line is longer than 16,777,216 bytes"):
        read_rating_arrays(tmp_path / "ratings.csv.gz")


def test_a_damaged_packed_file_says_so(tmp_path: Path) -> None:
    whole = gzip.compress(b"userId,movieId,rating\n" + b"1,2,3\n" * 10_000)
    (tmp_path / "ratings.csv.gz").write_bytes(whole[:-20])

    with pytest.raises(MovieLensFileError, match="it cannot be read"):
        read_rating_arrays(tmp_path / "ratings.csv.gz")


def test_the_table_of_ratings_is_found_by_its_name(tmp_path: Path) -> None:
    for name in ("u.data", "u.item", "BX-Users.csv", "README.txt"):
        (tmp_path / name).write_text("1\t2\t3\n")
    assert find_rating_table(tmp_path) == SourceFile(tmp_path / "u.data")

    (tmp_path / "u.data").unlink()
    (tmp_path / "BX-Book-Ratings.csv").write_text("")
    assert find_rating_table(tmp_path) == SourceFile(tmp_path / "BX-Book-Ratings.csv")


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ([], "neither ratings.csv nor ratings.dat"),
        (["ratings.csv", "ratings.dat"], "ratings.csv and ratings.dat: which one counts?"),
    ],
)
def test_a_folder_without_one_table_of_ratings_is_refused(
    tmp_path: Path, names: list[str], reason: str
) -> None:
    for name in names:
        (tmp_path / name).write_text("1,2,3\n")

    with pytest.raises(MovieLensFileError) as refused:
        find_rating_table(tmp_path)

    assert reason in refused.value.reason


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MovieLensFileError, match="no such folder or file"):
        find_rating_table(tmp_path / "ratings.csv")
