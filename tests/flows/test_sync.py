"""A sync over real processes: asked for over HTTP, killed half way, with TMDb going away."""

import os
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from services.catalog.fetching import HELD
from stack.servers import Valkey
from tests.tmdb_server.stand_in import StandIn

from .live import UNTRACED, LivePlatform, Viewer, fresh_database

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.flow

WORKERS = 2
RATE = 150
# Of the starter set; the stand-in tells of a German title.
ALIEN = 348


@pytest.fixture(scope="module")
def tmdb() -> Iterator[StandIn]:
    with StandIn(rate=0) as server:
        yield server


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory, tmdb: StandIn) -> Iterator[LivePlatform]:
    """A platform of its own, whose catalogue is empty and whose TMDb is the stand-in."""
    folder: Path = tmp_path_factory.mktemp("sync")
    variables = {
        "TMDB_URL": tmdb.url,
        "TMDB_EXPORT_URL": tmdb.export_url,
        "TMDB_API_TOKEN": tmdb.token,
        "TMDB_REQUESTS_PER_SECOND": str(RATE),
        **UNTRACED,
    }
    with (
        fresh_database(os.environ["DATABASE_URL"]) as database_url,
        Valkey(folder / "valkey") as valkey,
    ):
        programs = ("web", "realtime", "catalog", "beat")
        live = LivePlatform(database_url, valkey, folder, variables, programs=programs)
        live.manage("migrate", "-v0")
        try:
            live.start()
            yield live
        finally:
            live.stop()


@pytest.fixture(scope="module")
def operator(platform: LivePlatform) -> Viewer:
    viewer = platform.register()
    platform.execute("UPDATE users_user SET is_staff = true, is_superuser = true")
    return viewer


def ask_for(operator: Viewer, kind: str) -> dict[str, Any]:
    response = operator.session.post(
        f"{operator.url}/ops/sync-runs/", json={"kind": kind}, timeout=30
    )
    assert response.status_code == 202, response.text
    run: dict[str, Any] = response.json()
    return run


def run_of(operator: Viewer, run_id: int) -> dict[str, Any]:
    response = operator.session.get(f"{operator.url}/ops/sync-runs/{run_id}/", timeout=30)
    run: dict[str, Any] = response.json()
    return run


def ended(platform: LivePlatform, operator: Viewer, run_id: int) -> dict[str, Any]:
    open_states = {"requested", "running"}

    def is_over() -> dict[str, Any] | None:
        run = run_of(operator, run_id)
        return None if run["state"] in open_states else run

    run: dict[str, Any] = platform.eventually(is_over)
    return run


def fetched(platform: LivePlatform) -> int:
    (count,) = platform.row("SELECT count(*) FROM movies_movie WHERE synced_at IS NOT NULL")
    return int(count)


def test_a_sync_that_is_killed_half_way_misses_nothing(
    platform: LivePlatform, operator: Viewer, tmdb: StandIn
) -> None:
    run = ask_for(operator, "export")
    again = ask_for(operator, "export")
    assert (run["joined"], again["joined"], again["id"]) == (False, True, run["id"])
    platform.eventually(lambda: fetched(platform) > 100)
    platform.processes["catalog"].kill()
    # Otherwise what the killed workers held would be free after a minute.
    platform.execute("UPDATE movies_synctitle SET leased_until = NULL")

    run = ended(platform, operator, run["id"])

    assert (run["state"], run["failed"], run["error"]) == ("done", 0, "")
    (known,) = platform.row("SELECT count(*) FROM movies_movie WHERE from_tmdb")
    assert fetched(platform) == known > 500
    asked = Counter(arrival.path for arrival in tmdb.arrivals() if "/movie/" in arrival.path)
    assert sum(count - 1 for count in asked.values()) <= WORKERS * HELD


def test_what_was_synced_is_found_by_what_its_details_tell(
    platform: LivePlatform, operator: Viewer
) -> None:
    (title,) = platform.row("SELECT title FROM movies_movie WHERE tmdb_id = %s", ALIEN)

    platform.eventually(lambda: ALIEN in found(operator, f"{title} deutsch"))


def test_trending_stays_while_tmdb_is_away_and_follows_when_it_is_back(
    platform: LivePlatform, operator: Viewer, tmdb: StandIn
) -> None:
    assert ended(platform, operator, ask_for(operator, "trending")["id"])["state"] == "done"
    before = trending(operator)

    tmdb.stop()
    run = ask_for(operator, "trending")
    platform.eventually(lambda: run_of(operator, run["id"])["error"])
    meanwhile = trending(operator)
    tmdb.start()
    # Otherwise the run would rest for half a minute.
    platform.execute("UPDATE movies_syncrun SET leased_until = NULL")
    run = ended(platform, operator, run["id"])

    assert (run["state"], run["error"]) == ("done", "")
    assert before == meanwhile == trending(operator)
    assert len(before) == 20


def trending(viewer: Viewer) -> list[int]:
    response = viewer.session.get(f"{viewer.url}/movies/trending/", timeout=30)
    assert response.status_code == 200
    assert response.json()["source"] == "tmdb"
    return [film["id"] for film in response.json()["results"]]


def found(viewer: Viewer, query: str) -> list[int]:
    response = viewer.session.get(f"{viewer.url}/movies/search/", params={"q": query}, timeout=30)
    assert response.status_code == 200, response.text
    return [film["tmdb_id"] for film in response.json()["results"]]
