"""Who asks for titles while others are being fetched."""

from apps.movies import actions
from apps.movies.models import Movie, SyncRun
from services.catalog import running

from .conftest import Connect, FakeClock, finish

ALIEN, BLADE_RUNNER, MATRIX = 348, 78, 603


def ask(*tmdb_ids: int) -> SyncRun:
    return actions.request_sync(kind="movies", scope={"tmdb_ids": list(tmdb_ids)}).run


def test_a_title_named_twice_hides_none_that_joins(
    db: None, clock: FakeClock, connect: Connect
) -> None:
    run = ask(ALIEN, BLADE_RUNNER, ALIEN)
    running.advance_sync(sync_run_id=run.pk, clock=clock, connect=connect)

    ask(MATRIX, BLADE_RUNNER)
    run = finish(run, clock, connect)

    assert (run.state, run.failed) == (SyncRun.State.DONE, 0)
    assert Movie.objects.filter(tmdb_id=MATRIX, synced_at__isnull=False).exists()


def test_a_film_that_was_unlocked_meanwhile_is_fetched_again(
    db: None, clock: FakeClock, connect: Connect
) -> None:
    run = ask(ALIEN)
    running.advance_sync(sync_run_id=run.pk, clock=clock, connect=connect)
    # Its only title is stored, but the run is open for whoever comes now.
    SyncRun.objects.filter(pk=run.pk).update(state="running", phase="titles", finished_at=None)
    Movie.objects.filter(tmdb_id=ALIEN).update(title="Ours", digests={}, etag="")

    ask(ALIEN)
    finish(run, clock, connect)

    assert Movie.objects.get(tmdb_id=ALIEN).title == "Alien"
