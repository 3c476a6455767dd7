import pytest
from django.contrib.auth.hashers import identify_hasher
from django.db import connection
from pytest_django import DjangoCaptureOnCommitCallbacks
from rest_framework.test import APIClient

from apps.users.models import User
from apps.users.signals import user_registered
from tests.apps.api import (
    client_with,
    everything_written,
    expired_access,
    listening,
    refused,
)
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

REGISTER = "/api/v1/auth/register/"
LOGIN = "/api/v1/auth/login/"
TAKES_A_TOKEN = [
    ("/api/v1/auth/token/refresh/", "refresh"),
    ("/api/v1/auth/token/verify/", "token"),
    ("/api/v1/auth/logout/", "refresh"),
]
PRIVATE = "/api/v1/favorites/"
# Lowering turns each letter into two: 240 characters here become 476.
LABELS_THAT_GROW = ("\u0130" * 59 + ".") * 4


def test_a_registered_viewer_is_stored_with_a_hashed_password(client: APIClient) -> None:
    response = client.post(REGISTER, {"email": "Ada@Example.COM", "password": PASSWORD})

    user = User.objects.get()
    assert response.status_code == 201
    assert response.json() == {"id": user.pk, "email": "ada@example.com", "display_name": ""}
    assert (user.email, user.is_staff, user.is_superuser) == ("ada@example.com", False, False)
    assert user.origin == User.Origin.REGISTERED
    assert identify_hasher(user.password).verify(PASSWORD, user.password)


def test_registration_is_announced_once_after_its_commit(
    client: APIClient, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with (
        listening(user_registered) as announced,
        django_capture_on_commit_callbacks(execute=True),
    ):
        client.post(REGISTER, {"email": "ada@example.com", "password": PASSWORD})
        client.post(REGISTER, {"email": "ada@example.com", "password": PASSWORD})
        assert announced == []

    assert announced == [(user_registered, {"user_id": User.objects.get().pk})]


def test_an_address_is_taken_in_any_case_of_letters(client: APIClient) -> None:
    make_user(email="ada@example.com")
    before = everything_written()

    response = client.post(REGISTER, {"email": "ADA@example.com", "password": PASSWORD})

    refused(response, 400, "email_taken")
    assert everything_written() == before


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"password": PASSWORD}, "invalid", "email"),
        ({"email": "ada@example.com"}, "invalid", "password"),
        ({"email": "ada", "password": PASSWORD}, "invalid", "email"),
        ({"email": "a" * 250 + "@example.com", "password": PASSWORD}, "invalid", "email"),
        ({"email": "ada\x00@example.com", "password": PASSWORD}, "invalid", "email"),
        ({"email": ["ada@example.com"], "password": PASSWORD}, "invalid", "email"),
        (
            {"email": f"a@{LABELS_THAT_GROW}com", "password": PASSWORD},
            "invalid",
            "email",
        ),
        ({"email": 7, "password": PASSWORD}, "invalid", "email"),
        ({"email": "ada@example.com", "password": 3141592653589}, "invalid", "password"),
        ({"email": "ada@example.com", "password": "short"}, "invalid", "password"),
        ({"email": "ada@example.com", "password": "password"}, "invalid", "password"),
        ({"email": "ada@example.com", "password": "8675309867"}, "invalid", "password"),
        ({"email": "ada@example.com", "password": "ada@example.com"}, "invalid", "password"),
        ({"email": "ada@example.com", "password": "a\x00bcdefghijk"}, "invalid", "password"),
        ({"email": "ada@example.com", "password": "x" * 129}, "invalid", "password"),
        (
            {"email": "ada@example.com", "password": PASSWORD, "is_staff": True},
            "unknown_field",
            "non_field_errors",
        ),
    ],
)
def test_a_bad_registration_is_refused_by_field(
    client: APIClient, body: dict[str, object], code: str, field: str
) -> None:
    response = client.post(REGISTER, body)

    assert list(refused(response, 400, code)["details"]) == [field]
    assert not User.objects.exists()


def test_a_letter_that_only_the_database_lowers_is_refused_by_field(client: APIClient) -> None:
    letter = _letter_that_only_the_database_lowers()

    response = client.post(REGISTER, {"email": f"ada@ex{letter}mple.com", "password": PASSWORD})

    assert list(refused(response, 400, "invalid")["details"]) == ["email"]
    assert not User.objects.exists()


def _letter_that_only_the_database_lowers() -> str:
    """One that the database's version of Unicode knows and Python's does not."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT chr(code) FROM generate_series(161, 65535) AS code"
            " WHERE code NOT BETWEEN 55296 AND 57343 AND lower(chr(code)) <> chr(code)"
        )
        for (letter,) in cursor:
            if letter == letter.lower():
                return str(letter)
    pytest.skip("Python lowers every letter that this database lowers")


@pytest.mark.parametrize(
    ("url", "body", "field"),
    [
        (LOGIN, {"email": 7, "password": PASSWORD}, "email"),
        (LOGIN, {"email": "ada@example.com", "password": 3141592653589}, "password"),
        *((url, {name: 7}, name) for url, name in TAKES_A_TOKEN),
    ],
)
def test_a_number_is_not_taken_for_its_digits(
    client: APIClient, url: str, body: dict[str, object], field: str
) -> None:
    make_user(email="ada@example.com", password="3141592653589")

    assert list(refused(client.post(url, body), 400, "invalid")["details"]) == [field]


def test_half_a_surrogate_pair_is_refused_wherever_it_stands(client: APIClient) -> None:
    for body in (
        b'{"email": "ada@example.com", "password": "\\ud800 correct horse"}',
        b'{"email": "\\ud800@example.com", "password": "correct horse battery"}',
        b'{"email": "ada@example.com", "password": "correct horse battery", "\\ud800": 1}',
    ):
        response = client.generic("POST", REGISTER, body, content_type="application/json")
        assert response.status_code == 400

    assert not User.objects.exists()


def test_login_gives_tokens_that_open_what_is_private(client: APIClient) -> None:
    make_user(email="ada@example.com")

    response = client.post(LOGIN, {"email": "ADA@example.com", "password": PASSWORD})

    assert response.status_code == 200
    assert response.json().keys() == {"access", "refresh"}
    assert client_with(response.json()["access"]).get(PRIVATE).status_code == 200


def test_login_is_not_kept_out_by_an_expired_token() -> None:
    user = make_user()

    client = client_with(expired_access(user))
    response = client.post(LOGIN, {"email": user.email, "password": PASSWORD})

    assert response.status_code == 200


@pytest.mark.parametrize("password", ["wrong password", PASSWORD + " ", " " + PASSWORD])
def test_a_wrong_password_is_refused(client: APIClient, password: str) -> None:
    user = make_user()

    response = client.post(LOGIN, {"email": user.email, "password": password})

    refused(response, 401, "invalid_credentials")
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'


def test_login_tells_neither_unknown_nor_inactive_nor_imported_accounts_apart(
    client: APIClient,
) -> None:
    inactive = make_user(is_active=False)
    imported = make_user(password=None, origin=User.Origin.IMPORTED)

    errors = [
        refused(client.post(LOGIN, {"email": email, "password": PASSWORD}), 401, code)
        for email, code in (
            ("nobody@example.com", "invalid_credentials"),
            (inactive.email, "invalid_credentials"),
            (imported.email, "invalid_credentials"),
        )
    ]

    assert len({(error["message"], str(error["details"])) for error in errors}) == 1
