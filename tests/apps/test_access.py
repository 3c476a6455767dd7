"""Who may do what: every operation as its owner, a stranger, an admin and nobody.

The table is compared with the URLconf and the OpenAPI document, so that no operation escapes it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.movies.models import Movie
from apps.users.models import User
from tests.apps.api import (
    client_of,
    client_with,
    error_of,
    everything_written,
    expired_access,
    refused,
    tokens_of,
)
from tests.apps.operations import World, documented, request_of, routed
from tests.factories import make_user

pytestmark = pytest.mark.django_db

# A status, or that of a refusal and its code.
Answer = int | tuple[int, str]


@dataclass(frozen=True)
class Access:
    anonymous: Answer
    owner: Answer
    stranger: Answer
    admin: Answer
    bad_token: Answer
    """An expired access token; a refresh token in the place of one."""


NOBODY = (401, "not_authenticated")
BAD_TOKEN = (401, "token_not_valid")
NOT_YOURS = (404, "not_found")


def everyone(status: int) -> Access:
    """Takes no token in the header: what counts is in the body."""
    return Access(status, status, status, status, status)


def catalogue(status: int) -> Access:
    return Access(status, status, status, status, BAD_TOKEN)


def account(status: int, *, admin: Answer | None = None) -> Access:
    """Concerns whoever asks."""
    return Access(NOBODY, status, status, admin or status, BAD_TOKEN)


def own_row(status: int) -> Access:
    return Access(NOBODY, status, NOT_YOURS, NOT_YOURS, BAD_TOKEN)


def operators(status: int) -> Access:
    refused = (403, "permission_denied")
    return Access(NOBODY, refused, refused, status, BAD_TOKEN)


TABLE = {
    "POST auth/account/delete/": account(204, admin=(403, "permission_denied")),
    "POST auth/change-password/": account(200),
    "GET auth/export/": account(200),
    "POST auth/login/": everyone(200),
    "POST auth/logout-all/": account(204),
    "POST auth/logout/": everyone(204),
    "POST auth/password-reset/": everyone(202),
    "POST auth/password-reset/confirm/": everyone(204),
    "GET auth/profile/": account(200),
    "PUT auth/profile/": account(200),
    "PATCH auth/profile/": account(200),
    "POST auth/register/": everyone(201),
    "GET auth/sessions/": account(200),
    "DELETE auth/sessions/{id}/": own_row(204),
    "POST auth/token/refresh/": everyone(200),
    "POST auth/token/verify/": everyone(200),
    "POST auth/verify-email/": everyone(204),
    "POST auth/verify-email/resend/": everyone(202),
    "GET favorites/": account(200),
    "POST favorites/": account(201),
    "DELETE favorites/{id}/": own_row(200),
    "GET favorites/check/{movie_id}/": account(200),
    "POST library/bulk/": account(200),
    "GET library/states/": account(200),
    "GET library/stats/": account(200),
    "GET movies/": catalogue(200),
    "GET movies/by-tmdb/{tmdb_id}/": catalogue(200),
    "GET movies/facets/": catalogue(200),
    "GET movies/genres/": catalogue(200),
    "GET movies/now-playing/": catalogue(200),
    "GET movies/popular/": catalogue(200),
    "GET movies/search/": catalogue(200),
    "GET movies/suggestions/": catalogue(200),
    "GET movies/top-rated/": catalogue(200),
    "GET movies/trending/": catalogue(200),
    "GET movies/upcoming/": catalogue(200),
    "GET movies/{id}/": catalogue(200),
    "GET movies/{id}/similar/": catalogue(200),
    "GET not-interested/": account(200),
    "POST not-interested/": account(201),
    "DELETE not-interested/{id}/": own_row(200),
    "GET movies/{movie_id}/rating/": own_row(200),
    "PUT movies/{movie_id}/rating/": Access(NOBODY, 200, 201, 201, BAD_TOKEN),
    "DELETE movies/{movie_id}/rating/": own_row(200),
    "GET ops/experiments/": operators(200),
    "POST ops/experiments/": operators(201),
    "GET ops/experiments/{name}/": operators(200),
    "DELETE ops/experiments/{name}/": operators(204),
    "POST ops/experiments/{name}/start/": operators(202),
    "POST ops/experiments/{name}/stop/": operators(202),
    "GET ops/freshness/": operators(200),
    "GET ops/generations/": operators(200),
    "POST ops/generations/": operators(202),
    "POST ops/generations/roll-back/": operators(200),
    "DELETE ops/generations/{id}/": operators(200),
    "GET ops/generations/{id}/": operators(200),
    "POST ops/generations/{id}/publish/": operators(200),
    "GET onboarding/": account(200),
    "POST onboarding/skips/": account(201),
    "DELETE onboarding/skips/{movie_id}/": own_row(200),
    "GET ops/sync-runs/": operators(200),
    "POST ops/sync-runs/": operators(202),
    "DELETE ops/sync-runs/{id}/": operators(200),
    "GET ops/sync-runs/{id}/": operators(200),
    "GET ops/users/{user_id}/recommendations/{movie_id}/why-not/": operators(202),
    "GET people/{id}/": catalogue(200),
    "GET ratings/": account(200),
    "POST ratings/": account(201),
    "GET ratings/{id}/": own_row(200),
    "PUT ratings/{id}/": own_row(200),
    "PATCH ratings/{id}/": own_row(200),
    "DELETE ratings/{id}/": own_row(200),
    "GET recommendations/": account(200),
    "GET recommendations/home/": account(200),
    "GET recommendations/events/": Access(NOBODY, *[(421, "push_elsewhere")] * 3, BAD_TOKEN),
    "POST recommendations/events/": account(200),
    "POST recommendations/events/ticket/": account(201),
    "POST recommendations/feedback/": account(201),
    "GET recommendations/stats/": account(200),
    "POST recommendations/refresh/": account(202),
    "GET recommendations/{movie_id}/why/": own_row(202),
    "GET saved-searches/": account(200),
    "POST saved-searches/": account(201),
    "GET saved-searches/{id}/": own_row(200),
    "PATCH saved-searches/{id}/": own_row(200),
    "DELETE saved-searches/{id}/": own_row(204),
    "GET watch-history/": account(200),
    "POST watch-history/": account(201),
    "GET watch-history/{id}/": own_row(200),
    "PATCH watch-history/{id}/": own_row(200),
    "DELETE watch-history/{id}/": own_row(200),
    "GET watchlist/": account(200),
    "POST watchlist/": account(201),
    "DELETE watchlist/{id}/": own_row(200),
}
CALLERS: dict[str, tuple[str, Callable[[World], APIClient]]] = {
    "anonymous": ("anonymous", lambda _: APIClient(raise_request_exception=False)),
    "owner": ("owner", lambda world: client_of(world.viewer)),
    "stranger": ("stranger", lambda _: client_of(make_user())),
    "admin": ("admin", lambda _: client_of(_admin())),
    "expired token": ("bad_token", lambda world: client_with(expired_access(world.viewer))),
    "refresh token": ("bad_token", lambda world: client_with(tokens_of(world.viewer).refresh)),
}


def _admin() -> User:
    return make_user(is_staff=True, is_superuser=True)


def test_every_operation_is_in_the_table() -> None:
    routes = {f"{method} {path}" for path, methods in routed().items() for method in methods}

    assert set(TABLE) == routes == set(documented())


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("operation", TABLE)
def test_an_operation_answers_each_caller_as_the_table_says(
    world: World, operation: str, caller: str
) -> None:
    column, make_client = CALLERS[caller]
    client, send = make_client(world), request_of(world, operation)
    expected = getattr(TABLE[operation], column)
    before = None if isinstance(expected, int) else everything_written()

    response = send(client)

    if isinstance(expected, int):
        assert response.status_code == expected, response.content
    else:
        assert (response.status_code, error_of(response)["code"]) == expected
        assert everything_written() == before


def test_those_without_security_in_the_document_are_those_open_to_everyone() -> None:
    open_to_all = {name for name, access in TABLE.items() if access.anonymous != NOBODY}

    ways = {name: operation.get("security", [{}]) for name, operation in documented().items()}
    assert {name for name, security in ways.items() if {} in security} == open_to_all


@pytest.mark.parametrize("is_admin", [False, True])
def test_lists_hold_only_what_is_the_callers_own(world: World, *, is_admin: bool) -> None:
    other = client_of(make_user(is_staff=is_admin, is_superuser=is_admin))

    lists = ("ratings", "favorites", "watch-history", "watchlist", "not-interested")
    for path in (*lists, "saved-searches"):
        assert other.get(f"/api/v1/{path}/").json()["results"] == [], path
    assert other.get("/api/v1/recommendations/").json()["list_id"] is None
    (session,) = other.get("/api/v1/auth/sessions/").json()["results"]
    assert session["id"] != str(world.session.pk)
    assert other.get(f"/api/v1/favorites/check/{world.favorite.movie_id}/").json() == {
        "is_favorite": False,
        "favorite_id": None,
    }


@pytest.mark.parametrize(
    "operation",
    [
        name
        for name, access in TABLE.items()
        if name.startswith(("GET movies/", "GET people/")) and access.anonymous != NOBODY
    ],
)
def test_the_catalogue_is_the_same_for_everyone_but_for_what_they_did(
    world: World, operation: str
) -> None:
    send = request_of(world, operation)

    of_nobody, of_viewer = send(APIClient()).json(), send(client_of(world.viewer)).json()

    assert _without_me(of_nobody) == _without_me(of_viewer)


def _without_me(body: Any) -> Any:
    if isinstance(body, list):
        return [_without_me(each) for each in body]
    if isinstance(body, dict):
        return {name: _without_me(value) for name, value in body.items() if name != "me"}
    return body


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
