"""What is older than TMDb lets it be kept goes; what it said of it before comes back."""

from datetime import timedelta

import pytest

from apps.movies.models import Credit, Keyword, ListEntry, Movie, Person, SyncRun
from services.catalog import blanking, running
from services.catalog.storing import store_listed
from services.tmdb.errors import NoCredentialError
from services.tmdb.limiter import Priority
from tests.factories import make_movie, make_rating, make_user

from .conftest import ALIEN, NOON, FakeClock, Sync, finish, request
from .films import details, row, store

pytestmark = pytest.mark.django_db

State = SyncRun.State
OLD = NOON - timedelta(days=181)
KEPT = {
    "title": "Alien",
    "original_title": "Alien, the original",
    "year": 1979,
    "imdb_id": "tt0078748",
    "vote_count": 15_000,
    "popularity": 41.5,
    "synced_at": OLD,
}
GONE = {
    "overview": "",
    "tagline": "",
    "homepage": "",
    "status": "",
    "poster_path": "",
    "backdrop_path": "",
    "original_language": "",
    "release_date": None,
    "runtime": None,
    "budget": None,
    "revenue": None,
    "collection_id": None,
    "origin_countries": [],
    "production_countries": [],
    "spoken_languages": [],
    "etag": "",
    "digests": {},
    "blanked_at": NOON,
}


def film() -> Movie:
    return Movie.objects.get(tmdb_id=ALIEN)


def test_of_an_old_film_ids_titles_year_votes_and_ratings_stay(sync: Sync) -> None:
    store(details(), etag='"one"', at=OLD)
    rating = make_rating(user=make_user(), movie=film())

    run = sync("blank")

    assert (run.state, run.seen, run.updated, run.total, run.requests) == (State.DONE, 1, 1, 1, 0)
    alien = film()
    assert {name: getattr(alien, name) for name in KEPT} == KEPT
    assert {name: getattr(alien, name) for name in GONE} == GONE
    parts = ("keywords", "companies", "credits", "videos", "release_dates", "watch")
    parts += ("translations", "alternative_titles", "posters")
    assert [name for name in parts if getattr(alien, name).exists()] == []
    assert not hasattr(alien, "related")
    assert alien.genres.count() == 2
    rating.refresh_from_db()
    assert rating.movie_id == alien.pk


def test_locked_fields_and_films_of_other_sources_stay(sync: Sync) -> None:
    store(details(), at=OLD)
    lockable = [name for name in Movie.LOCKABLE_FIELDS if name in GONE]
    before = {name: getattr(film(), name) for name in lockable}
    Movie.objects.update(locked_fields=list(Movie.LOCKABLE_FIELDS))
    elsewhere = make_movie(overview="Ours", created_at=OLD)
    young = make_movie(overview="Young", from_tmdb=True, synced_at=OLD + timedelta(days=2))

    run = sync("blank")

    assert run.updated == 1
    assert {name: getattr(film(), name) for name in lockable} == before
    assert Movie.objects.get(pk=elsewhere.pk).overview == "Ours"
    assert Movie.objects.get(pk=young.pk).overview == "Young"


def test_many_films_are_blanked_in_batches_and_once(
    sync: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blanking, "ROWS_PER_SLICE", 2)
    for _ in range(5):
        make_movie(from_tmdb=True, synced_at=OLD, overview="Old")

    assert blanking.count_expired(at=NOON) == 5
    assert (sync("blank").updated, sync("blank").updated) == (5, 0)
    assert blanking.count_expired(at=NOON) == 0


def test_a_film_of_lists_alone_is_blanked_and_filled_by_the_next_list(sync: Sync) -> None:
    store_listed([row()], at=OLD)
    sync("blank")
    assert (film().overview, film().blanked_at) == ("", NOON)

    store_listed([row()], at=NOON)

    assert film().overview == row().overview
    assert film().blanked_at is None


def test_a_blanked_film_is_filled_by_the_next_refresh(sync: Sync) -> None:
    store(details(), at=OLD)
    sync("blank")

    run = sync("refresh")

    assert (run.state, run.seen, run.updated) == (State.DONE, 1, 1)
    assert (film().blanked_at, film().synced_at) == (None, NOON)
    assert film().overview
    assert film().credits.exists()


def test_nothing_is_blanked_that_no_credential_could_fill_again(clock: FakeClock) -> None:
    store(details(), at=OLD)

    def without_credential(_: Priority) -> object:
        raise NoCredentialError("none is configured")

    run = finish(request("blank"), clock, without_credential)  # type: ignore[arg-type]

    assert (run.state, run.error) == (State.FAILED, "NoCredentialError: none is configured")
    assert film().overview
    assert Credit.objects.count() == 4
    assert Person.objects.count() == 3
    assert not ListEntry.objects.exists()
    assert not running.has_work(run.pk, clock=clock)


def test_people_and_keywords_that_no_film_names_any_more_go_along(sync: Sync) -> None:
    store(details(), at=OLD)
    store(details(id=11, imdb_id="tt0000011"), at=NOON)
    shared = Credit.objects.filter(movie__tmdb_id=11).values_list("person_id", flat=True)
    alone = Person.objects.create(pk=99_000_001, name="Of the old film alone")
    Credit.objects.create(
        movie=film(), person=alone, credit_id="a", is_cast=True, position=1_000, character=""
    )
    Keyword.objects.create(pk=99_000_002, name="named by nobody")

    sync("blank")

    assert set(Person.objects.values_list("pk", flat=True)) == set(shared)
    assert not Keyword.objects.filter(pk=99_000_002).exists()
    assert Keyword.objects.filter(movies__tmdb_id=11).exists()
