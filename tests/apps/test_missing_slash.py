"""Without its slash an address is redirected so that clients repeat the very same request."""

import pytest
from django.test import override_settings
from rest_framework.test import APIClient

from apps.favorites.models import Rating
from apps.movies.models import Movie
from apps.users.models import User
from tests.apps.api import everything_written, refused
from tests.factories import make_rating

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(
    ("method", "path", "score"),
    [
        ("POST", "/api/v1/ratings", 7),
        ("PUT", "/api/v1/ratings/{rating}", 7),
        ("DELETE", "/api/v1/ratings/{rating}", None),
        ("GET", "/api/v1/ratings?page_size=5", None),
    ],
)
def test_a_missing_slash_is_redirected_and_nothing_is_written(
    viewer: User,
    viewer_client: APIClient,
    movie: Movie,
    *,
    method: str,
    path: str,
    score: int | None,
    debug: bool,
) -> None:
    path = path.format(rating=make_rating(user=viewer, movie=movie, score=9).pk)
    before = everything_written()

    with override_settings(DEBUG=debug):
        response = viewer_client.generic(
            method, path, _score(score), content_type="application/json"
        )

    address, _, query = path.partition("?")
    assert response.status_code == 308
    assert response["Location"] == f"{address}/" + (f"?{query}" if query else "")
    assert everything_written() == before


def _score(score: int | None) -> str:
    return "" if score is None else f'{{"score": {score}}}'


def test_a_client_that_follows_the_redirect_writes(viewer_client: APIClient, movie: Movie) -> None:
    response = viewer_client.post(
        "/api/v1/ratings", {"movie_id": movie.pk, "score": 7}, follow=True
    )

    assert response.status_code == 201
    assert Rating.objects.get().score == 7


def test_an_address_that_no_slash_makes_valid_is_not_found(client: APIClient) -> None:
    refused(client.post("/api/v1/nowhere"), 404, "not_found")
