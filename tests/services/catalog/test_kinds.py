"""Each kind of sync, on a healthy TMDb."""

from pytest_django import Settings

from apps.movies.models import (
    ChangesWatermark,
    Credit,
    Genre,
    ImageSizes,
    ListEntry,
    ListName,
    Movie,
    SyncRun,
    SyncTitle,
)
from tests.factories import make_movie
from tests.services.test_giving_way import counted, waiting_since
from tests.tmdb_server.stand_in import StandIn

from .conftest import ALIEN, NOON, FakeClock, Sync

DONE = SyncRun.State.DONE


def test_genres_come_with_the_sizes_of_images(sync: Sync) -> None:
    run = sync("genres")

    assert (run.state, run.seen, run.created, run.requests) == (DONE, 19, 19, 2)
    assert Genre.objects.get(tmdb_id=878).name == "Science Fiction"
    assert "w342" in ImageSizes.objects.get().sizes["poster"]


def test_a_chosen_title_is_stored_with_all_its_parts(sync: Sync) -> None:
    run = sync("movies", tmdb_ids=[ALIEN])

    assert (run.state, run.seen, run.created, run.failed) == (DONE, 1, 1, 0)
    alien = Movie.objects.get(tmdb_id=ALIEN)
    assert (alien.title, alien.year, alien.synced_at, alien.from_tmdb) == (
        "Alien",
        1979,
        NOON,
        True,
    )
    parts = ("genres", "keywords", "companies", "credits", "videos", "release_dates", "watch")
    assert all(getattr(alien, part).exists() for part in parts)
    assert alien.translations.exists()
    assert alien.alternative_titles.exists()
    assert alien.posters.exists()
    assert alien.related.recommended_tmdb_ids
    assert not SyncTitle.objects.exists()


def test_the_same_title_again_changes_nothing(sync: Sync, tmdb: StandIn) -> None:
    sync("movies", tmdb_ids=[ALIEN])
    credits_before = set(Credit.objects.values_list("pk", flat=True))
    tmdb.edit(ALIEN, popularity=1.25)

    run = sync("movies", tmdb_ids=[ALIEN])

    assert (run.seen, run.created, run.updated, run.unchanged) == (1, 0, 0, 1)
    assert set(Credit.objects.values_list("pk", flat=True)) == credits_before
    assert Movie.objects.get(tmdb_id=ALIEN).popularity == 1.25


def test_trending_replaces_both_windows_and_fetches_details(sync: Sync) -> None:
    run = sync("trending")

    assert run.state == DONE
    for window in (ListName.TRENDING_DAY, ListName.TRENDING_WEEK):
        ranks = ListEntry.objects.filter(list=window).order_by("rank")
        assert [entry.rank for entry in ranks] == list(range(1, 41))
    assert not Movie.objects.filter(list_entries__isnull=False, synced_at__isnull=True).exists()


def test_changes_fetch_what_is_here_and_move_the_watermark(
    sync: Sync, tmdb: StandIn, clock: FakeClock
) -> None:
    sync("movies", tmdb_ids=[ALIEN])
    unknown = 11
    tmdb.edit(ALIEN, tagline="In space")
    tmdb.changed(NOON.date(), [ALIEN, unknown])

    run = sync("changes")

    assert (run.state, run.seen, run.updated) == (DONE, 1, 1)
    assert Movie.objects.get(tmdb_id=ALIEN).tagline == "In space"
    assert not Movie.objects.filter(tmdb_id=unknown).exists()
    assert ChangesWatermark.objects.get().day == clock().date()


def test_the_export_brings_all_titles_and_their_details(sync: Sync) -> None:
    known = make_movie(tmdb_id=ALIEN, title="Alien, from elsewhere")

    run = sync("export", limit=50)

    assert run.state == DONE
    assert Movie.objects.filter(synced_at__isnull=False).count() in (50, 51)
    known.refresh_from_db()
    assert known.from_tmdb


def test_refresh_fetches_old_titles_alone(sync: Sync, clock: FakeClock) -> None:
    sync("movies", tmdb_ids=[ALIEN])
    clock.advance(days=140)
    sync("movies", tmdb_ids=[11])
    clock.advance(days=11)

    run = sync("refresh")

    assert (run.state, run.total, run.seen) == (DONE, 1, 1)
    assert Movie.objects.get(tmdb_id=ALIEN).synced_at == clock()


def test_blanking_keeps_ids_titles_years_and_what_is_locked(sync: Sync, clock: FakeClock) -> None:
    sync("movies", tmdb_ids=[ALIEN, 11])
    Movie.objects.filter(tmdb_id=11).update(tagline="Ours", locked_fields=["tagline"])
    clock.advance(days=181)

    run = sync("blank")

    assert (run.state, run.updated) == (DONE, 2)
    alien = Movie.objects.get(tmdb_id=ALIEN)
    assert (alien.title, alien.year, alien.overview, alien.poster_path) == ("Alien", 1979, "", "")
    assert (alien.blanked_at, alien.digests, alien.etag) == (clock(), {}, "")
    assert not alien.credits.exists()
    assert Movie.objects.get(tmdb_id=11).tagline == "Ours"


def test_titles_wait_until_a_viewers_list_is_there(sync: Sync, settings: Settings) -> None:
    settings.BACKGROUND_PATIENCE_SECONDS = 0.1
    before = counted("titles")
    waiting_since(1)

    run = sync("export", limit=50)

    assert run.state == DONE
    assert counted("titles") >= before + 0.1
