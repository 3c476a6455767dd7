"""What each endpoint asks of the database: pinned, and independent of the page's size."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from apps.favorites.models import Favorite, Rating
from apps.movies.models import Movie
from apps.users.models import User
from tests.apps.api import client_of, tokens_of
from tests.apps.query_counts import captured_queries, pinned
from tests.factories import (
    PASSWORD,
    make_favorite,
    make_generation,
    make_list,
    make_movie,
    make_rating,
    make_user,
)

pytestmark = pytest.mark.django_db

CountQueries = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True)
class World:
    """A viewer with a rating, a favourite and a list of 40 films, each with two reasons."""

    viewer: User
    rating: Rating
    favorite: Favorite
    unseen: list[Movie]

    def request(self, name: str) -> tuple[str, str, dict[str, Any]]:
        """The method, address and body that `name` of the OpenAPI document stands for."""
        method, path = name.split()
        ids = {
            "/api/v1/ratings/{id}/": self.rating.pk,
            "/api/v1/favorites/{id}/": self.favorite.pk,
            "/api/v1/movies/{id}/": self.favorite.movie_id,
            "/api/v1/favorites/check/{movie_id}/": self.favorite.movie_id,
        }
        return (
            method,
            re.sub(r"\{.*\}", lambda _: str(ids[path]), path),
            self._bodies().get(name, {}),
        )

    def _bodies(self) -> dict[str, dict[str, Any]]:
        return {
            "POST /api/v1/auth/register/": {"email": "new@example.com", "password": PASSWORD},
            "POST /api/v1/auth/login/": {"email": self.viewer.email, "password": PASSWORD},
            "POST /api/v1/auth/token/refresh/": {"refresh": tokens_of(self.viewer).refresh},
            "POST /api/v1/favorites/": {"tmdb_id": self.unseen[0].tmdb_id},
            "POST /api/v1/ratings/": {"movie_id": self.unseen[0].pk, "score": 7},
            "PUT /api/v1/ratings/{id}/": {"score": 7},
        }


@pytest.fixture
def world(db: None) -> World:
    viewer = make_user()
    genres = ("Action", "Drama")
    liked = [make_movie(genres=genres) for _ in range(2)]
    unseen = [make_movie(genres=genres) for _ in range(40)]
    make_list(
        user=viewer,
        generation=make_generation(active=True),
        movies=unseen,
        because=[[(movie, 500) for movie in liked] for _ in unseen],
    )
    return World(
        viewer=viewer,
        rating=make_rating(user=viewer, movie=liked[0]),
        favorite=make_favorite(user=viewer, movie=liked[1]),
        unseen=unseen,
    )


def operations() -> Iterator[str]:
    schema = SchemaGenerator().get_schema(public=True)
    for path, methods in schema["paths"].items():
        for method in methods:
            yield f"{method.upper()} {path}"


def test_every_operation_is_pinned_and_nothing_else() -> None:
    assert pinned().keys() == set(operations())


@pytest.mark.parametrize("name", sorted(operations()))
def test_an_operation_costs_what_is_pinned(
    world: World, name: str, count_queries: CountQueries
) -> None:
    method, url, body = world.request(name)
    client = client_of(world.viewer)

    with count_queries(name):
        response = client.generic(method, url, json.dumps(body), content_type="application/json")

    assert response.status_code in {200, 201}
    assert response.json()


@pytest.mark.parametrize(
    ("url", "parameter"),
    [
        ("/api/v1/movies/", "page_size"),
        ("/api/v1/movies/genres/", "page_size"),
        ("/api/v1/favorites/", "page_size"),
        ("/api/v1/ratings/", "page_size"),
        ("/api/v1/recommendations/", "limit"),
    ],
)
def test_a_larger_page_costs_no_more_queries(world: World, url: str, parameter: str) -> None:
    for movie in world.unseen[20:]:
        make_rating(user=world.viewer, movie=movie)
        make_favorite(user=world.viewer, movie=movie)
    client = client_of(world.viewer)

    small, small_queries = _page(client, f"{url}?{parameter}=1")
    large, large_queries = _page(client, f"{url}?{parameter}=20")

    assert len(small) == 1
    assert len(large) == (2 if "genres" in url else 20)
    assert len(large_queries) == len(small_queries)


def _page(client: APIClient, url: str) -> tuple[list[Any], list[str]]:
    with captured_queries() as statements:
        results = client.get(url).json()["results"]
    return results, statements
