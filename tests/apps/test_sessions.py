"""Sessions: who sees them, what ends them, and that their tokens end at once."""

import getpass
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from apps.users.actions import sessions
from apps.users.authentication import SEEN_INTERVAL
from apps.users.mail_tokens import token_of
from apps.users.models import AccountMail, Session, User
from apps.users.tokens import TokenPair, token_pair
from tests.apps import admin_pages
from tests.apps.api import (
    client_of,
    client_with,
    everything_written,
    refused,
    session_of,
    tokens_of,
)
from tests.apps.query_counts import captured_queries
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

LOGIN = "/api/v1/auth/login/"
LOGOUT = "/api/v1/auth/logout/"
LOGOUT_ALL = "/api/v1/auth/logout-all/"
REFRESH = "/api/v1/auth/token/refresh/"
VERIFY = "/api/v1/auth/token/verify/"
SESSIONS = "/api/v1/auth/sessions/"
PRIVATE = "/api/v1/favorites/"
NEW_PASSWORD = "another correct horse"  # of a test's account


def assert_lives(tokens: TokenPair) -> None:
    assert client_with(tokens.access).get(PRIVATE).status_code == 200
    for token in (tokens.access, tokens.refresh):
        assert APIClient().post(VERIFY, {"token": token}).status_code == 200


def assert_ended(tokens: TokenPair) -> None:
    refused(client_with(tokens.access).get(PRIVATE), 401, "token_not_valid")
    refused(APIClient().post(REFRESH, {"refresh": tokens.refresh}), 401, "token_not_valid")
    for token in (tokens.access, tokens.refresh):
        refused(APIClient().post(VERIFY, {"token": token}), 401, "token_not_valid")


def superuser() -> Any:
    return admin_pages.client_of(make_user(is_staff=True, is_superuser=True))


def log_out_everywhere(_: User, tokens: TokenPair) -> None:
    assert client_with(tokens.access).post(LOGOUT_ALL).status_code == 204


def change_password(_: User, tokens: TokenPair) -> None:
    body = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    response = client_with(tokens.access).post("/api/v1/auth/change-password/", body)
    assert response.status_code == 200
    assert_lives(TokenPair(**response.json()))


def reset_password(user: User, _: TokenPair) -> None:
    now = timezone.now()
    mail = AccountMail.objects.create(
        purpose=AccountMail.Purpose.RESET_PASSWORD,
        email=user.email,
        user=user,
        requested_at=now,
        expires_at=now + timedelta(hours=1),
    )
    body = {"token": token_of(mail, user=user), "new_password": NEW_PASSWORD}
    assert APIClient().post("/api/v1/auth/password-reset/confirm/", body).status_code == 204


def delete_account(_: User, tokens: TokenPair) -> None:
    body = {"password": PASSWORD}
    response = client_with(tokens.access).post("/api/v1/auth/account/delete/", body)
    assert response.status_code == 204


def end_sessions_in_the_admin(user: User, _: TokenPair) -> None:
    address = admin_pages.action_url(User, "end_all_sessions", user.pk)
    assert superuser().post(address, {"confirmed": "yes"}).status_code == 302


def deactivate_in_the_admin(user: User, _: TokenPair) -> None:
    superuser().post(admin_pages.url(User, "change", user.pk), {"email": user.email})
    assert not User.objects.get(pk=user.pk).is_active


def delete_in_the_admin(user: User, _: TokenPair) -> None:
    superuser().post(admin_pages.url(User, "delete", user.pk), {"post": "yes"})
    assert not User.objects.filter(pk=user.pk).exists()


def set_password_in_the_admin(user: User, _: TokenPair) -> None:
    passwords = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    superuser().post(
        f"/admin/users/user/{user.pk}/password/", {"usable_password": "true", **passwords}
    )
    assert User.objects.get(pk=user.pk).check_password(NEW_PASSWORD)


def change_password_by_command(user: User, _: TokenPair) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(getpass, "getpass", lambda **_: NEW_PASSWORD)
        call_command("changepassword", user.email, verbosity=0)
    assert User.objects.get(pk=user.pk).check_password(NEW_PASSWORD)


def save_with_a_new_password(user: User, _: TokenPair) -> None:
    user.set_password(NEW_PASSWORD)
    user.save()


def update(column: str) -> Callable[[User, TokenPair], None]:
    def by_sql(user: User, _: TokenPair) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE users_user SET {column} WHERE id = %s", [user.pk])  # noqa: S608
            assert cursor.rowcount == 1

    return by_sql


def delete_by_sql(user: User, _: TokenPair) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM users_user WHERE id = %s", [user.pk])
        assert cursor.rowcount == 1


ENDINGS = {
    "logging out everywhere": log_out_everywhere,
    "an operator who ends them": end_sessions_in_the_admin,
    "a new password": change_password,
    "a new password, by mail": reset_password,
    "a new password, in a shell": save_with_a_new_password,
    "a new password, on the admin's page": set_password_in_the_admin,
    "a new password, by the command": change_password_by_command,
    "a new password, by SQL": update("password = 'md5$x$0123456789abcdef'"),
    "deactivation in a shell": lambda user, _: User.objects.filter(pk=user.pk).update(
        is_active=False
    ),
    "deactivation in the admin": deactivate_in_the_admin,
    "deactivation by SQL": update("is_active = false"),
    "deletion": delete_account,
    "deletion in a shell": lambda user, _: user.delete(),
    "deletion in the admin": delete_in_the_admin,
    "deletion by SQL": delete_by_sql,
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_token_of_the_account_ends_at_once_and_no_others(viewer: User, ending: str) -> None:
    own = [tokens_of(viewer) for _ in range(3)]
    other = tokens_of(make_user())
    # One of them was exchanged before: its old access token lives on until the end as well.
    exchanged = sessions.rotate(refresh=own[2].refresh, at=timezone.now())
    for tokens in (*own[:2], exchanged):
        assert_lives(tokens)

    ENDINGS[ending](viewer, own[0])

    for tokens in (*own, exchanged):
        assert_ended(tokens)
    assert_lives(other)


@pytest.mark.parametrize(
    "column",
    [
        "email = 'new@example.com'",
        "display_name = 'Ada'",
        "is_active = true",
        "password = password",
        "last_login = now()",
    ],
)
def test_what_concerns_no_session_ends_none(viewer: User, column: str) -> None:
    tokens = tokens_of(viewer)

    update(column)(viewer, tokens)

    assert_lives(tokens)


@pytest.mark.parametrize("spent", [False, True])
def test_logging_out_ends_its_session_and_no_other(
    client: APIClient, viewer: User, *, spent: bool
) -> None:
    tokens, other_device, other = tokens_of(viewer), tokens_of(viewer), tokens_of(make_user())
    held = [tokens]
    if spent:
        held.append(sessions.rotate(refresh=tokens.refresh, at=timezone.now()))

    response = client.post(LOGOUT, {"refresh": tokens.refresh})

    assert (response.status_code, response.content) == (204, b"")
    for ended in held:
        assert_ended(ended)
    assert_lives(other_device)
    assert_lives(other)


def test_logging_out_twice_is_no_error(client: APIClient, viewer: User) -> None:
    token = tokens_of(viewer).refresh

    assert client.post(LOGOUT, {"refresh": token}).status_code == 204
    assert client.post(LOGOUT, {"refresh": token}).status_code == 204


def test_revoking_a_session_ends_it_and_no_other(viewer: User) -> None:
    lost, kept = session_of(viewer), tokens_of(viewer)
    lost_tokens = token_pair(lost)
    client = client_with(kept.access)

    response = client.delete(f"{SESSIONS}{lost.pk}/")

    assert (response.status_code, response.content) == (204, b"")
    assert_ended(lost_tokens)
    assert_lives(kept)
    refused(client.delete(f"{SESSIONS}{lost.pk}/"), 404, "not_found")


def test_a_session_may_revoke_itself(viewer: User) -> None:
    session = session_of(viewer)
    tokens = token_pair(session)

    assert client_with(tokens.access).delete(f"{SESSIONS}{session.pk}/").status_code == 204

    assert_ended(tokens)


@pytest.mark.parametrize("pk", ["7", "x", "00000000-0000-0000-0000-00000000000g", "%00"])
def test_what_is_no_id_of_a_session_is_not_found(viewer_client: APIClient, pk: str) -> None:
    refused(viewer_client.delete(f"{SESSIONS}{pk}/"), 404, "not_found")


def test_a_login_is_listed_with_its_device_and_address(client: APIClient, viewer: User) -> None:
    device = "Nexus TV/2.1 (living room)"
    tokens = client.post(
        LOGIN,
        {"email": viewer.email, "password": PASSWORD},
        HTTP_USER_AGENT=device,
        REMOTE_ADDR="203.0.113.7",
    ).json()

    (shown,) = client_with(tokens["access"]).get(SESSIONS).json()["results"]

    session = Session.objects.get()
    assert shown == {
        "id": str(session.pk),
        "device": device,
        "ip_address": "203.0.113.7",
        "created_at": _iso(session.created_at),
        "last_seen_at": _iso(session.created_at),
        "expires_at": _iso(session.created_at + timedelta(days=30)),
        "is_current": True,
    }


def _iso(moment: Any) -> str:
    return str(moment.isoformat().replace("+00:00", "Z"))


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("x" * 5000, "x" * 200), ("a\x00b", "ab"), ("caf\xe9 \x85", "caf\xe9 \x85"), ("", "")],
)
def test_any_user_agent_is_kept_as_far_as_it_fits(
    client: APIClient, viewer: User, sent: str, kept: str
) -> None:
    credentials = {"email": viewer.email, "password": PASSWORD}

    assert client.post(LOGIN, credentials, HTTP_USER_AGENT=sent).status_code == 200

    assert Session.objects.get().device == kept


def test_own_living_sessions_are_listed_the_last_seen_first(viewer: User) -> None:
    at = timezone.now()
    ids = []
    for days in (3, 1, 2):
        session = session_of(viewer)
        Session.objects.filter(pk=session.pk).update(last_seen_at=at - timedelta(days=days))
        ids.append(str(session.pk))
    ended = session_of(viewer)
    Session.objects.filter(pk=ended.pk).update(expires_at=at)
    session_of(make_user())
    current = session_of(viewer)
    client = client_with(token_pair(current).access)

    listed = client.get(SESSIONS).json()["results"]

    assert [row["id"] for row in listed] == [str(current.pk), ids[1], ids[2], ids[0]]
    assert [row["is_current"] for row in listed] == [True, False, False, False]
    first = client.get(SESSIONS, {"page_size": 3}).json()
    assert ([row["id"] for row in first["results"]], first["previous"]) == (
        [str(current.pk), ids[1], ids[2]],
        None,
    )
    (last,) = client.get(first["next"]).json()["results"]
    assert last["id"] == ids[0]
    refused(client.get(SESSIONS, {"user": "1"}), 400, "unknown_parameter")


def test_being_seen_is_written_at_most_every_five_minutes(viewer: User) -> None:
    session = session_of(viewer)
    client = client_with(token_pair(session).access)

    for since, is_written in (
        (SEEN_INTERVAL - timedelta(seconds=30), False),
        (SEEN_INTERVAL, True),
        (timedelta(days=2), True),
    ):
        seen = timezone.now() - since
        Session.objects.update(last_seen_at=seen)
        with captured_queries() as statements:
            assert client.get(PRIVATE).status_code == 200
        writes = [sql for sql in statements if sql.startswith("UPDATE")]
        session.refresh_from_db()
        assert len(writes) == int(is_written)
        assert (session.last_seen_at > seen) == is_written


def test_a_login_beyond_the_cap_ends_the_session_seen_longest_ago(
    client: APIClient, viewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "MAX_SESSIONS", 3)
    at = timezone.now()
    other = session_of(make_user())
    held = {}
    for days in (2, 9, 1):
        session = session_of(viewer)
        Session.objects.filter(pk=session.pk).update(last_seen_at=at - timedelta(days=days))
        held[days] = token_pair(session)

    response = client.post(LOGIN, {"email": viewer.email, "password": PASSWORD})

    assert response.status_code == 200
    assert_ended(held[9])
    for tokens in (held[1], held[2], token_pair(other)):
        assert_lives(tokens)
    assert Session.objects.for_user(viewer).count() == 3


@pytest.mark.parametrize(
    ("method", "url"),
    [("GET", SESSIONS), ("DELETE", SESSIONS + "{pk}/"), ("POST", LOGOUT_ALL)],
)
def test_answers_about_sessions_are_kept_by_nobody(viewer: User, method: str, url: str) -> None:
    session = session_of(viewer)
    client = client_with(token_pair(session).access)

    response = client.generic(method, url.format(pk=session.pk))

    assert response.status_code in (200, 204)
    assert response["Cache-Control"] == "no-store"


def test_an_account_that_is_active_again_begins_without_sessions(
    client: APIClient, viewer: User
) -> None:
    tokens = tokens_of(viewer)
    for is_active in (False, True):
        User.objects.filter(pk=viewer.pk).update(is_active=is_active)

    assert_ended(tokens)
    assert client.post(LOGIN, {"email": viewer.email, "password": PASSWORD}).status_code == 200


def test_logging_out_everywhere_changes_nothing_for_others(viewer: User) -> None:
    others = [tokens_of(make_user()) for _ in range(2)]
    before = {name: rows for name, rows in everything_written().items() if name != "Session"}

    assert client_of(viewer).post(LOGOUT_ALL).status_code == 204

    for tokens in others:
        assert_lives(tokens)
    after = {name: rows for name, rows in everything_written().items() if name != "Session"}
    assert after == before
