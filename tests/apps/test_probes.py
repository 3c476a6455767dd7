"""`/health/live` and `/health/ready` over HTTP."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from io import StringIO

import pytest
from django.conf import LazySettings
from django.test import Client
from rest_framework.test import APIClient

from apps.core import health, probes
from apps.core.health import Unhealthy
from tests.apps.api import refused

PROBES = ["/health/live", "/health/ready"]
REACHED = ("database", "migrations", "broker")
ALL = [
    *REACHED,
    *("beat", "queue:realtime", "queue:catalog", "queue:batch"),
    *("queue:training", "queue:mail", "queue:maintenance"),
]


@pytest.fixture
def healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    """One check, and it is well."""
    monkeypatch.setattr(health, "_registered", {})
    monkeypatch.setattr(probes, "_failing", set())
    health.register("part", lambda: "works")


def out_of_order() -> str:
    raise Unhealthy("out of order")


def test_live_asks_nobody(
    client: APIClient,
    db: None,
    django_assert_num_queries: Callable[[int], AbstractContextManager[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health, "_registered", {})
    health.register("part", out_of_order)

    with django_assert_num_queries(0):
        response = client.get("/health/live")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.usefixtures("healthy")
def test_ready_is_200_while_all_is_well_and_503_when_something_fails(client: APIClient) -> None:
    before = client.get("/health/ready")
    health.register("other", out_of_order)
    after = client.get("/health/ready")

    assert (before.status_code, before.json()) == (
        200,
        {"status": "ok", "checks": {"part": {"status": "ok", "detail": "works"}}},
    )
    assert (after.status_code, after.json()) == (
        503,
        {
            "status": "failing",
            "checks": {
                "part": {"status": "ok", "detail": "works"},
                "other": {"status": "failing", "detail": "out of order"},
            },
        },
    )


@pytest.mark.django_db(transaction=True)
def test_ready_names_every_part(client: APIClient) -> None:
    response = client.get("/health/ready")

    checks = response.json()["checks"]
    assert list(checks) == [*REACHED[:2], *ALL[2:]]
    assert {name for name, check in checks.items() if check["status"] == "ok"} == set(REACHED)
    assert response.status_code == 503


@pytest.mark.django_db(transaction=True)
def test_ready_answers_what_it_is_asked(client: APIClient) -> None:
    response = client.get("/health/ready?checks=migrations,database")

    assert response.status_code == 200
    assert list(response.json()["checks"]) == ["database", "migrations"]


@pytest.mark.parametrize("asked", ["unheard-of", "database,unheard-of", "", "database,", "*"])
def test_an_unknown_check_is_refused_by_name(client: APIClient, asked: str) -> None:
    error = refused(client.get("/health/ready", {"checks": asked}), 400, "invalid")

    assert error["details"] == {"allowed": ALL}
    assert ascii(asked.rsplit(",", maxsplit=1)[-1]) in error["message"]


def test_an_unknown_parameter_is_refused_by_name(client: APIClient) -> None:
    error = refused(client.get("/health/ready?check=database"), 400, "unknown_parameter")

    assert error["details"] == {"allowed": ["checks"]}


@pytest.mark.parametrize("path", PROBES)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options", "trace"])
def test_a_probe_answers_get_and_head_only(client: APIClient, path: str, method: str) -> None:
    response = getattr(Client(), method)(path)

    refused(response, 405, "method_not_allowed")
    assert response["Allow"] == "GET, HEAD"


@pytest.mark.usefixtures("healthy")
@pytest.mark.parametrize("path", PROBES)
@pytest.mark.parametrize("method", ["get", "head"])
def test_a_probe_is_answered_under_any_name_and_without_tls(
    settings: LazySettings, path: str, method: str
) -> None:
    settings.ALLOWED_HOSTS = ["example.com"]
    settings.SECURE_SSL_REDIRECT = True

    response = getattr(Client(headers={"host": "10.0.0.7:8000"}), method)(path)

    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert response["Content-Type"] == "application/json"
    assert len(response["X-Request-ID"]) == 32
    assert not response.cookies


def test_only_probes_are_answered_under_any_name(settings: LazySettings) -> None:
    settings.ALLOWED_HOSTS = ["example.com"]
    stranger = Client(headers={"host": "10.0.0.7:8000"})

    assert stranger.get("/health/live").status_code == 200
    assert stranger.get("/api/v1/movies/").status_code == 400


@pytest.mark.usefixtures("healthy")
def test_other_addresses_below_health_are_not_found(client: APIClient, db: None) -> None:
    for path in ("/health", "/health/", "/health/live/", "/health/unheard-of"):
        assert client.get(path).status_code == 404


def unreachable() -> str:
    raise ConnectionError("no route to 10.0.0.1")


@pytest.mark.usefixtures("healthy")
def test_what_a_driver_says_of_its_failure_is_in_the_log_and_not_in_the_answer(
    client: APIClient, caplog: pytest.LogCaptureFixture
) -> None:
    health.register("part", unreachable)

    response = client.get("/health/ready")

    assert response.json()["checks"]["part"] == {"status": "failing", "detail": "ConnectionError"}
    assert "part fails: ConnectionError (no route to 10.0.0.1)" in caplog.text


@pytest.mark.usefixtures("healthy")
def test_the_log_tells_of_changes_only(client: APIClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    for check in (out_of_order, out_of_order, str, str, out_of_order):
        health.register("part", check)
        client.get("/health/ready")

    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO", "WARNING"]
    assert "part is well again" in caplog.text


def test_a_refused_name_is_logged_in_one_line(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALLOWED_HOSTS = ["example.com"]
    (configured,) = [h for h in logging.getLogger().handlers if type(h) is logging.StreamHandler]
    written = StringIO()
    monkeypatch.setattr(configured, "stream", written)

    assert Client(headers={"host": "evil.invalid"}).get("/api/v1/movies/").status_code == 400

    assert len([line for line in written.getvalue().splitlines() if "evil.invalid" in line]) == 1
