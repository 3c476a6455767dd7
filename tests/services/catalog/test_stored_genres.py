"""Genres of TMDb, and those that other sources have named before."""

import pytest

from apps.movies.models import Genre
from services.catalog.shared_rows import rename_genres, write_genres
from services.tmdb.payloads.facts import GenrePayload
from tests.factories import make_genre, make_movie

from .films import details, store

pytestmark = pytest.mark.django_db


def genre(tmdb_id: int, name: str) -> GenrePayload:
    return GenrePayload(tmdb_id=tmdb_id, name=name)


def named() -> list[tuple[int | None, str, str]]:
    return list(Genre.objects.order_by("tmdb_id").values_list("tmdb_id", "name", "slug"))


def test_a_genre_known_by_its_name_gets_its_tmdb_id() -> None:
    known = make_genre("horror")
    film = make_movie(tmdb_id=348, genres=("horror",))

    store(details(genres=[{"id": 27, "name": "Horror"}]))

    assert named() == [(27, "horror", "horror")]
    assert list(film.genres.all()) == [known]


def test_of_two_genres_that_differ_by_case_one_is_taken() -> None:
    first = make_genre("horror")
    Genre.objects.create(name="HORROR", slug="horror-2")

    assert write_genres([genre(27, "Horror")]) == {27: first.pk}
    assert Genre.objects.filter(tmdb_id=27).count() == 1


def test_two_genres_of_one_name_are_two() -> None:
    store(details(genres=[{"id": 1, "name": "Drama"}, {"id": 2, "name": "Drama"}]))

    assert named() == [(1, "Drama", "drama"), (2, "Drama (2)", "drama-2")]


def test_names_that_make_one_slug_or_none_or_a_number_get_a_slug_of_their_own() -> None:
    write_genres([genre(1, "Sci-Fi"), genre(2, "Sci Fi"), genre(3, "ドラマ"), genre(4, "1984")])

    assert [slug for _, _, slug in named()] == ["sci-fi", "sci-fi-2", "genre", "1984-4"]


def test_the_longest_names_fit_with_what_tells_them_apart() -> None:
    long = "x" * 60

    write_genres([genre(1, long), genre(2, long)])

    assert named() == [(1, long, long), (2, f"{'x' * 56} (2)", f"{'x' * 56}-2")]


def test_a_renamed_genre_keeps_its_slug() -> None:
    write_genres([genre(1, "Krimi"), genre(2, "Drama")])

    counts = rename_genres([genre(1, "Crime"), genre(2, "Drama")])

    assert counts == {"created": 0, "updated": 1}
    assert named() == [(1, "Crime", "krimi"), (2, "Drama", "drama")]


def test_a_name_that_another_genre_has_is_not_taken() -> None:
    write_genres([genre(1, "Krimi"), genre(2, "Drama")])

    counts = rename_genres([genre(1, "Drama"), genre(2, "Drama")])

    assert counts == {"created": 0, "updated": 0}
    assert named() == [(1, "Krimi", "krimi"), (2, "Drama", "drama")]


def test_an_adopted_genre_is_updated_and_not_created() -> None:
    make_genre("Drama")

    counts = rename_genres([genre(1, "Crime"), genre(2, "Drama")])

    assert counts == {"created": 1, "updated": 1}
