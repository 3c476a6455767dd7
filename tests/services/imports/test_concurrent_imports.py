"""Imports beside each other and beside a running platform, on committed rows."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import pytest
from django.db import connection, transaction

from apps.favorites.actions import rate_movie
from apps.favorites.models import Rating
from apps.movies.models import Movie, SourceTitle
from services.imports.movielens import ImportReport, Unwatched, import_movielens
from services.imports.movielens_files import SourceFile
from tests.apps.locks import wait_until_blocked
from tests.factories import make_movie, make_user

from .data_sets import write_folder

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PATIENCE = 20


class Paused(Unwatched):
    """Stops an import before its last step until it is told to go on."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.go_on = threading.Event()

    def step(self, text: str) -> None:
        if text.startswith("Writing ratings"):
            self.reached.set()
            assert self.go_on.wait(PATIENCE)


def load(folder: Path, progress: Unwatched) -> ImportReport:
    with closing(connection):
        return import_movielens(location=folder, at=NOW, progress=progress)


def test_a_second_import_waits_for_the_first_and_finds_nothing_to_do(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "small")
    paused = Paused()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(load, folder, paused)
        assert paused.reached.wait(PATIENCE)
        second = pool.submit(load, folder, Unwatched())
        with pytest.raises(TimeoutError):
            second.result(timeout=0.5)
        paused.go_on.set()

        assert first.result(PATIENCE).ratings_new == 4
        assert second.result(PATIENCE).changed_rows == 0


def test_viewers_rate_while_an_import_is_running(tmp_path: Path) -> None:
    viewer, movie = make_user(), make_movie(tmdb_id=862)
    folder = write_folder(tmp_path / "small")
    paused = Paused()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(load, folder, paused)
        assert paused.reached.wait(PATIENCE)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            rate_movie(user=viewer, movie_id=movie.pk, score=9, at=NOW)
        assert list(Rating.objects.values_list("user", "movie", "score")) == [
            (viewer.pk, movie.pk, 9)
        ]
        paused.go_on.set()
        assert running.result(PATIENCE).ratings_new == 4

    assert Rating.objects.count() == 5


def test_an_import_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    class Broken(Unwatched):
        def wrap(self, file: IO[bytes], source: SourceFile) -> IO[bytes]:
            if source.name == "ratings.csv":
                raise KeyboardInterrupt
            return file

    with pytest.raises(KeyboardInterrupt):
        import_movielens(location=write_folder(tmp_path), at=NOW, progress=Broken())

    assert not Movie.objects.exists()


def test_an_import_locks_films_in_the_order_in_which_viewers_do(tmp_path: Path) -> None:
    """A bulk write holds the keys of its films by their ids; TMDb's go the other way."""
    first, second = (make_movie(tmdb_id=None) for _ in range(2))
    for movie, source_id in ((first, 2), (second, 1)):
        SourceTitle.objects.create(source="movielens", source_id=source_id, movie=movie)
    folder = write_folder(tmp_path / "small")

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            hold = "SELECT FROM movies_movie WHERE id = %s FOR KEY SHARE"
            cursor.execute(hold, [first.pk])
            running = pool.submit(load, folder, Unwatched())
            wait_until_blocked()
            cursor.execute(hold, [second.pk])
        assert running.result(PATIENCE).ratings_new == 4

    assert Movie.objects.get(pk=first.pk).tmdb_id == 902
