"""Films keep their best poster in each language that the platform asks for."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection, transaction

from apps.movies.models import Movie, Poster, Translation
from services.tmdb import client as tmdb_client
from services.tmdb.payloads.movies import parse_movie
from tests.tmdb_server.stand_in import StandIn

from .conftest import ALIEN, NOON, FakeClock, Sync
from .films import BLOCKS, FACTS, bare_details, cast, details, store

LATER = NOON + timedelta(days=1)
TOLD = BLOCKS["images"]["posters"]
DE, NONE = {"de": "/de1.jpg"}, {"": "/none.jpg"}


def row(language: str | None, path: str, *, votes: float = 5.0) -> dict[str, Any]:
    return {"iso_639_1": language, "file_path": path, "vote_average": votes, "vote_count": 1}


def images(*rows: Any) -> dict[str, Any]:
    return {"images": {"posters": list(rows)}}


def posters(tmdb_id: int = ALIEN) -> dict[str, str]:
    found = Poster.objects.filter(movie__tmdb_id=tmdb_id)
    return dict(found.values_list("language", "path"))


def ids() -> set[int]:
    return set(Poster.objects.values_list("pk", flat=True))


@pytest.mark.django_db
def test_the_best_of_each_language_is_kept() -> None:
    store(details())

    assert posters() == DE | NONE


@pytest.mark.django_db
def test_another_order_and_other_votes_change_nothing() -> None:
    store(details())
    before = ids()
    told = [{**poster, "vote_count": poster["vote_count"] + 1} for poster in reversed(TOLD)]

    assert store(details(**images(*told)), at=LATER).unchanged == 1
    assert ids() == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ([*TOLD, row("de", "/new.jpg", votes=9)], {"de": "/new.jpg"} | NONE),
        ([*TOLD, row("fr", "/fr.jpg")], DE | NONE | {"fr": "/fr.jpg"}),
        (TOLD[2:], NONE),
        ([], {}),
    ],
)
def test_posters_that_changed_are_those_of_their_film_alone(
    told: list[Any], kept: dict[str, str]
) -> None:
    store(details(), details(id=679))
    others = set(Poster.objects.filter(movie__tmdb_id=679).values_list("pk", "path"))

    assert store(details(**images(*told)), details(id=679), at=LATER).updated == 1

    assert posters() == kept
    assert set(Poster.objects.filter(movie__tmdb_id=679).values_list("pk", "path")) == others


@pytest.mark.django_db
@pytest.mark.parametrize("block", [None, {"posters": 5}, {"posters": [row("de", "/a.gif")]}])
def test_what_cannot_be_read_leaves_what_is_stored(block: object) -> None:
    store(details())
    told = parse_movie(FACTS | BLOCKS | {"images": block})

    assert store(told.value, at=LATER).unchanged == 1
    assert store(bare_details(), at=LATER).unchanged == 1

    assert sum(told.dropped.values()) == 1
    assert posters() == DE | NONE


def test_a_sync_asks_for_the_languages_of_the_settings_and_follows_them(
    sync: Sync, clock: FakeClock, settings: LazySettings, tmdb: StandIn
) -> None:
    rows = [row(code, f"/{code}.jpg") for code in ("en", "de", "fr", "ja", None)]
    tmdb.edit(ALIEN, **images(*rows))
    settings.TMDB_POSTER_LANGUAGES = ["de", "fr"]

    sync("movies", tmdb_ids=[ALIEN])
    assert posters().keys() == {"en", "de", "fr", ""}

    settings.TMDB_POSTER_LANGUAGES = ["ja"]
    clock.advance(days=2)
    assert sync("refresh", older_than_days=1).updated == 1
    assert posters() == {"en": "/en.jpg", "ja": "/ja.jpg", "": "/None.jpg"}


def test_a_film_that_was_synced_before_there_were_posters_gets_them_with_its_next_sync(
    sync: Sync, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        others = tuple(block for block in tmdb_client.BLOCKS if block != "images")
        before.setattr(tmdb_client, "BLOCKS", others)
        sync("movies", tmdb_ids=[ALIEN])
    assert posters() == {}
    translations = set(Translation.objects.values_list("pk", flat=True))
    clock.advance(days=2)

    run = sync("refresh", older_than_days=1)

    assert (run.seen, run.updated, run.unchanged) == (1, 1, 0)
    assert posters()
    assert set(Translation.objects.values_list("pk", flat=True)) == translations


@pytest.fixture
def stored(transactional_db: None) -> Iterator[Movie]:
    """A film that another transaction has written."""
    store(details())
    return Movie.objects.get(tmdb_id=ALIEN)


@pytest.mark.parametrize(
    ("told", "writes"),
    [
        (images(), 1),
        ({"translations": {"translations": []}, "release_dates": {"results": []}} | images(), 1),
        ({"title": "Alien (1979)", "genres": []} | images(row("de", "/new.jpg")), 2),
        ({"credits": {"cast": [cast(5, order=0)], "crew": []}} | images(), 1),
    ],
)
def test_a_sync_writes_a_films_row_no_more_often_for_its_parts(
    stored: Movie, told: dict[str, Any], writes: int
) -> None:
    """Once for its votes, which are written of every film, and once for facts that changed."""
    with transaction.atomic():
        before = writes_of_films()
        assert store(details(**told), at=LATER).updated == 1
        assert writes_of_films() - before == writes

    assert Movie.objects.get(pk=stored.pk).synced_at == LATER


def writes_of_films() -> int:
    """In this transaction, and in some before it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n_tup_upd FROM pg_stat_xact_user_tables WHERE relname = 'movies_movie'"
        )
        return int(cursor.fetchone()[0])
