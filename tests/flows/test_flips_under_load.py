"""Operators flip to a generation and back while viewers page through their lists and rate."""

import itertools
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from .live import LivePlatform, Viewer

pytestmark = pytest.mark.flow

READERS = 4
FLIPS = 8
PAGES = 4
PAGE = 10
LISTS = """
    SELECT id, generation_id, movie_ids FROM recommendations_recommendationlist
    WHERE user_id = ANY(%s)
"""


@dataclass(frozen=True)
class Walk:
    """The pages that one viewer read of one list, the films known to be rated before it began."""

    viewer_id: int
    rated_before: frozenset[int]
    pages: list[dict[str, Any]]

    @property
    def films(self) -> list[int]:
        return [item["movie"]["id"] for page in self.pages for item in page["results"]]


@dataclass
class Read:
    walks: list[Walk] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def test_readers_notice_nothing_but_other_lists(platform: LivePlatform) -> None:
    viewers = [platform.register() for _ in range(READERS)]
    for viewer, kind in zip(viewers, itertools.cycle(range(4)), strict=False):
        for movie_id in platform.films(kind)[:3]:
            revision = viewer.rate(movie_id, 9).json()["taste_revision"]
        platform.eventually(partial(viewer.list_of_revision, revision))
    operator = platform.operator()
    before = _active(platform)
    platform.manage("build_recommendations")
    after = _active(platform)
    assert after > before

    with _reading(viewers) as read:
        for target in FLIPS * (before, after):
            _return_to(operator, target)
    stored = {
        list_id: (generation_id, movie_ids)
        for list_id, generation_id, movie_ids in platform.rows(
            LISTS, [viewer.id for viewer in viewers]
        )
    }

    assert read.faults == []
    assert len(read.walks) >= READERS * 5
    lists = [stored[walk.pages[0]["list_id"]] for walk in read.walks]
    assert {generation_id for generation_id, _ in lists} == {before, after}
    for walk in read.walks:
        (list_id,) = {page["list_id"] for page in walk.pages}
        _, movie_ids = stored[list_id]
        places = [movie_ids.index(movie_id) for movie_id in walk.films]
        assert places == sorted(set(places))
        assert not set(walk.films) & walk.rated_before


def _return_to(operator: Viewer, generation_id: int) -> None:
    response = operator.session.post(
        f"{operator.url}/ops/generations/roll-back/", json={"generation": generation_id}, timeout=30
    )
    assert response.status_code == 200, response.text
    assert response.json()["state"] == "active"
    time.sleep(0.1)


@contextmanager
def _reading(viewers: list[Viewer]) -> Iterator[Read]:
    read, stopped = Read(), threading.Event()

    def go_on(viewer: Viewer) -> None:
        rated: set[int] = set()
        choice = random.Random(viewer.id)
        while not stopped.wait(0.05):
            try:
                walk = _walk(viewer, frozenset(rated))
            except AssertionError as fault:
                read.faults.append(str(fault))
                return
            read.walks.append(walk)
            film = choice.choice(walk.films)
            if viewer.rate(film, choice.randint(1, 10)).status_code in {200, 201}:
                rated.add(film)

    threads = [threading.Thread(target=go_on, args=[viewer]) for viewer in viewers]
    for thread in threads:
        thread.start()
    try:
        yield read
    finally:
        stopped.set()
        for thread in threads:
            thread.join()


def _walk(viewer: Viewer, rated: frozenset[int]) -> Walk:
    url: str | None = f"{viewer.url}/recommendations/?limit={PAGE}"
    pages: list[dict[str, Any]] = []
    while url is not None and len(pages) < PAGES:
        response = viewer.session.get(url, timeout=30)
        assert response.status_code == 200, response.text
        pages.append(response.json())
        url = pages[-1]["next"]
    return Walk(viewer.id, rated, pages)


def _active(platform: LivePlatform) -> int:
    (generation_id,) = platform.row("SELECT generation_id FROM recommendations_activegeneration")
    return int(generation_id)
