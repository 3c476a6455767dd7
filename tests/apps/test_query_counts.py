"""What each endpoint asks of the database: pinned, and independent of the page's size."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from apps.movies import images
from apps.movies.models import ListName, RelatedTitles
from tests.apps.api import client_of, session_of
from tests.apps.films import store_list, tell_everything
from tests.apps.operations import World, caller_of, documented, make_world, request_of
from tests.apps.query_counts import captured_queries, pinned
from tests.factories import (
    make_favorite,
    make_not_interested,
    make_rating,
    make_saved_search,
    make_watch_entry,
    make_watchlist_entry,
)
from tests.made_once import made_once

pytestmark = pytest.mark.django_db

CountQueries = Callable[[str], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def world_of_module(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with made_once(django_db_blocker, make_large_world) as world:
        yield world


@pytest.fixture
def world(world: World) -> World:
    # A process reads them once in minutes.
    images.known.get()
    return world


def make_large_world() -> World:
    """With a list of 40 films, each with two reasons; they are in TMDb's lists, too."""
    world = make_world(films=40)
    movie = world.favorite.movie
    tell_everything(movie)
    RelatedTitles.objects.create(
        movie=movie, similar_tmdb_ids=[film.tmdb_id for film in world.unseen]
    )
    for name in ListName:
        store_list(name, world.unseen)
    return world


def test_every_operation_is_pinned_and_nothing_else() -> None:
    assert pinned().keys() == set(documented())


@pytest.mark.parametrize("operation", sorted(documented()))
def test_an_operation_costs_what_is_pinned(
    world: World, operation: str, count_queries: CountQueries
) -> None:
    client, send = caller_of(world, operation), request_of(world, operation)

    with count_queries(operation):
        response = send(client)

    # A web process opens no streams.
    assert response.status_code in {200, 201, 202, 204} or "recommendations/events/" in operation


def test_who_sends_a_request_is_found_by_one_query(world: World) -> None:
    client = client_of(world.viewer)

    with captured_queries() as statements:
        assert client.get("/api/v1/auth/profile/").status_code == 200

    (found,) = statements
    assert "nexus_live_session" in found


@pytest.mark.parametrize(
    ("url", "parameter"),
    [
        ("/api/v1/auth/sessions/", "page_size"),
        ("/api/v1/movies/", "page_size"),
        ("/api/v1/movies/genres/", "page_size"),
        ("/api/v1/movies/search/?q=film", "page_size"),
        ("/api/v1/movies/suggestions/?q=film", "limit"),
        ("/api/v1/movies/trending/", "page_size"),
        ("/api/v1/movies/popular/", "page_size"),
        ("/api/v1/movies/top-rated/", "page_size"),
        ("/api/v1/movies/now-playing/", "page_size"),
        ("/api/v1/movies/upcoming/", "page_size"),
        ("/api/v1/movies/{movie}/similar/", "page_size"),
        ("/api/v1/favorites/", "page_size"),
        ("/api/v1/ratings/", "page_size"),
        ("/api/v1/watch-history/", "page_size"),
        ("/api/v1/watchlist/", "page_size"),
        ("/api/v1/not-interested/", "page_size"),
        ("/api/v1/saved-searches/", "page_size"),
        ("/api/v1/recommendations/", "limit"),
    ],
)
def test_a_larger_page_costs_no_more_queries(world: World, url: str, parameter: str) -> None:
    for movie in world.unseen[20:]:
        make_rating(user=world.viewer, movie=movie)
        make_favorite(user=world.viewer, movie=movie)
        make_watch_entry(user=world.viewer, movie=movie)
        make_watchlist_entry(user=world.viewer, movie=movie)
        make_not_interested(user=world.viewer, movie=movie)
        make_saved_search(user=world.viewer)
        session_of(world.viewer)
    client = client_of(world.viewer)

    url = url.format(movie=world.favorite.movie_id)
    url += "&" if "?" in url else "?"

    small, small_queries = _page(client, f"{url}{parameter}=1")
    large, large_queries = _page(client, f"{url}{parameter}=20")

    assert len(small) == 1
    assert len(large) == (2 if "genres" in url else 20)
    assert len(large_queries) == len(small_queries)


def _page(client: APIClient, url: str) -> tuple[list[Any], list[str]]:
    with captured_queries() as statements:
        results = client.get(url).json()["results"]
    return results, statements
