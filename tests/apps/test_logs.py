"""What is written about requests: enough to find one again, nothing that a client sent."""

import io
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import psycopg2
import pytest
from django.conf import settings
from django.db import IntegrityError
from django.test import Client, override_settings
from django.utils.module_loading import import_string
from django.utils.timezone import now

from apps.core import logs
from apps.core.request_ids import reset_request_id, set_request_id
from apps.users.models import User
from tests.apps.api import client_of
from tests.factories import make_movie, make_user
from tests.json_logs import parsed

MARKER = "s3cr3t-marker"
ADDRESS = "someone@example.com"


def _format(name: str) -> logging.Formatter:
    options = dict(settings.LOGGING["formatters"][name])
    format_of = import_string(options.pop("()"))
    if "format" in options:
        options["fmt"] = options.pop("format")
    formatter: logging.Formatter = format_of(**options)
    return formatter


@pytest.fixture(params=logs.FORMATS)
def written(request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    """What is logged meanwhile, in each of the formats."""
    yield from _written(request.param)


@pytest.fixture
def written_json() -> Iterator[Callable[[], str]]:
    yield from _written("json")


def _written(name: str) -> Iterator[Callable[[], str]]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_format(name))
    handler.addFilter(logs.ContextFilter())
    logging.getLogger().addHandler(handler)
    try:
        yield stream.getvalue
    finally:
        logging.getLogger().removeHandler(handler)


def test_a_json_line_has_the_documented_fields(written_json: Callable[[], str]) -> None:
    token = set_request_id("request-0001")
    logging.getLogger("apps.test").warning("%s of %s", 1, "two")
    reset_request_id(token)

    (line,) = parsed(written_json())
    written_at = datetime.fromisoformat(line.pop("timestamp"))
    assert written_at.tzinfo == UTC
    assert abs(written_at - now()) < timedelta(seconds=10)
    assert line.pop("pid") > 0
    assert line == {
        "level": "WARNING",
        "logger": "apps.test",
        "message": "1 of two",
        "request_id": "request-0001",
        "role": "command",
    }


def test_an_error_is_one_line_with_its_traceback_as_one_field(
    written_json: Callable[[], str],
) -> None:
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        logging.getLogger("apps.test").exception("Could not divide")

    (line,) = parsed(written_json())
    assert line["message"] == "Could not divide"
    assert line["exc_info"].startswith("Traceback (most recent call last):\n")
    assert line["exc_info"].endswith("ZeroDivisionError: division by zero")


def test_a_field_that_is_not_documented_is_not_written(written_json: Callable[[], str]) -> None:
    logging.getLogger("apps.test").warning("x", extra={"data": {"kwargs": MARKER}, "status": 200})

    (line,) = parsed(written_json())
    assert line["status"] == 200
    assert MARKER not in written_json()
    assert "data" not in line


def test_a_request_leaves_one_line(viewer: User, written_json: Callable[[], str]) -> None:
    movie = make_movie()

    client_of(viewer).post(
        "/api/v1/ratings/?x=1",
        {"movie_id": movie.pk, "score": 7},
        format="json",
        HTTP_X_REQUEST_ID="request-0002",
    )

    (line,) = [line for line in parsed(written_json()) if line["logger"] == "nexus.access"]
    assert line["message"].startswith("POST /api/v1/ratings/ 201 ")
    assert {
        name: line[name] for name in ("method", "path", "route", "status", "user_id", "request_id")
    } == {
        "method": "POST",
        "path": "/api/v1/ratings/",
        "route": "api/v1/ratings/",
        "status": 201,
        "user_id": viewer.pk,
        "request_id": "request-0002",
    }
    assert 0 < line["duration_ms"] < 10_000


def test_nothing_that_a_client_sends_is_written(viewer: User, written: Callable[[], str]) -> None:
    client = client_of(viewer)
    client.credentials(
        HTTP_AUTHORIZATION=f"Bearer {MARKER}",
        HTTP_COOKIE=f"sessionid={MARKER}",
        HTTP_USER_AGENT=MARKER,
        HTTP_REFERER=f"http://{MARKER}.example/",
        HTTP_X_REQUEST_ID=f"{MARKER} is no id",
    )
    body = {"email": f"{MARKER}@example.com", "password": MARKER, MARKER: MARKER}

    client.get(f"/api/v1/movies/?search={MARKER}&{MARKER}={MARKER}")
    client.post(f"/api/v1/auth/register/?{MARKER}", body, format="json")
    client.post("/api/v1/auth/login/", body, format="json")
    client.post("/api/v1/ratings/", f"{{{MARKER}", content_type="application/json")
    client.get(f"/nowhere/?{MARKER}")
    client.generic(MARKER.upper(), "/api/v1/movies/")
    Client(raise_request_exception=False).post(f"/admin/login/?next={MARKER}", body)

    text = written()
    assert text.count("nexus.access") == 7
    assert MARKER.lower() not in text.lower()


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (f"/users/{ADDRESS}/", "/users/(address)/"),
        ("/a%0AERROR%20forged", r"/a\nERROR forged"),
        ("/%1b[31mred", r"/\x1b[31mred"),
        ("/" + "x" * 500, "/" + "x" * 199),
    ],
)
def test_a_path_cannot_forge_lines_or_name_anybody(
    client: Client, written_json: Callable[[], str], path: str, shown: str
) -> None:
    client.get(path)

    (line,) = [line for line in parsed(written_json()) if line["logger"] == "nexus.access"]
    assert line["path"] == shown
    assert line["message"].startswith(f"GET {shown} 404 ")
    assert (line["route"], line["user_id"]) == ("unmatched", None)


@pytest.mark.django_db
def test_the_line_asks_the_database_for_nobody(written_json: Callable[[], str]) -> None:
    browser = Client()
    browser.force_login(make_user())

    browser.get("/nowhere/")
    browser.get("/admin/")

    lines = [line for line in parsed(written_json()) if line["logger"] == "nexus.access"]
    assert [line["user_id"] is None for line in lines] == [True, False]


def test_a_forged_host_is_one_line_without_a_traceback(written: Callable[[], str]) -> None:
    with override_settings(ALLOWED_HOSTS=["nexus.example"]):
        Client(raise_request_exception=False).get("/api/v1/movies/", HTTP_HOST="evil.example")

    lines = written().splitlines()
    (refusal,) = [line for line in lines if "django.security.DisallowedHost" in line]
    assert "WARNING" in refusal
    assert len([line for line in lines if "nexus.access" in line]) == 1
    assert len(lines) == 2
    assert "Traceback" not in written()


@pytest.mark.django_db(transaction=True)
def test_a_refused_row_is_not_quoted_wherever_the_refusal_is_logged(
    written: Callable[[], str],
) -> None:
    make_user(email=ADDRESS)
    with pytest.raises(IntegrityError, match=ADDRESS) as refused:
        make_user(email=ADDRESS)

    logger = logging.getLogger("apps.test")
    logger.error("Not saved: %s", refused.value, exc_info=refused.value)
    logger.warning("Not saved: %r", refused.value)

    text = written()
    assert text.count("Not saved: ") == 2
    assert "IntegrityError: [23505 " in text
    assert "Traceback" in text
    assert ADDRESS not in text
    assert "DETAIL" not in text


@pytest.mark.django_db
def test_the_record_stays_whole_for_other_handlers(caplog: pytest.LogCaptureFixture) -> None:
    error = psycopg2.IntegrityError("a row: secret")
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "%s", (error,), None)

    assert "secret" not in _format("json").format(record)
    assert "secret" not in _format("console").format(_with_context(record))

    assert record.args == (error,)


def _with_context(record: logging.LogRecord) -> logging.LogRecord:
    logs.ContextFilter().filter(record)
    return record


def test_warnings_are_log_lines() -> None:
    finished = _run("import django, warnings; django.setup(); warnings.warn('mind the gap')")

    (line,) = parsed(finished.stderr)
    assert (finished.returncode, finished.stdout) == (0, "")
    assert (line["logger"], line["level"]) == ("py.warnings", "WARNING")
    assert "UserWarning: mind the gap" in line["message"]


def test_an_unknown_format_is_refused_by_name() -> None:
    finished = _run("import movie_backend.settings.test", LOG_FORMAT="xml")

    assert finished.returncode == 3
    (line,) = finished.stderr.splitlines()
    assert "LOG_FORMAT must be one of console, json." in line


def _run(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "LOG_FORMAT": "json", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
