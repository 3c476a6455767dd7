"""What an operator corrected stays through every sync, until it is unlocked."""

from datetime import date, timedelta
from typing import Any

import pytest

from apps.movies.actions import correct_film
from apps.movies.models import Collection, Movie
from services.catalog.storing import Answers, store_answers, store_listed
from tests.factories import make_genre, make_movie

from .conftest import NOON, Sync
from .films import FACTS, FILM_ID, details, row, store

pytestmark = pytest.mark.django_db

CORRECTED: dict[str, Any] = {
    "title": "Alien, corrected",
    "original_title": "Alien, as it was",
    "original_language": "de",
    "overview": "Corrected.",
    "tagline": "Corrected, too.",
    "homepage": "https://example.org/ours",
    "imdb_id": "tt0000001",
    "release_date": date(1980, 1, 2),
    "year": 1980,
    "runtime": 1,
    "status": "Rumored",
    "budget": 1,
    "revenue": 2,
    "adult": True,
    "video": True,
    "collection": 1,
    "poster_path": "/ours.jpg",
    "backdrop_path": "/ours2.jpg",
}
# Each fact of TMDb's that a field shows, as it is after everything has changed there.
TOLD: dict[str, Any] = {
    "title": "Told",
    "original_title": "Told once",
    "original_language": "fr",
    "overview": "Told.",
    "tagline": "Told, too.",
    "homepage": "https://example.com/told",
    "imdb_id": "tt7654321",
    "release_date": "1981-02-03",
    "runtime": 99,
    "status": "Planned",
    "budget": 5,
    "revenue": 6,
    "adult": False,
    "video": False,
    "belongs_to_collection": {"id": 9, "name": "Told"},
    "poster_path": "/told.jpg",
    "backdrop_path": "/told2.jpg",
    "genres": [{"id": 18, "name": "Drama"}],
}
SHOWN = TOLD | {
    "release_date": date(1981, 2, 3),
    "year": 1981,
    "collection": 9,
    "genres": ["Drama"],
}


def film() -> Movie:
    return Movie.objects.get(tmdb_id=FILM_ID)


def correct(field: str) -> None:
    movie = film()
    if field == "genres":
        movie.genres.set([make_genre("Ours")])
    elif field == "collection":
        movie.collection = Collection.objects.create(id=CORRECTED[field], name="Ours")
    else:
        setattr(movie, field, CORRECTED[field])
    correct_film(movie=movie, changed=[field], lock=[], unlock=[])


def shown(field: str) -> Any:
    if field == "genres":
        return [genre.name for genre in film().genres.order_by("name")]
    return film().collection_id if field == "collection" else getattr(film(), field)


@pytest.mark.parametrize("field", Movie.LOCKABLE_FIELDS)
def test_a_corrected_field_stays_until_it_is_unlocked(field: str) -> None:
    store(details())
    correct(field)

    store(details(**TOLD))

    ours = ["Ours"] if field == "genres" else CORRECTED[field]
    assert shown(field) == ours
    others = set(Movie.LOCKABLE_FIELDS) - {field}
    assert {name: shown(name) for name in others} == {name: SHOWN[name] for name in others}

    correct_film(movie=film(), changed=[], lock=[], unlock=[field])
    stored = store(details(**TOLD))

    assert shown(field) == SHOWN[field]
    assert stored.updated == 1


def test_blanking_leaves_a_locked_collection(sync: Sync) -> None:
    store(details(), at=NOON - timedelta(days=181))
    correct("collection")

    assert sync("blank").updated == 1
    assert (shown("collection"), film().overview) == (CORRECTED["collection"], "")


def test_a_row_of_a_list_writes_no_locked_field() -> None:
    make_movie(tmdb_id=FILM_ID, title="Ours", year=1980, locked_fields=["title", "year"])

    store_listed([row()], at=NOON)

    alien = film()
    assert (alien.title, alien.year) == ("Ours", 1980)
    assert (alien.overview, alien.poster_path) == (FACTS["overview"], FACTS["poster_path"])
    assert (alien.vote_count, alien.listed_at, alien.synced_at) == (15_000, NOON, None)


def test_no_answer_that_nothing_changed_confirms_what_was_unlocked_meanwhile() -> None:
    store(details(), etag='"one"')
    correct("title")
    # TMDb was asked with the ETag before the operator unlocked the title.
    correct_film(movie=film(), changed=[], lock=[], unlock=["title"])

    stored = store_answers(Answers(unchanged=[FILM_ID]), at=NOON)

    assert (stored.unchanged, stored.stale) == (0, frozenset({FILM_ID}))
