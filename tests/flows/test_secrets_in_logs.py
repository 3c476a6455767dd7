"""No process writes a secret or an address into its log, whatever is asked of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlsplit

import psycopg2
import pytest
import requests
from django.conf import settings

from .live import LivePlatform
from .test_mails import token_mailed

pytestmark = pytest.mark.flow

EMAIL = "ada.of.the.logs@private.example"
PASSWORD = "hunter2 of the first account"
NEW_PASSWORD = "hunter3 of the same account"
GUESS = "hunter4 that was only guessed"


def post(platform: LivePlatform, path: str, **body: str) -> requests.Response:
    return requests.post(f"{platform.url}/auth/{path}/", json=body, timeout=30)


@contextmanager
def rows_refused(platform: LivePlatform) -> Iterator[None]:
    """A certain new account breaks a constraint, and PostgreSQL tells of the whole row."""
    connection = psycopg2.connect(platform.database_url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE users_user ADD CONSTRAINT refusing CHECK (email NOT LIKE 'xada%')"
        )
        try:
            yield
        finally:
            cursor.execute("ALTER TABLE users_user DROP CONSTRAINT refusing")
            connection.close()


def misuse(platform: LivePlatform, token: str) -> None:
    """What clients get wrong, and what goes wrong with us."""
    where = f"password={quote(GUESS)}&email={EMAIL}&token={token}"
    requests.get(f"{platform.url}/movies/?{where}", timeout=30)
    requests.get(f"{platform.url}/{EMAIL}/{token[:20]}?{where}", timeout=30)
    requests.post(f"{platform.url}/auth/login/", data=f'{{"password": "{GUESS}"', timeout=30)
    headers = {"Authorization": f"Bearer {token}x", "Cookie": f"sessionid={GUESS}"}
    requests.get(f"{platform.url}/ratings/", headers=headers, timeout=30)
    post(platform, "login", email=EMAIL, password=GUESS)
    post(platform, "verify-email", token=GUESS)
    with rows_refused(platform):
        post(platform, "register", email=f"x{EMAIL}", password=PASSWORD)


def secrets_of(url: str) -> list[str]:
    password = urlsplit(url).password
    return [password] if password else []


def test_no_log_holds_a_secret(platform: LivePlatform) -> None:
    post(platform, "register", email=EMAIL, password=PASSWORD)
    first = post(platform, "login", email=EMAIL, password=PASSWORD).json()
    second = post(platform, "token/refresh", refresh=first["refresh"]).json()
    misuse(platform, second["access"])
    verification = token_mailed(platform, EMAIL, "Confirm your e-mail address")
    assert post(platform, "verify-email", token=verification).status_code == 204
    post(platform, "password-reset", email=EMAIL)
    reset = token_mailed(platform, EMAIL, "Choose a new password")
    used = post(platform, "password-reset/confirm", token=reset, new_password=NEW_PASSWORD)
    assert used.status_code == 204
    third = post(platform, "login", email=EMAIL, password=NEW_PASSWORD).json()

    tokens = [token for pair in (first, second, third) for token in pair.values()]
    secrets = {
        *(EMAIL, PASSWORD, NEW_PASSWORD, GUESS, quote(GUESS), verification, reset),
        *tokens,
        # Nor the part that proves a token to be ours, or tells whose it is.
        *(part for token in tokens for part in token.split(".")[1:]),
        *(settings.SECRET_KEY, settings.SIMPLE_JWT["SIGNING_KEY"]),
        *secrets_of(platform.database_url),
        *secrets_of(platform.valkey.url),
    }
    logs = {process.log: process.log.read_text() for process in platform.processes.values()}
    assert len(secrets) > 20
    assert all("nexus.access" in text for path, text in logs.items() if path.stem == "web")
    found = {
        (path.name, secret) for path, text in logs.items() for secret in secrets if secret in text
    }
    assert found == set()
