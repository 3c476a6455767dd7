"""The real data sets, against counts taken from the files in another way than the import's."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from apps.favorites.models import Rating, Taste
from apps.movies.models import Movie, SourceTitle
from apps.users.models import User
from services.imports.movielens import import_movielens

pytestmark = [pytest.mark.django_db, pytest.mark.datasets]

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def table(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def film_keys(links: Path) -> dict[str, str]:
    """A name for each film that merged films share: its TMDb id or else its own."""
    rows = table(links)
    return {row["movieId"]: row["tmdbId"] or f"ml-{row['movieId']}" for row in rows}


def newest_scores(folder: Path) -> dict[tuple[str, str], int]:
    """The score that counts for each user and film."""
    films = film_keys(folder / "links.csv")
    ratings = sorted(table(folder / "ratings.csv"), key=lambda row: int(row["timestamp"]))
    return {
        (row["userId"], films[row["movieId"]]): int(2 * float(row["rating"])) for row in ratings
    }


@pytest.mark.timeout(300)
def test_ml_latest_small_is_imported_to_the_last_rating(datasets: Path) -> None:
    folder = datasets / "data" / "ml-latest-small"

    report = import_movielens(location=folder, at=NOW)

    assert (report.films_new, report.films_merged, report.users_new) == (9741, 1, 610)
    assert (report.ratings_read, report.ratings_new, report.ratings_merged) == (100836, 100835, 1)
    assert (Movie.objects.count(), SourceTitle.objects.count()) == (9741, 9742)
    assert (User.objects.count(), Taste.objects.count()) == (610, 610)
    titles = dict(SourceTitle.objects.values_list("movie", "source_id"))
    stored = {
        (
            email.removeprefix("ml-latest-small-").partition("@")[0],
            str(tmdb_id or f"ml-{titles[movie]}"),
        ): score
        for email, tmdb_id, movie, score in Rating.objects.values_list(
            "user__email", "movie__tmdb_id", "movie", "score"
        )
    }
    assert stored == newest_scores(folder)


@pytest.mark.timeout(300)
def test_ml_1m_is_imported_over_ml_latest_small(datasets: Path) -> None:
    """Both name the same films by the same ids, so most of the second one's are there already."""
    links = datasets / "data" / "movielens-links.csv"
    import_movielens(location=datasets / "data" / "ml-latest-small", at=NOW)

    report = import_movielens(location=datasets / "data" / "ml-1m", links=links, at=NOW)

    small = film_keys(datasets / "data/ml-latest-small/links.csv")
    dat = (datasets / "data/ml-1m/movies.dat").read_text(encoding="latin-1")
    films = [line.partition("::")[0] for line in dat.splitlines()]
    linked = film_keys(links)
    keys = {film: linked.get(film, f"ml-{film}") for film in films}
    unknown = {keys[film] for film in films if film not in small} - set(small.values())
    assert len(films) == 3883
    assert report.films_new == len(unknown) == 933
    assert report.films_merged == len(films) - len(set(keys.values())) == 1
    assert (report.users_new, report.ratings_read) == (6040, 1000209)
    assert report.ratings_new + report.ratings_merged == 1000209
    ml_1m = Rating.objects.filter(user__email__startswith="ml-1m-")
    assert ml_1m.count() == report.ratings_new
    assert not ml_1m.filter(rated_at__isnull=False).exists()
