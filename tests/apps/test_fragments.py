"""Films that a process keeps are as they are in the database, whoever changed them and how."""

import json
from typing import Any

import orjson
import pytest
from django.conf import LazySettings
from django.db import connection
from django.utils import timezone

from apps.core.movie_states import UNTOUCHED
from apps.movies import fragments as kept_films
from apps.movies import images
from apps.movies.fragments import Fragments, read_fragments
from apps.movies.models import Genre, ImageSizes, Movie
from tests.factories import make_genre, make_movie

from .films import make_credit
from .query_counts import captured_queries

# What is written has to be committed: a row's version is the transaction that wrote it.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _kept(settings: LazySettings) -> None:
    settings.FILM_CACHE_BYTES = 1024**2
    kept_films._fragments.cache_clear()  # noqa: SLF001  # a process begins with none


@pytest.fixture
def film() -> Movie:
    return make_movie(title="Alien", genres=("Horror",), poster_path="/alien.jpg")


def card(film: Movie) -> dict[str, Any]:
    """Of a process that has kept it before."""
    found: dict[str, Any] = json.loads(orjson.dumps(read_fragments([film.pk])[film.pk].card(None)))
    return found


def test_a_film_that_is_kept_is_not_read_again(film: Movie) -> None:
    first = card(film)

    with captured_queries() as statements:
        assert card(film) == first

    (versions,) = statements
    assert "overview" not in versions


def test_a_film_that_was_changed_is_shown_changed(film: Movie) -> None:
    assert card(film)["title"] == "Alien"

    film.title = "Aliens"
    film.save()
    assert card(film)["title"] == "Aliens"

    with connection.cursor() as cursor:
        cursor.execute("UPDATE movies_movie SET title = 'Prometheus' WHERE id = %s", [film.pk])
    assert card(film)["title"] == "Prometheus"


def test_a_film_that_was_taken_down_is_listed_no_more(film: Movie) -> None:
    def is_shown() -> list[bool]:
        fragment = read_fragments([film.pk])[film.pk]
        return [fragment.is_shown(include_adult=asked) for asked in (False, True)]

    assert is_shown() == [True, True]

    Movie.objects.filter(pk=film.pk).update(adult=True)
    assert is_shown() == [False, True]

    Movie.objects.filter(pk=film.pk).update(tombstoned_at=timezone.now())

    assert is_shown() == [False, False]

    movie_id = film.pk
    film.delete()
    assert read_fragments([movie_id]) == {}


def test_genres_of_a_film_and_their_names_follow(film: Movie) -> None:
    def names() -> list[str]:
        return [genre["name"] for genre in card(film)["genres"]]

    assert names() == ["Horror"]
    film.genres.add(make_genre("Drama"))
    assert names() == ["Horror", "Drama"]
    film.genres.remove(make_genre("Horror"))
    assert names() == ["Drama"]
    Genre.objects.filter(name="Drama").update(name="Tragedy")
    assert names() == ["Tragedy"]
    film.genres.clear()
    assert names() == []


def test_who_made_a_film_follows(film: Movie) -> None:
    credit = make_credit(film)
    of = frozenset({credit.person_id})
    assert read_fragments([film.pk])[film.pk].is_of(of, frozenset())

    credit.delete()
    assert not read_fragments([film.pk])[film.pk].is_of(of, frozenset())


def test_the_genres_of_one_film_are_no_news_of_another(film: Movie) -> None:

    def version() -> str:
        return read_fragments([film.pk])[film.pk].version

    before = version()
    other = make_movie()
    other.genres.add(make_genre("War"))
    assert version() == before

    film.genres.add(make_genre("War"))
    assert version() != before


def test_addresses_of_images_follow(film: Movie) -> None:
    assert card(film)["poster_url"] == "https://image.tmdb.org/t/p/w500/alien.jpg"

    ImageSizes.objects.create(
        pk=ImageSizes.ROW_ID,
        base_url="https://media.tmdb.org/t/p",
        sizes={"poster": ["w780"]},
        fetched_at=timezone.now(),
    )
    images.known.forget()

    try:
        assert card(film)["poster_url"] == "https://media.tmdb.org/t/p/w780/alien.jpg"
    finally:
        images.known.forget()


def test_no_more_is_kept_than_there_is_room_for() -> None:
    films = [make_movie(overview="x" * 1_000) for _ in range(30)]
    few = Fragments(10_000)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, xmin::text FROM movies_movie")
        versions = dict(cursor.fetchall())

    found = few.of_versions(versions, genres=0)

    assert found.keys() == {film.pk for film in films}
    assert 3 <= len(few) <= 6
    assert list(few) == [film.pk for film in films][-len(few) :]


def test_the_state_is_the_callers(film: Movie) -> None:
    found = read_fragments([film.pk])[film.pk]

    assert found.data(None)["me"] is None
    assert found.data(UNTOUCHED)["me"]["favorite"] is False
    assert found.data(UNTOUCHED, chosen=frozenset({"id", "title"})) == {
        "id": film.pk,
        "title": "Alien",
    }
