"""What the tokens in mails are good for, once, and what makes them void."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher, make_password
from django.core import mail as outgoing
from django.db import connection, connections, transaction
from django.utils import timezone
from pytest_django import Settings
from rest_framework.response import Response
from rest_framework.test import APIClient

from apps.users.models import AccountMail, Session, User
from tests.apps.api import client_of, client_with, refused, tokens_of
from tests.apps.mails import purposes, send_all, token_in_last_mail
from tests.apps.test_races import BLOCKED_WITHIN_S, wait_until_blocked
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

LOGIN = "/api/v1/auth/login/"
REFRESH = "/api/v1/auth/token/refresh/"
RESET = "/api/v1/auth/password-reset/"
CONFIRM = "/api/v1/auth/password-reset/confirm/"
VERIFY = "/api/v1/auth/verify-email/"
RESEND = "/api/v1/auth/verify-email/resend/"
PRIVATE = "/api/v1/favorites/"
NEW_PASSWORD = "wrong donkey generator paperclip"

Change = Callable[[User], object]


@pytest.fixture
def user(db: None) -> User:
    return make_user(email="ada@example.com")


@pytest.fixture
def reset_token(user: User) -> str:
    return mailed(RESET, user)


@pytest.fixture
def verify_token(user: User) -> str:
    return mailed(RESEND, user)


def mailed(path: str, user: User) -> str:
    assert APIClient().post(path, {"email": user.email}).status_code == 202
    send_all()
    return token_in_last_mail()


def confirm(token: str, password: str = NEW_PASSWORD) -> Response:
    return APIClient().post(CONFIRM, {"token": token, "new_password": password})


def verify(token: str) -> Response:
    return APIClient().post(VERIFY, {"token": token})


def login(password: str) -> int:
    body = {"email": "ada@example.com", "password": password}
    return int(APIClient().post(LOGIN, body).status_code)


def test_a_reset_sets_the_password_and_ends_everything_that_was_open(
    user: User, reset_token: str
) -> None:
    tokens = tokens_of(user)

    response = confirm(reset_token)

    assert (response.status_code, response.content) == (204, b"")
    assert (login(PASSWORD), login(NEW_PASSWORD)) == (401, 200)
    refused(client_with(tokens.access).get(PRIVATE), 401, "token_not_valid")
    refused(APIClient().post(REFRESH, {"refresh": tokens.refresh}), 401, "token_not_valid")
    user.refresh_from_db()
    assert user.email_verified_at is not None
    assert AccountMail.objects.get(purpose="reset_password").used_at is not None


class WatchingHasher(MD5PasswordHasher):
    """Notes whether a transaction is open while it takes its time."""

    in_transaction: ClassVar[list[bool]] = []

    def encode(self, password: str, salt: str) -> str:
        self.in_transaction.append(connection.in_atomic_block)
        return super().encode(password, salt)


@pytest.mark.django_db(transaction=True)
def test_a_reset_locks_no_row_while_it_hashes(
    user: User, reset_token: str, settings: Settings
) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.WatchingHasher"]
    WatchingHasher.in_transaction.clear()

    assert confirm(reset_token).status_code == 204

    assert WatchingHasher.in_transaction == [False]


def test_the_owner_is_told_of_the_reset(user: User, reset_token: str) -> None:
    confirm(reset_token)

    assert purposes() == ["reset_password", "password_changed"]
    send_all()
    assert outgoing.outbox[-1].subject == "Your password was changed"
    assert outgoing.outbox[-1].to == [user.email]


def test_a_reset_keeps_the_day_on_which_the_address_was_verified(user: User) -> None:
    verify(mailed(RESEND, user))
    verified_at = User.objects.get().email_verified_at

    confirm(mailed(RESET, user))

    assert User.objects.get().email_verified_at == verified_at


def test_a_reset_token_is_good_once(reset_token: str) -> None:
    confirm(reset_token)
    before = User.objects.get().password

    refused(confirm(reset_token, "another long new password"), 400, "mail_token_not_valid")
    assert User.objects.get().password == before


@pytest.mark.parametrize("password", ["short", "password", "ada@example.com", "8675309867"])
def test_a_weak_password_is_refused_and_leaves_the_token_good(
    user: User, reset_token: str, password: str
) -> None:
    error = refused(confirm(reset_token, password), 400, "invalid")

    assert list(error["details"]) == ["new_password"]
    assert User.objects.get().password == user.password
    assert purposes() == ["reset_password"]
    assert confirm(reset_token).status_code == 204


def set_password(user: User) -> None:
    User.objects.filter(pk=user.pk).update(password=make_password(PASSWORD))


def rename(user: User) -> None:
    User.objects.filter(pk=user.pk).update(email="countess@example.com")


def deactivate(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def expire(user: User) -> None:
    AccountMail.objects.update(expires_at=timezone.now())


def delete(user: User) -> None:
    user.delete()


@pytest.mark.parametrize("change", [set_password, rename, deactivate, expire, delete])
def test_what_changes_meanwhile_voids_a_reset_token(
    user: User, reset_token: str, change: Change
) -> None:
    change(user)
    before = list(User.objects.values())

    refused(confirm(reset_token), 400, "mail_token_not_valid")
    assert list(User.objects.values()) == before


def test_using_one_reset_token_voids_all_others(user: User, reset_token: str) -> None:
    newer = mailed(RESET, user)
    assert newer != reset_token

    assert confirm(newer).status_code == 204
    refused(confirm(reset_token), 400, "mail_token_not_valid")


def test_verifying_notes_when_the_address_was_verified_once(user: User, verify_token: str) -> None:
    assert verify(verify_token).status_code == 204
    verified_at = User.objects.get().email_verified_at
    assert verified_at is not None

    refused(verify(verify_token), 400, "mail_token_not_valid")
    assert User.objects.get().email_verified_at == verified_at


def test_verifying_ends_no_session(user: User, verify_token: str) -> None:
    client = client_of(user)

    verify(verify_token)

    assert client.get(PRIVATE).status_code == 200
    assert Session.objects.count() == 1


@pytest.mark.parametrize("change", [rename, deactivate, expire, delete])
def test_what_changes_meanwhile_voids_a_verification(
    user: User, verify_token: str, change: Change
) -> None:
    change(user)

    refused(verify(verify_token), 400, "mail_token_not_valid")
    assert not User.objects.filter(email_verified_at__isnull=False).exists()


def test_a_new_password_leaves_a_verification_good(user: User, verify_token: str) -> None:
    set_password(user)

    assert verify(verify_token).status_code == 204


def test_a_token_is_good_for_its_own_purpose_only(
    user: User, reset_token: str, verify_token: str
) -> None:
    refused(verify(reset_token), 400, "mail_token_not_valid")
    refused(confirm(verify_token), 400, "mail_token_not_valid")

    assert login(PASSWORD) == 200
    assert User.objects.get().email_verified_at is None


def test_a_signature_is_good_for_its_own_mail_only(user: User, reset_token: str) -> None:
    other = mailed(RESET, make_user())
    mail_id, signature = reset_token.split(".")
    other_id, other_signature = other.split(".")

    for token in (f"{mail_id}.{other_signature}", f"{other_id}.{signature}"):
        refused(confirm(token), 400, "mail_token_not_valid")


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("x", "mail_token_not_valid"),
        ("." * 76, "mail_token_not_valid"),
        ("é" * 32 + "." + "é" * 43, "mail_token_not_valid"),
        ("٣" * 32 + "." + "A" * 43, "mail_token_not_valid"),
        ("0" * 32 + "." + "A" * 43, "mail_token_not_valid"),
        ("0" * 32 + "." + "A" * 43 + "\n", "mail_token_not_valid"),
        ("\x00" * 32 + "." + "A" * 43, "invalid"),
        ("A" * 257, "invalid"),
        ("", "invalid"),
        (7, "invalid"),
        (None, "invalid"),
        (["x"], "invalid"),
    ],
)
def test_garbage_is_refused(user: User, token: object, code: str) -> None:
    body = {"token": token}

    refused(APIClient().post(VERIFY, body), 400, code)
    refused(APIClient().post(CONFIRM, body | {"new_password": NEW_PASSWORD}), 400, code)
    assert login(PASSWORD) == 200


def test_a_mail_that_nobody_looked_up_yet_has_no_token(user: User) -> None:
    """Its row names no account, and a forged signature finds none to be checked with."""
    APIClient().post(RESET, {"email": user.email})
    mail = AccountMail.objects.get()

    refused(confirm(f"{mail.pk.hex}.{'A' * 43}"), 400, "mail_token_not_valid")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("request_path", "redeem"),
    [(RESET, confirm), (RESEND, verify)],
)
def test_of_parallel_uses_of_one_token_one_succeeds(
    request_path: str, redeem: Callable[[str], Response]
) -> None:
    user = make_user(email="ada@example.com")
    token = mailed(request_path, user)

    with ThreadPoolExecutor(max_workers=4) as pool:
        with transaction.atomic():
            User.objects.select_for_update(no_key=True).get(pk=user.pk)
            answers = [pool.submit(in_own_session, redeem, token) for _ in range(4)]
            wait_until_blocked(4)
        statuses = [answer.result(timeout=BLOCKED_WITHIN_S).status_code for answer in answers]

    assert sorted(statuses) == [204, 400, 400, 400]


def in_own_session(call: Callable[[str], Response], argument: str) -> Any:
    try:
        return call(argument)
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_a_token_that_expires_in_the_queue_for_its_account_is_refused() -> None:
    user = make_user(email="ada@example.com")
    token = mailed(RESET, user)

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            User.objects.select_for_update(no_key=True).get(pk=user.pk)
            answer = pool.submit(in_own_session, confirm, token)
            wait_until_blocked()
            AccountMail.objects.update(expires_at=timezone.now() - timedelta(hours=1))
        refused(answer.result(timeout=BLOCKED_WITHIN_S), 400, "mail_token_not_valid")

    assert login(PASSWORD) == 200
