"""What the platform stores of how fresh its lists are, against what a viewer saw from outside."""

import time

import pytest
import requests

from .live import LivePlatform

pytestmark = pytest.mark.flow

ROWS = """
    SELECT waited_seconds, newest_seconds, held_seconds, is_exact
    FROM recommendations_listfreshness AS freshness
    JOIN recommendations_recommendationlist AS list ON list.id = freshness.list_id
    WHERE list.user_id = %s ORDER BY list.id
"""


def test_what_is_stored_is_what_the_viewer_saw(platform: LivePlatform) -> None:
    viewer = platform.register()
    film, *others = platform.films(1)[:6]

    began = time.monotonic()
    revision = viewer.rate(film, 9).json()["taste_revision"]
    platform.eventually(lambda: viewer.list_of_revision(revision))
    observed = time.monotonic() - began

    ((waited, newest, held, is_exact),) = platform.eventually(
        lambda: platform.rows(ROWS, viewer.id)
    )
    assert is_exact
    assert 0 <= newest == waited <= observed
    assert held == 0

    began = time.monotonic()
    for other in others:
        revision = viewer.rate(other, 9).json()["taste_revision"]
    platform.eventually(lambda: viewer.list_of_revision(revision))
    observed = time.monotonic() - began

    builds = platform.eventually(
        lambda: len(platform.rows(ROWS, viewer.id)) > 1 and platform.rows(ROWS, viewer.id)[1:]
    )
    # The second list had to wait for its turn, and its oldest write longer than its newest.
    waited, newest, held, is_exact = builds[0]
    assert is_exact
    assert 0 <= newest <= waited <= observed
    assert 0 < held <= waited


def test_the_outcome_is_told_to_prometheus(platform: LivePlatform) -> None:
    viewer = platform.register()
    revision = viewer.rate(platform.films(2)[0], 9).json()["taste_revision"]
    platform.eventually(lambda: viewer.list_of_revision(revision))

    def told() -> bool:
        text = requests.get(f"http://127.0.0.1:{platform.port}/metrics", timeout=30).text
        return 'nexus_freshness_delay_seconds_bucket{le="1.0"}' in text

    platform.eventually(told)
