"""How long a home page is kept, and what it is made anew for."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.utils import timezone
from redis import Redis
from rest_framework.test import APIClient

from apps.core import answer_cache
from apps.core.throttling import FAILURES_TO_OPEN
from apps.movies.models import ListName, ListState, Movie
from apps.recommendations.home.answers import Asked, home_answer
from tests.apps.api import client_of
from tests.apps.films import store_list
from tests.apps.operations import World
from tests.apps.query_counts import captured_queries
from tests.apps.test_home import all_shown, by_kind, films, page, shown
from tests.factories import make_generation, make_list, make_user

pytestmark = pytest.mark.django_db

# Nobody listens there.
AWAY = "redis://127.0.0.1:1/0"
SECONDS = 50


@pytest.fixture(autouse=True)
def prefix(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> str:
    """Keys of this test alone, and patience with a Redis on a busy machine."""
    settings.HOME_CACHE_SECONDS = SECONDS
    settings.THROTTLE_TIMEOUT_SECONDS = 5
    prefix = f"nexus:answer-{uuid4().hex}"
    monkeypatch.setattr(answer_cache, "KEY_PREFIX", prefix)
    return prefix


@pytest.fixture
def home(world: World) -> APIClient:
    """Of a viewer whose page has been asked for."""
    store_list(ListName.TRENDING_DAY, films(6))
    client = client_of(world.viewer)
    assert page(client)["is_cached"] is False
    return client


def kept(settings: LazySettings, prefix: str) -> list[tuple[bytes, int]]:
    redis = Redis.from_url(settings.REDIS_URL)
    return [(key, redis.ttl(key)) for key in redis.scan_iter(f"{prefix}:*")]


def test_a_page_that_is_asked_for_again_is_the_same(home: APIClient) -> None:
    with captured_queries() as statements:
        again = page(home)

    assert again.pop("is_cached") is True
    # Who asks, and whether anything has changed.
    assert len(statements) == 2
    assert page(home) == again | {"is_cached": True}


Write = Callable[[World], tuple[str, str, dict[str, Any]]]


@pytest.mark.parametrize(
    "write",
    [
        lambda world: ("POST", "ratings/", {"movie_id": world.unseen[0].pk, "score": 3}),
        lambda world: ("DELETE", f"ratings/{world.rating.pk}/", {}),
        lambda world: ("POST", "favorites/", {"movie_id": world.unseen[0].pk}),
        lambda world: ("POST", "watch-history/", {"movie_id": world.unseen[0].pk}),
        lambda world: ("POST", "watchlist/", {"movie_id": world.unseen[0].pk}),
        lambda world: ("DELETE", f"watchlist/{world.watchlist_entry.pk}/", {}),
        lambda world: ("POST", "not-interested/", {"movie_id": world.unseen[0].pk}),
        lambda world: ("DELETE", f"not-interested/{world.not_interested.pk}/", {}),
    ],
)
def test_after_a_write_of_the_viewer_it_is_made_anew(
    world: World, home: APIClient, write: Write
) -> None:
    method, path, body = write(world)

    url = f"/api/v1/{path}"
    response = home.generic(method, url, json.dumps(body), content_type="application/json")

    assert response.status_code < 300
    after = page(home)
    assert (after["is_cached"], after["current_revision"]) == (False, 1)


def test_what_was_rated_is_gone_at_once(world: World, home: APIClient) -> None:
    (trending,) = (row for row in page(home)["rows"] if row["kind"] == "trending")
    film = shown(trending)[0]

    home.post("/api/v1/ratings/", {"movie_id": film, "score": 8}, format="json")

    assert film not in all_shown(page(home))


def test_a_new_list_is_shown_at_once(world: World, home: APIClient) -> None:
    generation = world.viewer.recommendation_lists.get().generation
    newer = make_list(user=world.viewer, generation=generation, movies=films(5))
    assert page(home)["list_id"] == newer.pk

    published = make_generation(active=True)
    latest = make_list(user=world.viewer, generation=published, movies=films(5))
    assert page(home)["list_id"] == latest.pk


def test_what_tmdb_says_is_trending_is_shown_at_once(home: APIClient) -> None:
    ListState.objects.update(fetched_at=timezone.now())

    assert page(home)["is_cached"] is False


def test_another_viewer_or_size_is_another_page(home: APIClient) -> None:
    assert page(home, "rows=9")["is_cached"] is False
    assert page(home, "rows=10&items=21")["is_cached"] is False
    assert page(client_of(make_user()))["is_cached"] is False
    assert page(home)["is_cached"] is True


def test_what_is_new_is_looked_for_every_day(world: World) -> None:
    today = timezone.now()
    asked = Asked(user_id=world.viewer.pk, rows=6, items=20, at=today)
    tomorrow = replace(asked, at=today + timedelta(days=1))

    def text_of(page: Asked) -> bytes:
        return home_answer(page, is_held=lambda _: False).text or b""

    answers = [json.loads(text_of(each)) for each in (asked, tomorrow, tomorrow)]

    assert [answer["is_cached"] for answer in answers] == [False, False, True]


def test_what_is_kept_is_kept_no_longer_than_told(
    home: APIClient, settings: LazySettings, prefix: str
) -> None:
    ((_, seconds),) = kept(settings, prefix)

    assert 0 < seconds <= SECONDS


def test_nothing_is_kept_where_that_is_switched_off(
    world: World, settings: LazySettings, prefix: str
) -> None:
    settings.HOME_CACHE_SECONDS = 0
    client = client_of(world.viewer)

    assert [page(client)["is_cached"] for _ in range(2)] == [False, False]
    assert kept(settings, prefix) == []


def test_pages_take_no_more_of_redis_than_told(
    home: APIClient, settings: LazySettings, prefix: str
) -> None:
    redis = Redis.from_url(settings.REDIS_URL)
    ((first, _),) = kept(settings, prefix)
    size, counter = redis.strlen(first), f"{prefix}-bytes"
    assert int(redis.get(counter)) == size
    assert 0 < redis.ttl(counter) <= SECONDS

    # Room for one page in a time, and for another in the next.
    settings.HOME_CACHE_BYTES = 3 * size
    assert [page(home, "rows=5")["is_cached"] for _ in range(2)] == [False, False]
    assert page(home)["is_cached"] is True
    assert [key for key, _ in kept(settings, prefix)] == [first]

    redis.delete(counter)
    assert [page(home, "rows=5")["is_cached"] for _ in range(2)] == [False, True]


def test_what_cannot_be_read_is_made_anew(
    home: APIClient, settings: LazySettings, prefix: str
) -> None:
    ((key, _),) = kept(settings, prefix)
    Redis.from_url(settings.REDIS_URL).set(key, b"not compressed")

    assert page(home)["is_cached"] is False
    assert page(home)["is_cached"] is True


def test_without_redis_it_is_made_each_time(world: World, settings: LazySettings) -> None:
    settings.REDIS_URL = AWAY
    client = client_of(world.viewer)

    bodies = [page(client) for _ in range(FAILURES_TO_OPEN + 1)]

    assert [body["is_cached"] for body in bodies] == [False] * len(bodies)


def test_a_corrected_film_shows_when_the_page_has_expired(
    world: World, home: APIClient, settings: LazySettings, prefix: str
) -> None:
    trending = by_kind(page(home))["trending"]
    film = shown(trending)[0]
    Movie.objects.filter(pk=film).update(title="Corrected")
    assert titles(page(home))[film] != "Corrected"

    ((key, _),) = kept(settings, prefix)
    Redis.from_url(settings.REDIS_URL).delete(key)

    assert titles(page(home))[film] == "Corrected"


def titles(body: dict[str, Any]) -> dict[int, str]:
    return {
        item["movie"]["id"]: item["movie"]["title"]
        for row in body["rows"]
        for item in row["results"]
    }
