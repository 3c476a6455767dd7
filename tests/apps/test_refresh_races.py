"""Refreshing and logging in beside whatever ends sessions, each order forced by a held lock."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from apps.users.actions import sessions
from apps.users.models import Session, SpentRefreshToken, User
from apps.users.tokens import TokenPair, token_pair
from tests.apps.api import client_with, refused, session_of
from tests.apps.locks import BLOCKED_WITHIN_S, in_thread, wait_until_blocked
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db(transaction=True)

REFRESH = "/api/v1/auth/token/refresh/"
PRIVATE = "/api/v1/favorites/"
NEW_PASSWORD = "another correct horse"  # of a test's account


def refresh(token: str) -> Any:
    return APIClient().post(REFRESH, {"refresh": token})


def works(access: str) -> bool:
    return bool(client_with(access).get(PRIVATE).status_code == 200)


def spent_long_ago(session: Session) -> None:
    SpentRefreshToken.objects.create(
        jti="00000000-0000-4000-8000-000000000000",
        session=session,
        spent_at=timezone.now() - timedelta(hours=1),
    )


def test_of_ten_refreshes_at_once_one_wins_and_keeps_what_it_won(viewer: User) -> None:
    session = session_of(viewer)
    tokens = token_pair(session)
    with ThreadPoolExecutor(max_workers=10) as pool:
        with transaction.atomic():
            Session.objects.select_for_update().get(pk=session.pk)
            answers = [in_thread(pool, lambda: refresh(tokens.refresh)) for _ in range(10)]
            wait_until_blocked(10)
        responses = [answer.result(timeout=BLOCKED_WITHIN_S) for answer in answers]

    (won,) = [response.json() for response in responses if response.status_code == 200]
    for response in responses:
        if response.status_code != 200:
            refused(response, 401, "token_reused")
    assert works(won["access"])
    assert works(tokens.access)
    again = refresh(won["refresh"])
    assert again.status_code == 200
    refused(refresh(tokens.refresh), 401, "token_reused")
    assert works(again.json()["access"])
    assert refresh(again.json()["refresh"]).status_code == 200


def test_refreshes_that_nothing_holds_up_have_one_winner_too(viewer: User) -> None:
    token = token_pair(session_of(viewer)).refresh
    with ThreadPoolExecutor(max_workers=10) as pool:
        answers = [in_thread(pool, lambda: refresh(token)) for _ in range(10)]
        statuses = [answer.result(timeout=BLOCKED_WITHIN_S).status_code for answer in answers]

    assert sorted(statuses) == [200] + [401] * 9
    assert Session.objects.count() == 1


def log_out(tokens: TokenPair) -> Any:
    return APIClient().post("/api/v1/auth/logout/", {"refresh": tokens.refresh}).status_code


def revoke(tokens: TokenPair) -> Any:
    url = f"/api/v1/auth/sessions/{Session.objects.get().pk}/"
    return client_with(tokens.access).delete(url).status_code


def log_out_everywhere(tokens: TokenPair) -> Any:
    return client_with(tokens.access).post("/api/v1/auth/logout-all/").status_code


def change_password(tokens: TokenPair) -> Any:
    body = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    response = client_with(tokens.access).post("/api/v1/auth/change-password/", body)
    # It begins a session of its own, whose end is no concern here.
    APIClient().post("/api/v1/auth/logout/", {"refresh": response.json()["refresh"]})
    return response.status_code


def deactivate(_: TokenPair) -> None:
    User.objects.update(is_active=False)


def delete(tokens: TokenPair) -> Any:
    url = "/api/v1/auth/account/delete/"
    return client_with(tokens.access).post(url, {"password": PASSWORD}).status_code


ENDINGS = [log_out, revoke, log_out_everywhere, change_password, deactivate, delete]
OF_THE_ACCOUNT = [change_password, deactivate, delete]


@pytest.mark.parametrize("end", ENDINGS)
def test_what_ends_a_session_during_a_refresh_ends_what_the_refresh_gave(
    viewer: User, end: Callable[[TokenPair], Any]
) -> None:
    session = session_of(viewer)
    tokens = token_pair(session)
    spent_long_ago(session)
    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            Session.objects.select_for_update().get(pk=session.pk)
            ending = in_thread(pool, lambda: end(tokens))
            wait_until_blocked()
            # The ending waits. An exchange deletes old rows of spent tokens: neither may hold
            # what the other one wants.
            won = sessions.rotate(refresh=tokens.refresh, at=timezone.now())
        assert ending.result(timeout=BLOCKED_WITHIN_S) in (200, 204, None)

    for access in (tokens.access, won.access):
        refused(client_with(access).get(PRIVATE), 401, "token_not_valid")
    for token in (tokens.refresh, won.refresh):
        refused(refresh(token), 401, "token_not_valid")
    assert (Session.objects.count(), SpentRefreshToken.objects.count()) == (0, 0)


@pytest.mark.parametrize("end", ENDINGS)
def test_a_refresh_that_comes_after_what_ends_its_session_is_refused(
    viewer: User, end: Callable[[TokenPair], Any]
) -> None:
    tokens = token_pair(session_of(viewer))
    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            end(tokens)
            refreshed = in_thread(pool, lambda: refresh(tokens.refresh))
            wait_until_blocked()
        response = refreshed.result(timeout=BLOCKED_WITHIN_S)

    refused(response, 401, "token_not_valid")
    assert (Session.objects.count(), SpentRefreshToken.objects.count()) == (0, 0)


def log_in(user: User) -> Any:
    credentials = {"email": user.email, "password": PASSWORD}
    return APIClient().post("/api/v1/auth/login/", credentials)


@pytest.mark.parametrize("end", OF_THE_ACCOUNT)
def test_no_session_begins_with_a_password_or_account_that_goes_meanwhile(
    viewer: User, end: Callable[[TokenPair], Any]
) -> None:
    tokens = token_pair(session_of(viewer))
    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            User.objects.select_for_update(no_key=True).get(pk=viewer.pk)
            login = in_thread(pool, lambda: log_in(viewer))
            # Its password was found right; now it waits for the account.
            wait_until_blocked()
            end(tokens)
        response = login.result(timeout=BLOCKED_WITHIN_S)

    refused(response, 401, "invalid_credentials")
    assert Session.objects.count() == 0


@pytest.mark.parametrize("end", [*OF_THE_ACCOUNT, log_out_everywhere])
def test_a_session_that_begins_meanwhile_ends_as_well(
    viewer: User, end: Callable[[TokenPair], Any]
) -> None:
    tokens = token_pair(session_of(viewer))
    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            begun = token_pair(session_of(viewer))
            ending = in_thread(pool, lambda: end(tokens))
            wait_until_blocked()
        ending.result(timeout=BLOCKED_WITHIN_S)

    refused(client_with(begun.access).get(PRIVATE), 401, "token_not_valid")
    assert Session.objects.count() == 0


def test_an_account_is_deleted_although_its_password_changes_meanwhile(viewer: User) -> None:
    session_of(viewer)
    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            user = User.objects.select_for_update().get(pk=viewer.pk)
            deletion = in_thread(pool, lambda: User.objects.get(pk=viewer.pk).delete())
            wait_until_blocked()
            user.set_password(NEW_PASSWORD)
            user.save()
        deletion.result(timeout=BLOCKED_WITHIN_S)

    assert (User.objects.count(), Session.objects.count()) == (0, 0)


def test_a_replay_ends_the_session_for_good_although_it_is_answered_by_an_error(
    viewer: User,
) -> None:
    tokens = token_pair(session_of(viewer))
    other = token_pair(session_of(make_user()))
    won = refresh(tokens.refresh).json()
    SpentRefreshToken.objects.update(spent_at=timezone.now() - sessions.REUSE_GRACE)

    refused(refresh(tokens.refresh), 401, "token_reused")

    assert not Session.objects.for_user(viewer).exists()
    for token in (tokens.refresh, won["refresh"]):
        refused(refresh(token), 401, "token_not_valid")
    for access in (tokens.access, won["access"]):
        refused(client_with(access).get(PRIVATE), 401, "token_not_valid")
    assert works(other.access)
