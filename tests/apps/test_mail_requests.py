"""Asking for mails: what is noted, and that the answer tells nobody who has an account."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks
from rest_framework.test import APIClient

from apps.users.actions import mails
from apps.users.models import AccountMail, User
from apps.users.signals import mail_requested
from tests.apps.api import client_with, expired_access, listening, refused
from tests.apps.query_counts import captured_queries
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

REGISTER = "/api/v1/auth/register/"
RESET = "/api/v1/auth/password-reset/"
RESEND = "/api/v1/auth/verify-email/resend/"
# Counted down by each request, whatever it is about.
OF_THIS_REQUEST = ("X-Request-ID", "X-RateLimit-Remaining", "X-RateLimit-Reset")


@pytest.mark.parametrize(
    ("path", "purpose", "lifetime"),
    [
        (RESET, "reset_password", timedelta(hours=1)),
        (RESEND, "verify_email", timedelta(days=3)),
    ],
)
def test_a_request_is_noted_and_announced_after_its_commit(
    client: APIClient,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    path: str,
    purpose: str,
    lifetime: timedelta,
) -> None:
    with (
        listening(mail_requested) as announced,
        django_capture_on_commit_callbacks(execute=True),
    ):
        response = client.post(path, {"email": "Ada@Example.COM"})
        assert announced == []

    mail = AccountMail.objects.get()
    assert response.status_code == 202
    assert response["Cache-Control"] == "no-store"
    assert (mail.purpose, mail.email, mail.user) == (purpose, "ada@example.com", None)
    assert mail.expires_at - mail.requested_at == lifetime
    assert (mail.sent_at, mail.used_at, mail.attempts) == (None, None, 0)
    assert announced == [(mail_requested, {"mail_id": str(mail.pk)})]


@pytest.mark.parametrize("path", [RESET, RESEND])
def test_nobody_can_tell_who_has_an_account(client: APIClient, path: str) -> None:
    known = make_user()
    inactive = make_user(is_active=False)
    imported = make_user(password=None, origin=User.Origin.IMPORTED)
    verified = make_user(email_verified_at=timezone.now())
    staff = make_user(is_staff=True)
    accounts = [known, inactive, imported, verified, staff]

    answers = []
    for email in ("nobody@example.com", *(account.email for account in accounts)):
        with captured_queries() as statements:
            response = client.post(path, {"email": email})
        headers = {k: v for k, v in response.headers.items() if k not in OF_THIS_REQUEST}
        answers.append((response.status_code, response.content, headers))
        assert [statement.partition(" (")[0] for statement in statements] == [
            'INSERT INTO "users_accountmail"'
        ]

    assert answers == answers[:1] * 6


@pytest.mark.parametrize("path", [RESET, RESEND])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid"),
        ({"email": "ada"}, "invalid"),
        ({"email": 7}, "invalid"),
        ({"email": "a\x00da@example.com"}, "invalid"),
        ({"email": "a" * 250 + "@example.com"}, "invalid"),
        ({"email": "ada@example.com", "purpose": "password_changed"}, "unknown_field"),
    ],
)
def test_a_bad_request_is_refused_and_not_noted(
    client: APIClient, path: str, body: dict[str, object], code: str
) -> None:
    refused(client.post(path, body), 400, code)

    assert not AccountMail.objects.exists()


@pytest.mark.parametrize("path", [RESET, RESEND])
def test_an_expired_access_token_keeps_nobody_out(path: str) -> None:
    user = make_user()

    response = client_with(expired_access(user)).post(path, {"email": user.email})

    assert response.status_code == 202


def test_registration_asks_for_the_mail_that_verifies_the_address(client: APIClient) -> None:
    client.post(REGISTER, {"email": "ada@example.com", "password": PASSWORD})

    mail = AccountMail.objects.get()
    assert (mail.purpose, mail.email) == ("verify_email", "ada@example.com")
    assert mail.user == User.objects.get()


def test_a_refused_registration_asks_for_none(client: APIClient) -> None:
    user = make_user()

    refused(client.post(REGISTER, {"email": user.email, "password": PASSWORD}), 400, "email_taken")

    assert not AccountMail.objects.exists()


def test_mails_go_with_their_account() -> None:
    user = make_user()
    mails.request_password_notice(user=user, at=timezone.now())

    user.delete()

    assert not AccountMail.objects.exists()
