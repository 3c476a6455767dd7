"""Rows of lists, titles that go and come back, films of other sources, and odd values."""

from datetime import timedelta
from typing import Any

import pytest

from apps.movies.models import Movie
from services.catalog.storing import Answers, FetchedFilm, store_answers, store_listed
from tests.factories import make_genre, make_movie, make_rating, make_user

from .conftest import NOON
from .films import FACTS, FILM_ID, bare_details, cast, details, row, store

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(days=1)
BIG = 2**31 - 1


def film() -> Movie:
    return Movie.objects.get(tmdb_id=FILM_ID)


def test_a_row_of_a_list_makes_a_film_with_the_genres_that_are_known() -> None:
    horror = make_genre("Horror")
    horror.tmdb_id = 27
    horror.save()

    listed = store_listed([row(), row(id=679, title="Aliens", release_date="")], at=NOON)

    alien, aliens = film(), Movie.objects.get(tmdb_id=679)
    assert (listed.movie_ids, listed.created) == ({348: alien.pk, 679: aliens.pk}, 2)
    assert (alien.title, alien.year, alien.overview) == ("Alien", 1979, FACTS["overview"])
    assert (alien.listed_at, alien.synced_at, alien.from_tmdb) == (NOON, None, True)
    assert list(alien.genres.all()) == [horror]
    assert (aliens.release_date, aliens.year) == (None, None)


def test_a_row_of_a_list_overwrites_no_details() -> None:
    store(details())

    listed = store_listed([row(overview="Short", genre_ids=[], vote_count=7)], at=LATER)

    alien = film()
    assert listed.created == 0
    assert (alien.overview, alien.vote_count) == (FACTS["overview"], 7)
    assert (alien.synced_at, alien.listed_at, alien.genres.count()) == (NOON, LATER, 2)


def test_a_film_of_another_source_keeps_what_tmdb_does_not_know() -> None:
    make_movie(tmdb_id=FILM_ID, title="Alien (1979)", year=1978, imdb_id="tt0000009")

    stored = store(details(release_date="", imdb_id=None))

    alien = film()
    assert (stored.created, stored.updated) == (0, 1)
    assert (alien.title, alien.year, alien.imdb_id) == ("Alien", 1978, "tt0000009")
    assert (alien.release_date, alien.from_tmdb) == (None, True)


def test_a_title_that_goes_is_marked_and_keeps_its_ratings() -> None:
    store(details())
    rating = make_rating(user=make_user(), movie=film())

    first = store_answers(Answers(gone=[FILM_ID, 5]), at=LATER)
    second = store_answers(Answers(gone=[FILM_ID]), at=LATER + timedelta(days=1))

    assert (first.tombstoned, first.unchanged, first.unknown) == (1, 0, {5})
    assert (second.tombstoned, second.unchanged, second.unknown) == (0, 1, frozenset())
    assert film().tombstoned_at == LATER
    rating.refresh_from_db()
    assert rating.movie_id == film().pk


@pytest.mark.parametrize("etag_answers", [True, False])
def test_a_title_that_comes_back_lives_again(*, etag_answers: bool) -> None:
    store(details(), etag='"one"')
    store_answers(Answers(gone=[FILM_ID]), at=NOON)

    if etag_answers:
        stored = store_answers(Answers(unchanged=[FILM_ID]), at=LATER)
        assert stored.unchanged == 1
    else:
        assert store(details(), at=LATER).updated == 1

    assert (film().tombstoned_at, film().synced_at) == (None, LATER)


def test_one_batch_counts_each_of_its_films_once() -> None:
    store(details(), details(id=2), details(id=3), details(id=4), etag='"one"')
    fetched = [details(), details(id=2, title="Changed"), details(id=9), details(id=9)]

    stored = store_answers(
        Answers(fetched=[FetchedFilm(told) for told in fetched], unchanged=[3], gone=[4, 5]),
        at=LATER,
    )

    assert (stored.created, stored.updated, stored.unchanged, stored.tombstoned) == (1, 1, 2, 1)
    assert (stored.stale, stored.unknown) == (frozenset(), {5})
    assert Movie.objects.get(tmdb_id=3).synced_at == LATER
    assert Movie.objects.count() == 5


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({"vote_count": BIG}, {"vote_count": BIG}),
        ({"vote_count": BIG + 1}, {"vote_count": 0}),
        ({"runtime": 2**15 - 1}, {"runtime": 2**15 - 1}),
        ({"runtime": 2**15}, {"runtime": None}),
        ({"budget": 2**63 - 1}, {"budget": 2**63 - 1}),
        ({"revenue": 2**63}, {"revenue": None}),
        ({"popularity": 1e300}, {"popularity": 0.0}),
        ({"vote_average": -1}, {"vote_average": None}),
        ({"release_date": "0001-01-01"}, {"release_date": None, "year": None}),
        ({"release_date": "2100-12-31"}, {"year": 2100}),
        ({"title": "A\0l\ud800ien"}, {"title": "Al?ien"}),
        ({"title": "y" * 900}, {"title": "y" * 500}),
        ({"overview": "\0"}, {"overview": ""}),
        ({"homepage": "https://example.com/" + "a" * 900}, {"homepage": ""}),
    ],
)
def test_what_no_column_can_hold_is_unknown_or_cut(
    told: dict[str, Any], kept: dict[str, Any]
) -> None:
    store(bare_details(**told))

    assert {name: getattr(film(), name) for name in kept} == kept


def test_the_longest_that_payloads_let_through_fits_its_columns() -> None:
    long = "ä" * 1_000
    person = cast(BIG, order=BIG, name=long, original_name=long, character=long)
    crew = person | {"credit_id": "c" * 40, "department": long, "job": long}
    names = {"id": BIG, "name": long, "logo_path": f"/{'a' * 110}.webp"}

    store(
        details(
            original_title=long,
            tagline=long,
            status=long,
            genres=[{"id": BIG, "name": long}],
            production_companies=[names],
            belongs_to_collection=names,
            keywords={"keywords": [names]},
            credits={"cast": [person], "crew": [crew]},
            alternative_titles={"titles": [{"iso_3166_1": "FR", "title": long, "type": long}]},
        )
    )

    alien = film()
    assert len(alien.tagline) == 500
    assert len(alien.credits.get(is_cast=True).character) == 500
    assert [len(genre.name) for genre in alien.genres.all()] == [60]


def test_nothing_to_store_is_no_change() -> None:
    stored = store_answers(Answers(), at=NOON)

    assert (stored.created, stored.updated, stored.unchanged, stored.tombstoned) == (0, 0, 0, 0)
    assert store_listed([], at=NOON).movie_ids == {}
