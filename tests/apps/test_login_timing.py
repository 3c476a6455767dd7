"""A login computes one password hash, whoever is asked for: its time tells nothing.

Counted and not timed: a hash takes a tenth of a second, and all else a few milliseconds.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from pytest_django import Settings
from rest_framework.test import APIClient

from apps.users.models import Session, User
from tests.apps.api import client_of, refused
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

LOGIN = "/api/v1/auth/login/"
ADDRESS = "ada@example.com"


class CountingHasher(MD5PasswordHasher):
    computed = 0

    def encode(self, password: str, salt: str) -> str:
        CountingHasher.computed += 1
        return super().encode(password, salt)


@pytest.fixture(autouse=True)
def _counting(settings: Settings) -> Iterator[None]:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    yield
    CountingHasher.computed = 0


def nobody() -> None:
    pass


def forgotten_hasher() -> None:
    make_user(email=ADDRESS)
    User.objects.update(password="argon2$argon2id$v=19$m=1,t=1,p=1$c2FsdHNhbHQ$aGFzaA")


ACCOUNTS: dict[str, Callable[[], Any]] = {
    "unknown": nobody,
    "known": lambda: make_user(email=ADDRESS, password="another password"),
    "inactive": lambda: make_user(email=ADDRESS, is_active=False),
    "imported": lambda: make_user(email=ADDRESS, password=None, origin=User.Origin.IMPORTED),
    "inactive and imported": lambda: make_user(email=ADDRESS, password=None, is_active=False),
    "hashed by what is no longer installed": forgotten_hasher,
    "superuser": lambda: make_user(email=ADDRESS, password="another", is_superuser=True),
}


@pytest.mark.parametrize("account", ACCOUNTS)
@pytest.mark.parametrize("password", [PASSWORD, "x", "x" * 128, " "])
def test_a_refused_login_computes_one_hash_and_says_the_same(
    client: APIClient, account: str, password: str
) -> None:
    ACCOUNTS[account]()
    CountingHasher.computed = 0

    response = client.post(LOGIN, {"email": ADDRESS, "password": password})

    error = refused(response, 401, "invalid_credentials")
    assert (error["message"], error["details"]) == (
        "No active account has this e-mail address and password.",
        {},
    )
    assert CountingHasher.computed == 1


@pytest.mark.parametrize("account", ACCOUNTS)
@pytest.mark.parametrize("password", ["", "x" * 129, "\x00", None, 7])
def test_a_password_that_nobody_can_have_computes_none_whoever_is_asked_for(
    client: APIClient, account: str, password: Any
) -> None:
    ACCOUNTS[account]()
    CountingHasher.computed = 0

    response = client.post(LOGIN, {"email": ADDRESS, "password": password})

    assert list(refused(response, 400, "invalid")["details"]) == ["password"]
    assert CountingHasher.computed == 0


def test_a_good_login_computes_one_hash(client: APIClient) -> None:
    make_user(email=ADDRESS)
    CountingHasher.computed = 0

    assert client.post(LOGIN, {"email": ADDRESS, "password": PASSWORD}).status_code == 200
    assert CountingHasher.computed == 1


@pytest.mark.parametrize(
    "spelling", [" ada@example.com", "ADA@example.com\n", "\tAda@Example.Com "]
)
def test_an_address_is_spelt_alike_at_registration_and_at_login(
    client: APIClient, spelling: str
) -> None:
    body = {"email": spelling, "password": PASSWORD}

    assert client.post("/api/v1/auth/register/", body).json()["email"] == ADDRESS
    assert client.post(LOGIN, body).status_code == 200
    assert client.post(LOGIN, body | {"email": ADDRESS}).status_code == 200
    refused(client.post("/api/v1/auth/register/", body), 400, "email_taken")


class OutdatedHasher(CountingHasher):
    def must_update(self, encoded: str) -> bool:  # noqa: ARG002  # the signature is Django's
        return True


def test_a_hash_that_a_login_renews_ends_the_sessions_before_it(
    client: APIClient, settings: Settings
) -> None:
    """The database cannot tell a renewed hash from a new password, and keeps to the safe side."""
    user = make_user(email=ADDRESS)
    before = client_of(user)
    settings.PASSWORD_HASHERS = [f"{__name__}.OutdatedHasher"]

    response = client.post(LOGIN, {"email": ADDRESS, "password": PASSWORD})

    assert response.status_code == 200
    refused(before.get("/api/v1/auth/profile/"), 401, "token_not_valid")
    assert Session.objects.for_user(user).count() == 1
