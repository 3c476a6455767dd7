import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from services.imports.catalogue_files import read_catalogue
from services.imports.movielens_files import MovieLensFileError

HEAT: dict[str, Any] = {
    "id": 949,
    "movielens_id": 6,
    "title": "Heat",
    "genres": [{"id": 28, "name": "Action"}, {"id": 80, "name": "Crime"}],
    "keywords": [{"id": 642, "name": "Robbery"}],
    "cast": [{"name": f"Actor {order}", "order": order} for order in (6, 1, 0, 2, 3, 4)],
    "crew": [
        {"name": "Michael Mann", "job": "Director"},
        {"name": "Art Linson", "job": "Producer"},
    ],
    "original_language": "en",
    "production_companies": [{"name": "Regency Enterprises", "id": 508}],
    "release_date": "1995-12-15",
    "vote_count": 7000,
    "vote_average": 7.9,
    "recommendations": [{"id": 500}, {"id": 999}, {"id": 862}],
}
TOY_STORY: dict[str, Any] = {"id": 862, "title": "Toy Story"}


def write(path: Path, *records: object) -> Path:
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    return path


def test_facts_in_the_shape_of_tmdb_become_features(tmp_path: Path) -> None:
    read = read_catalogue(write(tmp_path / "films.jsonl", HEAT))

    catalogue = read.catalogue
    assert (read.name, read.unmatched) == ("films.jsonl", 0)
    assert catalogue.item_ids.tolist() == [6]
    assert catalogue.features == [
        {
            "genre:action",
            "genre:crime",
            "keyword:robbery",
            "cast:actor 0",
            "cast:actor 1",
            "cast:actor 2",
            "cast:actor 3",
            "cast:actor 4",
            "director:michael mann",
            "decade:1990",
            "language:en",
            "company:regency enterprises",
        }
    ]
    assert catalogue.vote_counts.tolist() == [7000]
    assert catalogue.vote_averages.tolist() == [pytest.approx(7.9)]
    assert catalogue.years.tolist() == [1995]


def test_the_same_facts_are_found_where_tmdb_appends_them(tmp_path: Path) -> None:
    appended = {
        **{key: HEAT[key] for key in ("id", "movielens_id", "genres", "original_language")},
        "keywords": {"keywords": HEAT["keywords"]},
        "credits": {"cast": HEAT["cast"], "crew": HEAT["crew"]},
        "production_companies_names": ["Regency Enterprises"],
        "release_date": "1995",
    }

    plain = read_catalogue(write(tmp_path / "plain.jsonl", HEAT)).catalogue
    nested = read_catalogue(write(tmp_path / "nested.jsonl", appended)).catalogue

    assert nested.features == plain.features


def test_what_is_missing_or_odd_is_unknown(tmp_path: Path) -> None:
    odd = {
        "movielens_id": 1,
        "genres": None,
        "keywords": 3,
        "cast": ["x"],
        "release_date": "soon",
        "vote_count": "many",
        "vote_average": None,
        "director": "Jane Doe",
    }

    catalogue = read_catalogue(write(tmp_path / "films.jsonl", odd)).catalogue

    assert catalogue.features == [{"director:jane doe"}]
    assert catalogue.vote_counts.tolist() == [0]
    assert catalogue.years.tolist() == [0]
    assert catalogue.related == {}


def test_links_beside_the_file_join_what_has_no_movielens_id(tmp_path: Path) -> None:
    (tmp_path / "links.csv").write_text("movieId,imdbId,tmdbId\n1,1,862\n2,2,862\n9,9,949\n3,3,\n")

    read = read_catalogue(write(tmp_path / "films.jsonl", TOY_STORY, HEAT, {"id": 77}))

    assert read.catalogue.item_ids.tolist() == [1, 2, 6, 9]
    assert read.unmatched == 1
    assert read.catalogue.related == {6: [1], 9: [1]}


def test_links_of_the_ratings_serve_where_the_file_has_none(tmp_path: Path) -> None:
    (tmp_path / "ml").mkdir()
    (tmp_path / "ml" / "links.csv").write_text("movieId,imdbId,tmdbId\n1,1,862\n")
    file = write(tmp_path / "films.jsonl", TOY_STORY)

    assert read_catalogue(file, beside=[tmp_path / "ml"]).catalogue.item_ids.tolist() == [1]


@pytest.mark.parametrize("packed", [False, True])
def test_a_movielens_folder_or_zip_tells_genres_and_years(tmp_path: Path, *, packed: bool) -> None:
    text = (
        "movieId,title,genres\n2,Jumanji (1995),Children's|Sci-Fi\n1,Untitled,(no genres listed)\n"
    )
    location = tmp_path / "ml"
    if packed:
        with zipfile.ZipFile(location, "w") as archive:
            archive.writestr("ml/movies.csv", text)
    else:
        location.mkdir()
        (location / "movies.csv").write_text(text)

    catalogue = read_catalogue(location).catalogue

    assert catalogue.item_ids.tolist() == [1, 2]
    assert catalogue.features == [set(), {"genre:family", "genre:science fiction", "decade:1990"}]
    assert catalogue.years.tolist() == [0, 1995]


def test_films_of_movielens_100k_tell_genres_and_years(tmp_path: Path) -> None:
    flags = "0|0|0|1|1|" + "|".join("0" * 14)
    (tmp_path / "u.item").write_text(f"1|Toy Story (1995)|01-Jan-1995||http://x|{flags}\n")

    catalogue = read_catalogue(tmp_path).catalogue

    assert catalogue.item_ids.tolist() == [1]
    assert catalogue.features == [{"genre:animation", "genre:family", "decade:1990"}]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1|Toy Story (1995)\n", "u.item, line 1: it is not a film of 24 fields"),
        (f"x|Toy Story (1995)|||{'|0' * 19}\n", "u.item, line 1: movie id 'x' is not"),
    ],
)
def test_a_film_of_movielens_100k_that_is_none_is_refused(
    tmp_path: Path, text: str, reason: str
) -> None:
    (tmp_path / "u.item").write_text(text)

    with pytest.raises(MovieLensFileError) as refused:
        read_catalogue(tmp_path)

    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"id": 1, "movielens_id": 1}\n{"id": 2,\n', "films.jsonl, line 2: it is not JSON"),
        ("[1]\n", "films.jsonl, line 1: it is not a JSON object"),
        ('{"id": "x"}\n', "line 1: neither id nor movielens_id is a whole number"),
        ('{"id": 7}\n', "no film has a movielens_id"),
        ("", "no film has a movielens_id"),
    ],
)
def test_a_file_that_is_no_catalogue_is_refused_by_line_and_reason(
    tmp_path: Path, text: str, reason: str
) -> None:
    (tmp_path / "films.jsonl").write_text(text)

    with pytest.raises(MovieLensFileError) as refused:
        read_catalogue(tmp_path / "films.jsonl")

    assert reason in str(refused.value)


def test_a_folder_without_films_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MovieLensFileError, match="neither lines of JSON nor a folder"):
        read_catalogue(tmp_path)
    with pytest.raises(MovieLensFileError, match="no such folder or file"):
        read_catalogue(tmp_path / "films.jsonl")


def test_a_damaged_archive_of_movielens_100k_says_so(tmp_path: Path) -> None:
    archive = tmp_path / "ml-100k.zip"
    film = f"1|Toy Story (1995)|01-Jan-1995||http://x|{'|'.join('0' * 19)}\n"
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("ml-100k/u.item", film)
    archive.write_bytes(archive.read_bytes().replace(b"Toy Story", b"Toy Stork", 1))

    with pytest.raises(MovieLensFileError, match=r"u\.item: it cannot be read"):
        read_catalogue(archive)
