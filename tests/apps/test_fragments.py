"""Films that a process keeps are as they are in the database, whoever changed them and how."""

import json
from collections.abc import Callable
from datetime import date
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


IN_LANGUAGES: dict[str, Callable[[Movie], object]] = {
    "a translation": lambda film: film.translations.create(language="fr", title="Alien"),
    "a translation changed": lambda film: film.translations.update(title="Autre"),
    "a translation gone": lambda film: film.translations.all().delete(),
    "a release": lambda film: film.release_dates.create(
        country="DE", type=3, released_on=date(1979, 10, 25), certification="16"
    ),
    "a release changed": lambda film: film.release_dates.update(certification="18"),
    "a release gone": lambda film: film.release_dates.all().delete(),
    "a poster": lambda film: film.posters.create(language="fr", path="/fr.jpg"),
    "a poster changed": lambda film: film.posters.update(path="/other.jpg"),
    "a poster gone": lambda film: film.posters.all().delete(),
}


@pytest.mark.parametrize("name", IN_LANGUAGES)
def test_what_is_shown_in_languages_is_news_of_its_film_alone(film: Movie, name: str) -> None:
    other = make_movie()
    for each in (film, other):
        each.translations.create(language="de", title="Das unheimliche Wesen")
        each.release_dates.create(country="GB", type=3, released_on=date(1979, 9, 6))
        each.posters.create(language="de", path="/de.jpg")
    before = versions(film, other)

    IN_LANGUAGES[name](film)

    after = versions(film, other)
    assert after[film.pk] != before[film.pk]
    assert after[other.pk] == before[other.pk]


def versions(*films: Movie) -> dict[int, str]:
    found = read_fragments([film.pk for film in films])
    return {movie_id: fragment.version for movie_id, fragment in found.items()}


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
