"""Production refuses to start without its secrets, and is strict once it has them."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings
from rest_framework.test import APIClient

from movie_backend import environment_check
from stack.programs import nexus_programs
from stack.secret_files import write_missing
from stack.state import Folder, Ports, State

from .production import REQUIRED, ROOT, random_key, run_python

SHOW = "from django.conf import settings; print(settings.{}, sep='\\n')"


@pytest.fixture
def complete(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in REQUIRED.items():
        monkeypatch.setenv(name, value)
        monkeypatch.delenv(f"{name}_FILE", raising=False)
    return monkeypatch


def faults() -> str:
    with pytest.raises(ImproperlyConfigured) as refused:
        environment_check.check(in_production=True)
    return str(refused.value)


@pytest.mark.usefixtures("complete")
def test_a_complete_environment_is_accepted() -> None:
    environment_check.check(in_production=True)


@pytest.mark.parametrize("name", sorted(REQUIRED))
@pytest.mark.parametrize("value", [None, "", "  "])
def test_each_variable_is_required(
    complete: pytest.MonkeyPatch, name: str, value: str | None
) -> None:
    if value is None:
        complete.delenv(name)
    else:
        complete.setenv(name, value)

    assert f"at fault: not set: {name}. Each" in faults()


def test_one_error_names_everything_and_repeats_no_value(complete: pytest.MonkeyPatch) -> None:
    complete.delenv("DATABASE_URL")
    complete.delenv("METRICS_TOKEN")
    complete.setenv("SECRET_KEY", "tooshort")
    complete.setenv("ALLOWED_HOSTS", "nexus.example, *")
    complete.setenv("REDIS_URL_FILE", "/nowhere/at/all")

    text = faults()

    assert "\n" not in text
    for fault in (
        "not set: METRICS_TOKEN, DATABASE_URL",
        "REDIS_URL_FILE names no readable file",
        "SECRET_KEY is shorter than 50 characters",
        "ALLOWED_HOSTS allows every host",
    ):
        assert fault in text
    assert "tooshort" not in text
    assert "secret@" not in text


def test_hosts_must_name_one(complete: pytest.MonkeyPatch) -> None:
    complete.setenv("ALLOWED_HOSTS", " , ")

    assert "ALLOWED_HOSTS names no host" in faults()


@pytest.mark.parametrize("url", ["console:", "file:///var/mail", "memory:", "dummy:"])
def test_mails_with_tokens_are_sent_and_not_shown(complete: pytest.MonkeyPatch, url: str) -> None:
    complete.setenv("EMAIL_URL", url)

    assert "at fault: EMAIL_URL names no mail server. Each" in faults()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("SECRET_KEY", "SIGNING_KEY"),
        ("SECRET_KEY", "METRICS_TOKEN"),
        ("SIGNING_KEY", "METRICS_TOKEN"),
    ],
)
def test_no_two_secrets_may_be_the_same(
    complete: pytest.MonkeyPatch, first: str, second: str
) -> None:
    complete.setenv(second, REQUIRED[first])

    assert f"{first} and {second} are the same" in faults()


def test_a_secret_may_come_from_a_file_that_ends_with_a_line_break(
    complete: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    key.write_text("k" * 50 + "\n")
    complete.delenv("SECRET_KEY")
    complete.setenv("SECRET_KEY_FILE", str(key))

    environment_check.check(in_production=True)

    assert environment_check.env.str("SECRET_KEY") == "k" * 50


def test_without_a_token_for_tmdb_the_file_of_make_secrets_is_empty_and_accepted(
    complete: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_missing(tmp_path)
    complete.setenv("TMDB_API_TOKEN_FILE", str(tmp_path / "tmdb_api_token"))

    environment_check.check(in_production=True)

    assert environment_check.env.str("TMDB_API_TOKEN") == ""


def commands() -> dict[str, tuple[str, ...]]:
    programs = nexus_programs(State.new(Ports(1, 2, 3, 4, 5)), Folder(ROOT / ".local"))
    return {
        "manage.py": ("manage.py", "migrate", "--no-input"),
        **{program.name: program.argv[1:] for program in programs},
    }


@pytest.mark.parametrize(
    "name", ["manage.py", "web", "realtime", "batch", "catalog", "beat", "flower"]
)
def test_every_program_ends_with_the_one_line_and_no_traceback(name: str) -> None:
    # What must not be repeated: gunicorn takes this code for final.
    refused = run_python(
        *commands()[name], PORT="1", FLOWER_BASIC_AUTH="user:password", SECRET_KEY="s" * 50
    )

    assert refused.returncode == 3
    lines = refused.stderr.splitlines()
    told = [line for line in lines if line.startswith("Nexus does not start in production")]
    assert told
    assert len(set(told)) == 1
    missing = [name for name in environment_check.REQUIRED if name != "SECRET_KEY"]
    assert f"not set: {', '.join(missing)}. Each" in told[0]
    assert "Traceback" not in refused.stderr


def test_the_deployment_check_has_nothing_to_warn_of() -> None:
    keys = {"SECRET_KEY": random_key(), "SIGNING_KEY": random_key()}

    checked = run_python(
        "manage.py", "check", "--deploy", "--fail-level", "WARNING", **{**REQUIRED, **keys}
    )

    assert checked.returncode == 0, checked.stderr
    assert "no issues (0 silenced)" in checked.stdout


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (
            {},
            {
                "ALLOWED_HOSTS": "['nexus.example']",
                "CSRF_TRUSTED_ORIGINS": "[]",
                "CORS_ALLOWED_ORIGINS": "[]",
                "SESSION_COOKIE_SECURE and settings.SESSION_COOKIE_HTTPONLY": "True",
                "SESSION_COOKIE_AGE": "28800",
                "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
                "SIMULATED_VIEWERS": "False",
                "LOGGING['handlers']['stream']['formatter']": "json",
                "STORAGES['staticfiles']['BACKEND']": (
                    "whitenoise.storage.CompressedManifestStaticFilesStorage"
                ),
            },
        ),
        (
            {
                "DEBUG": "true",
                "SECURE_SSL_REDIRECT": "false",
                "CSRF_TRUSTED_ORIGINS": "https://a.example,https://b.example",
                "CORS_ALLOWED_ORIGINS": "https://a.example",
                "LOG_FORMAT": "console",
            },
            {
                "DEBUG": "False",
                "SECURE_SSL_REDIRECT": "True",
                "CSRF_TRUSTED_ORIGINS": "['https://a.example', 'https://b.example']",
                "CORS_ALLOWED_ORIGINS": "['https://a.example']",
                "LOGGING['handlers']['stream']['formatter']": "console",
            },
        ),
    ],
)
def test_settings_in_production(given: dict[str, str], shown: dict[str, str]) -> None:
    result = run_python("-c", SHOW.format(", settings.".join(shown)), **{**REQUIRED, **given})

    assert result.stdout.splitlines() == list(shown.values()), result.stderr


def test_static_files_are_collected_without_secrets_or_servers(tmp_path: Path) -> None:
    collected = run_python(
        "manage.py",
        "collectstatic",
        "--no-input",
        DJANGO_SETTINGS_MODULE="movie_backend.settings.collectstatic",
        STATIC_ROOT=str(tmp_path),
    )

    assert collected.returncode == 0, collected.stderr
    assert (tmp_path / "staticfiles.json").exists()
    assert list(tmp_path.glob("admin/css/base.*.css"))


@pytest.fixture
def https_only(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.mark.usefixtures("https_only")
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_a_plain_request_is_sent_to_https_with_its_method_and_body(
    client: APIClient, method: str
) -> None:
    # To follow a 301, clients send a GET without the body.
    response: Any = getattr(client, method)("/api/v1/ratings/?page=2")

    assert response.status_code == 308
    assert response["Location"] == "https://testserver/api/v1/ratings/?page=2"


@pytest.mark.usefixtures("https_only")
def test_a_request_that_came_by_tls_is_answered(client: APIClient) -> None:
    response = client.post("/api/v1/ratings/", HTTP_X_FORWARDED_PROTO="https")

    assert response.status_code == 401
