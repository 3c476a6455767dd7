"""A new password: who may set it, what it ends, and what happens when two come at once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks
from rest_framework.test import APIClient

from apps.users.actions import deletion
from apps.users.models import AccountMail, Session, User
from apps.users.signals import mail_requested
from tests.apps.api import (
    client_of,
    client_with,
    everything_written,
    listening,
    refused,
    tokens_of,
)
from tests.apps.locks import BLOCKED_WITHIN_S, in_thread, wait_until_blocked
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

CHANGE = "/api/v1/auth/change-password/"
LOGIN = "/api/v1/auth/login/"
REFRESH = "/api/v1/auth/token/refresh/"
PROFILE = "/api/v1/auth/profile/"
NEW = "wrong donkey generator paperclip"
BODY = {"old_password": PASSWORD, "new_password": NEW}


def test_a_new_password_ends_every_session_and_opens_one(viewer: User, client: APIClient) -> None:
    elsewhere, here = tokens_of(viewer), tokens_of(viewer)
    stranger = client_of(make_user())

    response = client_with(here.access).post(CHANGE, BODY, headers={"user-agent": "Phone"})

    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert response.json().keys() == {"access", "refresh"}
    for tokens in (elsewhere, here):
        refused(client_with(tokens.access).get(PROFILE), 401, "token_not_valid")
        refused(client.post(REFRESH, {"refresh": tokens.refresh}), 401, "token_not_valid")
    assert client_with(response.json()["access"]).get(PROFILE).status_code == 200
    assert client.post(REFRESH, {"refresh": response.json()["refresh"]}).status_code == 200
    assert Session.objects.for_user(viewer).get().device == "Phone"
    assert stranger.get(PROFILE).status_code == 200


def test_only_the_new_password_opens_the_account(viewer: User, client: APIClient) -> None:
    client_of(viewer).post(CHANGE, BODY)

    old = client.post(LOGIN, {"email": viewer.email, "password": PASSWORD})
    new = client.post(LOGIN, {"email": viewer.email, "password": NEW})

    refused(old, 401, "invalid_credentials")
    assert new.status_code == 200


def test_the_owner_is_told_by_mail(
    viewer: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    client = client_of(viewer)

    with (
        listening(mail_requested) as announced,
        django_capture_on_commit_callbacks(execute=True),
    ):
        client.post(CHANGE, BODY)

    mail = AccountMail.objects.get()
    assert (mail.purpose, mail.user, mail.email) == ("password_changed", viewer, viewer.email)
    assert announced == [(mail_requested, {"mail_id": str(mail.pk)})]


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"old_password": PASSWORD}, "invalid", "new_password"),
        ({"new_password": NEW}, "invalid", "old_password"),
        (BODY | {"old_password": "not it"}, "wrong_password", None),
        (BODY | {"old_password": f"{PASSWORD} "}, "wrong_password", None),
        (BODY | {"old_password": PASSWORD.upper()}, "wrong_password", None),
        (BODY | {"old_password": ""}, "invalid", "old_password"),
        (BODY | {"old_password": "x" * 129}, "invalid", "old_password"),
        (BODY | {"old_password": 7}, "invalid", "old_password"),
        (BODY | {"new_password": PASSWORD}, "invalid", "new_password"),
        (BODY | {"new_password": "short"}, "invalid", "new_password"),
        (BODY | {"new_password": "password1"}, "invalid", "new_password"),
        (BODY | {"new_password": "8675309867"}, "invalid", "new_password"),
        (BODY | {"new_password": "ada.lovelace"}, "invalid", "new_password"),
        (BODY | {"new_password": "x" * 129}, "invalid", "new_password"),
        (BODY | {"new_password": "a\x00bcdefghijk"}, "invalid", "new_password"),
        (BODY | {"new_password": None}, "invalid", "new_password"),
        (BODY | {"password": NEW}, "unknown_field", "non_field_errors"),
    ],
)
def test_a_refused_change_changes_nothing_and_ends_no_session(
    body: dict[str, Any], code: str, field: str | None
) -> None:
    user = make_user(email="ada.lovelace@example.com")
    client = client_of(user)
    sessions = list(Session.objects.values())
    before = everything_written()

    error = refused(client.post(CHANGE, body), 400, code)

    assert list(error["details"]) == ([field] if field else [])
    assert everything_written() == before
    assert list(Session.objects.values()) == sessions
    assert not AccountMail.objects.exists()


def change_while_locked(viewer: User, bodies: list[dict[str, str]], then: Any) -> list[Any]:
    """The answers to changes that were verified before the lock and stored after `then`."""
    clients = [client_of(viewer) for _ in bodies]
    with ThreadPoolExecutor(max_workers=len(bodies)) as pool:
        with transaction.atomic():
            User.objects.select_for_update().get(pk=viewer.pk)
            answers = [
                in_thread(pool, lambda client=client, body=body: client.post(CHANGE, body))
                for client, body in zip(clients, bodies, strict=True)
            ]
            wait_until_blocked(len(bodies))
            then()
        return [answer.result(timeout=BLOCKED_WITHIN_S) for answer in answers]


@pytest.mark.django_db(transaction=True)
def test_of_several_changes_at_once_one_wins(viewer: User) -> None:
    passwords = [f"{NEW} {number}" for number in range(4)]

    responses = change_while_locked(
        viewer, [BODY | {"new_password": new} for new in passwords], then=lambda: None
    )

    winners = [response for response in responses if response.status_code == 200]
    assert len(winners) == 1
    for response in responses:
        if response not in winners:
            refused(response, 400, "wrong_password")
    viewer.refresh_from_db()
    assert [check_password(new, viewer.password) for new in passwords] == [
        response in winners for response in responses
    ]
    assert Session.objects.for_user(viewer).count() == 1
    assert client_with(winners[0].json()["access"]).get(PROFILE).status_code == 200
    assert AccountMail.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "end",
    [
        lambda user: deletion.delete_account(user_id=user.pk),
        lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
    ],
    ids=["deleted", "deactivated"],
)
def test_a_change_of_an_account_that_ends_meanwhile_is_refused(viewer: User, end: Any) -> None:
    (response,) = change_while_locked(viewer, [BODY], then=lambda: end(viewer))

    refused(response, 401, "token_not_valid")
    assert not User.objects.filter(is_active=True).exists()
    assert not Session.objects.exists()
    assert not AccountMail.objects.exists()
