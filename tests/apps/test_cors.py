"""Which web pages may call the API from a browser: those of the origins that are named."""

import pytest
from django.db import connection
from pytest_django import Settings
from rest_framework.test import APIClient

from apps.movies.models import Movie
from apps.users.models import User
from tests.apps.api import error_of
from tests.factories import make_rating

pytestmark = pytest.mark.django_db

ORIGIN = "https://app.nexus.example"
ALLOW_ORIGIN = "Access-Control-Allow-Origin"
CREDENTIALS = "Access-Control-Allow-Credentials"
EXPOSED = {"Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-Request-ID"}
OTHERS = (
    *("https://evil.example", "https://app.nexus.example.evil.example", "null", "nonsense"),
    *("http://app.nexus.example", "https://app.nexus.example:8443", "https://[", ""),
)


@pytest.fixture(autouse=True)
def one_origin(settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = [ORIGIN]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_a_browser_may_ask_for_every_method_with_a_token(client: APIClient, method: str) -> None:
    response = client.options(
        "/api/v1/ratings/1/",
        HTTP_ORIGIN=ORIGIN,
        HTTP_ACCESS_CONTROL_REQUEST_METHOD=method,
        HTTP_ACCESS_CONTROL_REQUEST_HEADERS="authorization,content-type,x-request-id",
    )

    assert response.status_code == 200
    assert response[ALLOW_ORIGIN] == ORIGIN
    assert method in response["Access-Control-Allow-Methods"].split(", ")
    allowed = set(response["Access-Control-Allow-Headers"].split(", "))
    assert {"authorization", "content-type", "x-request-id"} <= allowed
    assert CREDENTIALS not in response


def test_an_allowed_page_reads_answers_and_their_headers(
    viewer: User, viewer_client: APIClient, movie: Movie
) -> None:
    rating = make_rating(user=viewer, movie=movie)

    response = viewer_client.delete(f"/api/v1/ratings/{rating.pk}/", HTTP_ORIGIN=ORIGIN)

    assert response.status_code == 200
    assert response[ALLOW_ORIGIN] == ORIGIN
    assert set(response["Access-Control-Expose-Headers"].split(", ")) >= EXPOSED
    assert "origin" in response["Vary"].lower()
    assert CREDENTIALS not in response


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/ratings/", 401),
        ("GET", "/api/v1/nowhere/", 404),
        ("PUT", "/api/v1/movies/", 405),
        ("POST", "/api/v1/auth/login/", 415),
        ("GET", "/api/v1/movies", 308),
    ],
)
def test_an_allowed_page_reads_errors_too(
    client: APIClient, method: str, path: str, status: int
) -> None:
    response = client.generic(method, path, "x", content_type="text/plain", HTTP_ORIGIN=ORIGIN)

    assert (response.status_code, response[ALLOW_ORIGIN]) == (status, ORIGIN)


def test_an_allowed_page_reads_what_middleware_refuses(
    client: APIClient, settings: Settings
) -> None:
    long = client.post("/api/v1/nowhere/", HTTP_ORIGIN=ORIGIN, CONTENT_LENGTH=str(10**9))
    settings.SECURE_SSL_REDIRECT = True
    plain = APIClient().get("/api/v1/movies/", HTTP_ORIGIN=ORIGIN)
    settings.ALLOWED_HOSTS = ["nexus.example"]
    elsewhere = client.get("/api/v1/movies/", HTTP_ORIGIN=ORIGIN)

    for response, status in ((long, 413), (elsewhere, 400), (plain, 308)):
        assert (response.status_code, response[ALLOW_ORIGIN]) == (status, ORIGIN)
        assert "Content-Security-Policy" in response


def test_an_allowed_page_reads_an_error_of_ours() -> None:
    client = APIClient(raise_request_exception=False)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE movies_movie RENAME TO elsewhere")

    response = client.get("/api/v1/movies/", HTTP_ORIGIN=ORIGIN)

    assert error_of(response)["code"] == "internal_error"
    assert response[ALLOW_ORIGIN] == ORIGIN


@pytest.mark.parametrize("origin", OTHERS)
def test_other_pages_are_told_nothing(client: APIClient, origin: str) -> None:
    preflight = client.options(
        "/api/v1/ratings/", HTTP_ORIGIN=origin, HTTP_ACCESS_CONTROL_REQUEST_METHOD="POST"
    )

    for response in (preflight, client.get("/api/v1/movies/", HTTP_ORIGIN=origin)):
        assert not [name for name in response.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize("path", ["/admin/login/", "/health/live", "/metrics", "/nowhere/"])
def test_only_the_api_may_be_called(client: APIClient, path: str) -> None:
    response = client.get(path, HTTP_ORIGIN=ORIGIN)

    assert not [name for name in response.headers if name.startswith("access-control")]
    assert ALLOW_ORIGIN not in response


def test_nobody_is_allowed_unless_named(client: APIClient, settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = []

    assert ALLOW_ORIGIN not in client.get("/api/v1/movies/", HTTP_ORIGIN=ORIGIN)
