"""Who may do what: each private operation as its owner, a stranger, an admin and nobody."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.favorites.models import Favorite, Rating
from apps.movies.models import Movie
from apps.users.models import User
from tests.apps.api import (
    client_of,
    client_with,
    everything_written,
    expired_access,
    refused,
    tokens_of,
)
from tests.factories import (
    make_favorite,
    make_generation,
    make_list,
    make_movie,
    make_rating,
    make_user,
)

pytestmark = pytest.mark.django_db

PRIVATE = [
    ("GET", "/api/v1/favorites/", None),
    ("POST", "/api/v1/favorites/", {"movie_id": 1}),
    ("DELETE", "/api/v1/favorites/{favorite}/", None),
    ("GET", "/api/v1/favorites/check/{movie}/", None),
    ("GET", "/api/v1/ratings/", None),
    ("POST", "/api/v1/ratings/", {"movie_id": 1, "score": 7}),
    ("GET", "/api/v1/ratings/{rating}/", None),
    ("PUT", "/api/v1/ratings/{rating}/", {"score": 7}),
    ("DELETE", "/api/v1/ratings/{rating}/", None),
    ("GET", "/api/v1/recommendations/", None),
]
OWNED = [
    operation for operation in PRIVATE if "{rating}" in operation[1] or "{favorite}" in operation[1]
]
PUBLIC = ["/api/v1/movies/", "/api/v1/movies/genres/", "/api/v1/movies/{movie}/"]


@pytest.fixture
def rating(viewer: User, movie: Movie) -> Rating:
    return make_rating(user=viewer, movie=movie)


@pytest.fixture
def favorite(viewer: User, movie: Movie) -> Favorite:
    return make_favorite(user=viewer, movie=movie)


@pytest.fixture
def send(
    movie: Movie, rating: Rating, favorite: Favorite
) -> Callable[[APIClient, tuple[str, str, Any]], Any]:
    def send_to(client: APIClient, operation: tuple[str, str, Any]) -> Any:
        method, path, body = operation
        url = path.format(movie=movie.pk, rating=rating.pk, favorite=favorite.pk)
        return client.generic(method, url, _json(body), content_type="application/json")

    return send_to


def _json(body: Any) -> str:
    return "" if body is None else str(body).replace("'", '"')


@pytest.mark.parametrize("operation", PRIVATE, ids=str)
def test_nobody_gets_in_without_a_valid_access_token(
    viewer: User, send: Callable[..., Any], operation: tuple[str, str, Any]
) -> None:
    before = everything_written()

    anonymous = refused(send(APIClient(), operation), 401, "not_authenticated")
    for token in (expired_access(viewer), tokens_of(viewer).refresh, "x"):
        response = send(client_with(token), operation)
        refused(response, 401, "token_not_valid")
        assert response["WWW-Authenticate"] == 'Bearer realm="api"'

    assert anonymous["details"] == {}
    assert everything_written() == before


@pytest.mark.parametrize("operation", OWNED, ids=str)
@pytest.mark.parametrize("is_admin", [False, True])
def test_another_viewers_row_is_not_found_by_strangers_or_admins(
    send: Callable[..., Any], operation: tuple[str, str, Any], *, is_admin: bool
) -> None:
    other = make_user(is_staff=is_admin, is_superuser=is_admin)
    before = everything_written()

    refused(send(client_of(other), operation), 404, "not_found")

    assert everything_written() == before


@pytest.mark.parametrize("operation", OWNED, ids=str)
def test_the_owner_reaches_the_row(
    viewer_client: APIClient, send: Callable[..., Any], operation: tuple[str, str, Any]
) -> None:
    assert send(viewer_client, operation).status_code == 200


@pytest.mark.parametrize("is_admin", [False, True])
def test_lists_hold_only_what_is_the_callers_own(
    viewer: User, movie: Movie, rating: Rating, favorite: Favorite, *, is_admin: bool
) -> None:
    make_list(
        user=viewer, generation=make_generation(active=True), movies=[make_movie(title="Own")]
    )
    other = client_of(make_user(is_staff=is_admin, is_superuser=is_admin))

    assert other.get("/api/v1/ratings/").json()["results"] == []
    assert other.get("/api/v1/favorites/").json()["results"] == []
    assert other.get("/api/v1/recommendations/").json()["list_id"] is None
    assert other.get(f"/api/v1/favorites/check/{movie.pk}/").json() == {
        "is_favorite": False,
        "favorite_id": None,
    }


@pytest.mark.parametrize("path", PUBLIC)
def test_the_catalogue_is_open_to_everyone_but_bearers_of_bad_tokens(
    viewer: User, viewer_client: APIClient, movie: Movie, path: str
) -> None:
    url = path.format(movie=movie.pk)

    assert APIClient().get(url).json() == viewer_client.get(url).json()
    refused(client_with(expired_access(viewer)).get(url), 401, "token_not_valid")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/movies/"),
        ("PUT", "/api/v1/movies/{movie}/"),
        ("PATCH", "/api/v1/movies/{movie}/"),
        ("DELETE", "/api/v1/movies/{movie}/"),
        ("POST", "/api/v1/movies/genres/"),
        ("POST", "/api/v1/recommendations/"),
        ("DELETE", "/api/v1/ratings/"),
        ("GET", "/api/v1/auth/login/"),
    ],
)
def test_an_operation_that_does_not_exist_is_refused_to_admins_too(
    movie: Movie, method: str, path: str
) -> None:
    admin = client_of(make_user(is_staff=True, is_superuser=True))
    before = everything_written(), list(Movie.objects.values())

    response = admin.generic(method, path.format(movie=movie.pk))

    refused(response, 405, "method_not_allowed")
    assert "Allow" in response
    assert (everything_written(), list(Movie.objects.values())) == before


def test_options_names_the_methods_and_nothing_else(viewer_client: APIClient) -> None:
    response = viewer_client.options("/api/v1/ratings/")

    assert (response.status_code, response.json()) == (200, {})
    assert response["Allow"] == "GET, POST, HEAD, OPTIONS"
