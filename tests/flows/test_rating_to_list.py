"""A viewer rates; the list follows. Real HTTP, real broker, real workers."""

import math
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from .live import LivePlatform, Viewer

pytestmark = pytest.mark.flow


def test_a_list_follows_the_ratings(platform: LivePlatform) -> None:
    viewer = platform.register()
    loved, others = platform.films(0), platform.films(1)

    for movie_id in loved[:4]:
        revision = viewer.rate(movie_id, 10).json()["taste_revision"]
    page = platform.eventually(lambda: viewer.list_of_revision(revision))

    shown = [item["movie"]["id"] for item in page["results"][:10]]
    # A quarter of all films are of this kind. Diversity lets a few others in.
    assert len(set(shown) & set(loved)) >= 6
    assert not set(shown) & set(loved[:4])
    assert page["results"][0]["source"] == "personal"
    because = {reason["movie_id"] for reason in page["results"][0]["reason"]["because"]}
    assert because
    assert because <= set(loved[:4])

    for movie_id in [*others[:12]]:
        revision = viewer.rate(movie_id, 10).json()["taste_revision"]
    page = platform.eventually(lambda: viewer.list_of_revision(revision))

    shown = [item["movie"]["id"] for item in page["results"][:10]]
    assert len(set(shown) & set(others)) >= 5
    assert page["is_stale"] is False


def test_a_burst_costs_few_builds_and_its_last_rating_counts(platform: LivePlatform) -> None:
    viewer = platform.register()
    films = [movie_id for kind in range(4) for movie_id in platform.films(kind)][:100]

    started = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        responses = list(pool.map(lambda movie_id: viewer.rate(movie_id, 9), films))
    seconds = time.monotonic() - started
    assert {response.status_code for response in responses} == {201}
    page = platform.eventually(lambda: viewer.list_of_revision(100))
    time.sleep(1.5)

    # One at once, then one for each second begun, the last a second after the last rating.
    assert _builds(platform, viewer) <= 2 + math.ceil(seconds)
    assert page["revision"] == 100
    assert page["is_stale"] is False
    assert not {item["movie"]["id"] for item in page["results"]} & set(films)


def test_two_ratings_in_a_row_both_count(platform: LivePlatform) -> None:
    viewer = platform.register()
    first, second = platform.films(2)[:2]

    viewer.rate(first, 8)
    revision = viewer.rate(second, 8).json()["taste_revision"]
    platform.eventually(lambda: viewer.list_of_revision(revision), within=5)

    assert _builds(platform, viewer) <= 2


def _builds(platform: LivePlatform, viewer: Viewer) -> int:
    query = "SELECT count(*) FROM recommendations_recommendationlist WHERE user_id = %s"
    (builds,) = platform.row(query, viewer.id)
    return int(builds)
