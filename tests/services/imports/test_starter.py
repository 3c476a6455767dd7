import csv
import json
import re
import subprocess
import sys
import unicodedata
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from apps.movies.models import Genre, Movie
from services.imports.genres import TMDB_GENRES
from services.imports.starter.films import StarterFilm, read_starter
from services.imports.starter.loading import StarterReport, has_starter_film, load_starter
from tests.factories import make_movie

FILMS = len(read_starter())


def test_the_set_is_large_and_varied_enough_to_show_the_platform() -> None:
    films = read_starter()

    assert 480 <= len(films) <= 560
    assert len({film.tmdb_id for film in films}) == len({film.imdb_id for film in films}) == FILMS
    assert {film.year // 10 * 10 for film in films} == set(range(1920, 2030, 10))
    assert len({film.original_language for film in films}) >= 20
    genres = Counter(genre for film in films for genre in film.genres)
    assert set(genres) <= set(TMDB_GENRES)
    assert all(genres[name] >= 40 for name in ("Science Fiction", "Animation", "Horror", "Romance"))
    assert all(genres[name] >= 14 for name in ("War", "Western", "Documentary", "Mystery"))


def test_no_two_films_share_a_title_that_a_circle_could_mean() -> None:
    titles = Counter(film.title for film in read_starter())

    assert not [title for title, count in titles.items() if count > 1]


@pytest.mark.django_db
def test_loading_stores_the_films_in_the_order_of_their_fame() -> None:
    assert not has_starter_film()

    report = load_starter()

    assert report == StarterReport(new=FILMS, filled=0, complete=0)
    assert has_starter_film()
    assert list(Movie.objects.by_popularity().values_list("tmdb_id", flat=True)) == [
        film.tmdb_id for film in read_starter()
    ]
    film = Movie.objects.get(tmdb_id=129)
    assert (film.title, film.original_title, film.year) == (
        "Spirited Away",
        "千と千尋の神隠し",
        2001,
    )
    assert (film.runtime, film.original_language, film.imdb_id) == (125, "ja", "tt0245429")
    assert set(film.genres.values_list("name", "tmdb_id")) == {
        ("Animation", 16),
        ("Family", 10751),
        ("Fantasy", 14),
    }


@pytest.mark.django_db
def test_loading_again_changes_nothing() -> None:
    load_starter()
    before = list(Movie.objects.order_by("pk").values()), list(Genre.objects.values())

    assert load_starter() == StarterReport(new=0, filled=0, complete=FILMS)

    assert (list(Movie.objects.order_by("pk").values()), list(Genre.objects.values())) == before


@pytest.mark.django_db
def test_facts_that_are_stored_stay() -> None:
    known = make_movie(tmdb_id=129, title="Chihiro", year=2002, runtime=None, genres=("Drama",))

    report = load_starter()

    known.refresh_from_db()
    assert report == StarterReport(new=FILMS - 1, filled=1, complete=0)
    assert (known.title, known.year, known.runtime) == ("Chihiro", 2002, 125)
    assert [genre.name for genre in known.genres.all()] == ["Drama"]


def test_the_films_are_part_of_the_wheel(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=settings.ROOT, check=True, capture_output=True)

    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "services/imports/starter/films.csv" in names
    assert "services/imports/starter/circles.toml" in names


def normalised(title: str) -> str:
    letters = unicodedata.normalize("NFKD", title.lower())
    return re.sub(r"\W", "", "".join(c for c in letters if not unicodedata.combining(c)))


@pytest.fixture(scope="module")
def catalogue(datasets: Path) -> dict[int, dict[str, Any]]:
    with (datasets / "tmdb" / "catalog.jsonl").open(encoding="utf-8") as file:
        films = [json.loads(line) for line in file]
    return {film["id"]: film for film in films}


@pytest.mark.datasets
@pytest.mark.parametrize("film", read_starter(), ids=lambda film: f"{film.tmdb_id}")
def test_ids_title_and_year_are_those_of_the_catalogue(
    film: StarterFilm, catalogue: dict[int, dict[str, Any]]
) -> None:
    known = catalogue[film.tmdb_id]

    assert normalised(film.title) == normalised(known["title"])
    assert str(film.year) == known["release_date"][:4]
    assert film.imdb_id == known["imdb_id"]
    # The catalogue lacks the running time or language of a few.
    assert abs(film.runtime - (known.get("runtime") or film.runtime)) <= 5
    assert film.original_language == (known.get("original_language") or film.original_language)
    assert set(film.genres) & {genre["name"] for genre in known["genres"]}


@pytest.fixture(scope="module")
def linked(datasets: Path) -> dict[int, set[str]]:
    """IMDb ids by TMDb id, of both link files of MovieLens."""
    links: dict[int, set[str]] = {}
    for name in ("movielens-links.csv", "ml-latest-small/links.csv"):
        with (datasets / "data" / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["tmdbId"]:
                    links.setdefault(int(row["tmdbId"]), set()).add(f"tt{row['imdbId']}")
    return links


@pytest.mark.datasets
def test_ids_are_those_of_the_link_files(linked: dict[int, set[str]]) -> None:
    films = read_starter()

    wrong = [film for film in films if film.imdb_id not in linked.get(film.tmdb_id, film.imdb_id)]
    assert not wrong
    # What came out after the link files were made is not in them.
    unknown = [film for film in films if film.tmdb_id not in linked]
    assert len(unknown) <= 30
    assert min(film.year for film in unknown) >= 2019
