"""A refused write answers in the one shape and changes nothing."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.movies.models import Movie
from apps.users.models import User
from tests.apps.api import everything_written, refused
from tests.factories import make_rating

pytestmark = pytest.mark.django_db

RATINGS = "/api/v1/ratings/"
FAVORITES = "/api/v1/favorites/"
UNKNOWN_IDS = [0, -1, 2**31, 2**63, 10**400]
NO_INTEGERS: list[Any] = ["x", "7", 7.5, 7.0, 1e300, True, None, [7], {"score": 7}, ""]


@pytest.mark.parametrize("score", [0, 11, -1, 2**31, 2**63, 10**400])
def test_a_score_out_of_range_is_refused(
    viewer: User, viewer_client: APIClient, movie: Movie, score: int
) -> None:
    rating = make_rating(user=viewer, movie=movie)
    before = everything_written()

    posted = viewer_client.post(RATINGS, {"movie_id": movie.pk, "score": score})
    put = viewer_client.put(f"{RATINGS}{rating.pk}/", {"score": score})

    for response in (posted, put):
        error = refused(response, 400, "rating_out_of_range")
        assert list(error["details"]) == ["score"]
    assert everything_written() == before


@pytest.mark.parametrize("score", NO_INTEGERS)
def test_a_score_that_is_no_integer_is_refused(
    viewer: User, viewer_client: APIClient, movie: Movie, score: Any
) -> None:
    rating = make_rating(user=viewer, movie=movie)
    before = everything_written()

    posted = viewer_client.post(RATINGS, {"movie_id": movie.pk, "score": score})
    put = viewer_client.put(f"{RATINGS}{rating.pk}/", {"score": score})

    for response in (posted, put):
        assert list(refused(response, 400, "invalid")["details"]) == ["score"]
    assert everything_written() == before


@pytest.mark.parametrize("value", NO_INTEGERS)
@pytest.mark.parametrize("name", ["movie_id", "tmdb_id"])
def test_an_id_that_is_no_integer_is_refused(
    viewer_client: APIClient, name: str, value: Any
) -> None:
    before = everything_written()

    for url, body in ((RATINGS, {name: value, "score": 7}), (FAVORITES, {name: value})):
        error = refused(viewer_client.post(url, body), 400, "invalid")
        assert list(error["details"]) == [name]
    assert everything_written() == before


@pytest.mark.parametrize("unknown", UNKNOWN_IDS)
@pytest.mark.parametrize("name", ["movie_id", "tmdb_id"])
def test_an_unknown_film_is_not_found(viewer_client: APIClient, name: str, unknown: int) -> None:
    before = everything_written()

    for url, body in ((RATINGS, {name: unknown, "score": 7}), (FAVORITES, {name: unknown})):
        refused(viewer_client.post(url, body), 404, "movie_not_found")
    assert everything_written() == before


@pytest.mark.parametrize("unknown", [0, 2**31, 2**63, 10**400])
def test_an_unknown_row_is_not_found(viewer_client: APIClient, unknown: int) -> None:
    before = everything_written()

    for response in (
        viewer_client.get(f"{RATINGS}{unknown}/"),
        viewer_client.put(f"{RATINGS}{unknown}/", {"score": 7}),
        viewer_client.delete(f"{RATINGS}{unknown}/"),
        viewer_client.delete(f"{FAVORITES}{unknown}/"),
    ):
        refused(response, 404, "not_found")
    assert everything_written() == before


def test_a_film_is_named_by_exactly_one_id(viewer_client: APIClient, movie: Movie) -> None:
    both = {"movie_id": movie.pk, "tmdb_id": movie.tmdb_id}
    before = everything_written()

    for url, body in ((FAVORITES, both), (FAVORITES, {}), (RATINGS, both | {"score": 7})):
        error = refused(viewer_client.post(url, body), 400, "invalid")
        assert list(error["details"]) == ["non_field_errors"]
    assert everything_written() == before


@pytest.mark.parametrize("extra", ["user", "id", "rated_at", "taste_revision", "Score"])
def test_an_unknown_field_is_refused_and_the_known_ones_are_named(
    viewer_client: APIClient, movie: Movie, extra: str
) -> None:
    before = everything_written()

    error = refused(
        viewer_client.post(RATINGS, {"movie_id": movie.pk, "score": 7, extra: 1}),
        400,
        "unknown_field",
    )

    message = error["details"]["non_field_errors"][0]["message"]
    assert message.endswith("the fields are movie_id, score, tmdb_id.")
    assert everything_written() == before


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "invalid"),
        (b"[]", 400, "invalid"),
        (b"null", 400, "invalid"),
        (b'"x"', 400, "invalid"),
        (b"7", 400, "invalid"),
        (b"{}", 400, "invalid"),
        (b"{", 400, "parse_error"),
        (b'{"score": 7', 400, "parse_error"),
        (b"{'score': 7}", 400, "parse_error"),
        (b"\xff\xfe", 400, "parse_error"),
        (b'{"score": NaN}', 400, "parse_error"),
        (b'{"score": Infinity}', 400, "parse_error"),
        (b'{"score": ' + b"9" * 1_000_000 + b"}", 400, "parse_error"),
        (b'{"score": -' + b"9" * 1_000_000 + b"}", 400, "parse_error"),
        (b"[" * 100_000, 400, "parse_error"),
        (b'{"score":' * 100_000, 400, "parse_error"),
        (b'"' + b"x" * 1024 * 1024 + b'"', 413, "body_too_large"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    viewer_client: APIClient, movie: Movie, body: bytes, status: int, code: str
) -> None:
    created = viewer_client.post(RATINGS, {"movie_id": movie.pk, "score": 9})
    before = everything_written()

    for method, url in (
        ("POST", RATINGS),
        ("POST", FAVORITES),
        ("PUT", f"{RATINGS}{created.json()['id']}/"),
        ("POST", "/api/v1/auth/register/"),
        ("POST", "/api/v1/auth/login/"),
        ("POST", "/api/v1/auth/token/refresh/"),
    ):
        response = viewer_client.generic(method, url, body, content_type="application/json")
        refused(response, status, code)
    assert everything_written() == before


def test_a_score_beyond_any_float_is_refused(viewer_client: APIClient, movie: Movie) -> None:
    body = f'{{"movie_id": {movie.pk}, "score": 1e400}}'
    before = everything_written()

    response = viewer_client.generic("POST", RATINGS, body, content_type="application/json")

    assert list(refused(response, 400, "invalid")["details"]) == ["score"]
    assert everything_written() == before


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "nonsense",
        "",
    ],
)
def test_a_body_of_another_type_is_refused(
    viewer_client: APIClient, movie: Movie, content_type: str
) -> None:
    body = f'{{"movie_id": {movie.pk}, "score": 7}}'
    before = everything_written()

    response = viewer_client.generic("POST", RATINGS, body, content_type=content_type)

    refused(response, 415, "unsupported_media_type")
    assert everything_written() == before


@pytest.mark.parametrize("charset", ["bz2_codec", "nonsense", "utf-7", "rot13"])
def test_a_body_in_no_known_text_encoding_is_refused(
    viewer_client: APIClient, charset: str
) -> None:
    response = viewer_client.generic(
        "POST", RATINGS, b"\x00\xff", content_type=f"application/json; charset={charset}"
    )

    refused(response, 400, "parse_error")
