import logging
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings
from rest_framework.test import APIClient

from apps.core.errors import ErrorCode
from apps.users.models import User
from tests.apps.api import client_of, error_of, refused
from tests.factories import make_user

NOWHERE = "/api/v1/nowhere/"


@pytest.fixture
def forgiving_client() -> APIClient:
    return APIClient(raise_request_exception=False)


def test_an_address_without_a_view_answers_in_the_one_shape(client: APIClient) -> None:
    for url in (NOWHERE, "/api/", "/api/v2/movies/", "/api/v1/movies/%00/"):
        refused(client.get(url), 404, "not_found")


def test_a_page_that_is_not_the_apis_answers_people(client: APIClient) -> None:
    response = client.get("/nowhere/")

    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")


def test_an_answer_that_is_not_json_is_not_on_offer(client: APIClient) -> None:
    response = client.get("/api/v1/movies/", HTTP_ACCEPT="application/xml")

    refused(response, 406, "not_acceptable")


def test_a_forged_host_is_refused_in_the_one_shape(forgiving_client: APIClient) -> None:
    with override_settings(ALLOWED_HOSTS=["nexus.example"]):
        refused(forgiving_client.get("/api/v1/movies/"), 400, "bad_request")


@pytest.mark.django_db(transaction=True)
def test_an_unhandled_error_is_logged_under_its_request_id_and_leaks_nothing(
    forgiving_client: APIClient, caplog: pytest.LogCaptureFixture
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE movies_movie RENAME TO elsewhere")
    try:
        response = forgiving_client.get("/api/v1/movies/", HTTP_X_REQUEST_ID="trace-0001")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO movies_movie")

    error = refused(response, 500, "internal_error")
    assert error["request_id"] == "trace-0001"
    assert error["details"] == {}
    assert b"movies_movie" not in response.content
    logged = [record for record in caplog.records if record.name == "django.request"]
    assert [record.levelno for record in logged] == [logging.ERROR]
    assert "movies_movie" in str(logged[0].exc_info)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_does_not_answer_is_unavailable(
    forgiving_client: APIClient, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_of(make_user())
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 50")
        cursor.execute("SELECT pg_advisory_lock(1)")
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("LOCK TABLE movies_movie")
        responses = client.get("/api/v1/movies/"), client.get("/api/v1/recommendations/")
        cursor.execute("ROLLBACK")
    other.close()
    with connection.cursor() as cursor:
        cursor.execute("RESET statement_timeout")
        cursor.execute("SELECT pg_advisory_unlock_all()")

    for response in responses:
        refused(response, 503, "unavailable")
    assert "OperationalError (canceling statement due to statement timeout)" in caplog.text
    assert client.get("/api/v1/movies/").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("condition", "status", "code", "logged"),
    [
        ("email <> 'ada@example.com'", 409, "conflict", "IntegrityError (refusing)"),
        ("email::integer > 0", 400, "invalid", "DataError (no constraint named)"),
    ],
)
def test_a_row_that_the_database_refuses_does_not_reach_the_log(
    client: APIClient,
    caplog: pytest.LogCaptureFixture,
    condition: str,
    status: int,
    *,
    code: str,
    logged: str,
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE users_user ADD CONSTRAINT refusing CHECK ({condition})")
    account = {"email": "ada@example.com", "password": "correct horse battery staple"}

    refused(client.post("/api/v1/auth/register/", account), status, code)

    assert f"The database refused a request: {logged}" in caplog.text
    assert "ada@example.com" not in caplog.text
    assert "Failing row" not in caplog.text
    assert not User.objects.exists()


@pytest.mark.parametrize("request_id", ["trace-0001", "A.b_c-12345678", "x" * 64])
def test_a_sane_request_id_is_kept(client: APIClient, request_id: str) -> None:
    response = client.get(NOWHERE, HTTP_X_REQUEST_ID=request_id)

    assert response["X-Request-ID"] == error_of(response)["request_id"] == request_id


@pytest.mark.parametrize(
    "request_id", ["", "short", "x" * 65, "with space", "line\nbreak", "é" * 10, "<script>alert"]
)
def test_another_request_id_is_replaced(client: APIClient, request_id: str) -> None:
    response = client.get(NOWHERE, HTTP_X_REQUEST_ID=request_id)

    assert re.fullmatch(r"[0-9a-f]{32}", response["X-Request-ID"])


@pytest.mark.django_db
def test_each_answer_has_a_request_id_of_its_own(client: APIClient) -> None:
    ids = {client.get("/api/v1/movies/")["X-Request-ID"] for _ in range(3)}

    assert len(ids) == 3


def test_the_guide_lists_every_code_with_its_status() -> None:
    guide = Path(settings.ROOT, "docs", "API_GUIDE.md").read_text()

    listed = re.findall(r"^\| `([a-z_]+)` \| (\d{3}) \|", guide, flags=re.MULTILINE)
    assert listed == [(code.value, str(int(code.status))) for code in ErrorCode]
