"""Sessions and mails in the admin, and what an operator's change of an account ends."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from apps.users.models import AccountMail, Session, User
from apps.users.tokens import token_pair
from tests.apps.admin_pages import (
    action_url,
    admin_of,
    client_of,
    make_mail,
    messages_of,
    staff,
    url,
)
from tests.apps.api import client_with, refused, session_of
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

PRIVATE = "/api/v1/favorites/"
VIEW, CHANGE = "users.view_user", "users.change_user"


@pytest.fixture
def operator() -> Client:
    return client_of(make_user(is_staff=True, is_superuser=True))


def button(user: User) -> str:
    return action_url(User, "end_all_sessions", user.pk)


def world() -> list[Any]:
    rows: list[Any] = []
    for model in (Session, LogEntry):
        rows += model.objects.order_by("pk").values()
    return rows


def test_an_operator_ends_all_sessions_of_an_account_and_no_others(
    operator: Client, viewer: User
) -> None:
    held = [token_pair(session_of(viewer)) for _ in range(2)]
    kept = token_pair(session_of(make_user()))
    before = world()

    assert operator.post(button(viewer)).status_code == 200
    assert world() == before
    page = operator.post(button(viewer), {"confirmed": "yes"}, follow=True)

    assert messages_of(page) == ["Sessions ended: 2. None of their tokens is good any more."]
    for tokens in held:
        refused(client_with(tokens.access).get(PRIVATE), 401, "token_not_valid")
    assert client_with(kept.access).get(PRIVATE).status_code == 200
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.get_change_message()) == (
        str(viewer.pk),
        "Ended all sessions, 2.",
    )


def test_an_operator_stays_signed_in_to_the_admin_until_the_password_changes(
    operator: Client,
) -> None:
    colleague = make_user(is_staff=True, is_superuser=True)
    signed_in, index = client_of(colleague), "/admin/"
    session_of(colleague)

    asked = operator.post(button(colleague)).content.decode()
    operator.post(button(colleague), {"confirmed": "yes"})

    assert "An operator who is signed in to these pages stays so" in asked
    assert not Session.objects.for_user(colleague).exists()
    assert signed_in.get(index).status_code == 200
    colleague.set_password("another correct horse")
    colleague.save()
    assert signed_in.get(index).status_code == 302


def test_the_button_is_for_those_who_may_change_the_account(viewer: User) -> None:
    colleague = make_user(is_staff=True)
    for account in (viewer, colleague):
        session_of(account)
    before = world()
    clerk, onlooker = client_of(staff(VIEW, CHANGE)), client_of(staff(VIEW))

    for client, account in ((onlooker, viewer), (clerk, colleague), (onlooker, colleague)):
        for form in ({}, {"confirmed": "yes"}):
            assert client.post(button(account), form).status_code == 403
        assert button(account) not in client.get(url(User, "change", account.pk)).content.decode()
    assert clerk.get(button(viewer)).status_code == 405
    assert world() == before
    assert button(viewer) in clerk.get(url(User, "change", viewer.pk)).content.decode()
    clerk.post(button(viewer), {"confirmed": "yes"})

    assert not Session.objects.for_user(viewer).exists()


def test_the_button_needs_the_csrf_token(viewer: User) -> None:
    session_of(viewer)
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user(is_staff=True, is_superuser=True))

    assert client.post(button(viewer), {"confirmed": "yes"}).status_code == 403

    assert Session.objects.for_user(viewer).exists()


def test_there_is_no_button_where_there_is_no_session(operator: Client, viewer: User) -> None:
    page = operator.post(button(viewer), {"confirmed": "yes"}, follow=True)

    assert "Nothing was done" in messages_of(page)[0]
    assert button(viewer) not in page.content.decode()
    assert not LogEntry.objects.exists()


def test_sessions_of_an_account_are_found_from_its_page(operator: Client, viewer: User) -> None:
    own = session_of(viewer)
    session_of(make_user())

    page = operator.get(url(User, "change", viewer.pk)).content.decode()
    listed = operator.get(url(Session, "changelist"), {"user": str(viewer.pk)})

    assert f'{url(Session, "changelist")}?user={viewer.pk}"' in page
    assert list(listed.context["cl"].result_list) == [own]


def test_no_page_shows_or_searches_what_tokens_are_told_by(operator: Client, viewer: User) -> None:
    session = session_of(viewer)
    make_mail(viewer)

    for address in (url(Session, "changelist"), url(Session, "change", session.pk)):
        text = operator.get(address).content.decode()
        assert str(session.refresh_jti) not in text
        assert session.refresh_jti.hex not in text
    assert "refresh_jti" not in str(admin_of(Session).search_fields)
    found = operator.get(url(Session, "changelist"), {"q": str(session.refresh_jti)})
    assert not found.context["cl"].result_list


def form_of(operator: Client, user: User) -> dict[str, Any]:
    initial = operator.get(url(User, "change", user.pk)).context["adminform"].form.initial
    return {
        name: "on" if value is True else value
        for name, value in initial.items()
        if value not in (None, False)
    }


@pytest.mark.parametrize(
    ("address", "stays"),
    [("new@example.com", False), ("ada@example.com", True), ("Ada@Example.COM", True)],
)
def test_a_new_address_is_not_verified(operator: Client, address: str, *, stays: bool) -> None:
    user = make_user(email="ada@example.com", email_verified_at=timezone.now())
    session_of(user)

    operator.post(url(User, "change", user.pk), form_of(operator, user) | {"email": address})

    user.refresh_from_db()
    assert user.email == address.lower()
    assert (user.email_verified_at is not None) == stays
    assert Session.objects.for_user(user).exists()


def test_an_edit_writes_no_column_that_was_not_edited(
    operator: Client, viewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner changes the password after the operator's request has read the row."""
    form = form_of(operator, viewer) | {"display_name": "Ada"}
    save_model = type(admin_of(User)).save_model

    def owner_is_faster(self: Any, request: Any, obj: User, *rest: Any) -> None:
        owner = User.objects.get(pk=viewer.pk)
        owner.set_password("another correct horse")
        owner.save()
        save_model(self, request, obj, *rest)

    monkeypatch.setattr(type(admin_of(User)), "save_model", owner_is_faster)
    assert operator.post(url(User, "change", viewer.pk), form).status_code == 302

    viewer.refresh_from_db()
    assert viewer.display_name == "Ada"
    assert viewer.check_password("another correct horse")
    assert not viewer.check_password(PASSWORD)


def test_what_only_the_owner_changes_is_shown_and_not_taken(operator: Client) -> None:
    user = make_user(language="fr", region="CH")
    form = form_of(operator, user) | {"language": "xx", "region": "XX", "is_private": "on"}

    operator.post(url(User, "change", user.pk), form)

    user.refresh_from_db()
    assert (user.language, user.region, user.is_private) == ("fr", "CH", False)


@pytest.mark.parametrize(
    ("times", "shown"),
    [
        ((), "waits"),
        (("given_up_at",), "given up"),
        (("sent_at",), "sent"),
        (("sent_at", "used_at"), "used"),
    ],
)
def test_a_mail_says_how_far_it_is(
    operator: Client, viewer: User, times: tuple[str, ...], shown: str
) -> None:
    mail = make_mail(viewer)
    AccountMail.objects.filter(pk=mail.pk).update(**dict.fromkeys(times, timezone.now()))

    page = operator.get(url(AccountMail, "changelist")).content.decode()

    assert f'<td class="field-state">{shown}</td>' in page
    assert '<td class="field-problem">first</td>' in page
