"""Accounts in the admin: who may give roles, and what goes along with an account."""

from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission
from django.utils import timezone

from apps.core import model_admins
from apps.favorites.models import Taste
from apps.users.models import User
from tests.apps.admin_pages import client_of, staff, url
from tests.factories import (
    make_favorite,
    make_generation,
    make_list,
    make_movie,
    make_rating,
    make_user,
)

pytestmark = pytest.mark.django_db

ALL_OF_USERS = [f"users.{action}_user" for action in ("view", "add", "change", "delete")]
PASSWORD = "correct horse battery staple"
LIST = "/admin/users/user/"


def world() -> list[Any]:
    models = (User, User.groups.through, User.user_permissions.through, Group, LogEntry)
    through = Group.permissions.through
    return [list(model.objects.order_by("pk").values()) for model in (*models, through)]


def roles() -> dict[str, Any]:
    group, _ = Group.objects.get_or_create(name="operators")
    return {
        "is_active": "on",
        "is_staff": "on",
        "is_superuser": "on",
        "groups": [group.pk],
        "user_permissions": [Permission.objects.earliest("pk").pk],
    }


def superuser() -> User:
    return make_user(is_staff=True, is_superuser=True)


@pytest.fixture
def clerk() -> User:
    """May do all that permissions on accounts allow."""
    return staff(*ALL_OF_USERS, "auth.add_group", "auth.change_group", "auth.delete_group")


TARGETS = {
    "a superuser": superuser,
    "staff": staff,
    "a superuser who is no staff": lambda: make_user(is_superuser=True),
    "the clerk": None,
}


@pytest.fixture(params=TARGETS)
def privileged(request: pytest.FixtureRequest, clerk: User) -> User:
    make = TARGETS[request.param]
    return make() if make else clerk


def test_staff_change_no_account_that_has_a_role(clerk: User, privileged: User) -> None:
    client = client_of(clerk)
    form = {"email": "taken@example.com", **roles()}
    passwords = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    before = world()

    assert client.post(url(User, "change", privileged.pk), form).status_code == 403
    password_page = f"{LIST}{privileged.pk}/password/"
    assert client.get(password_page).status_code == 403
    assert client.post(password_page, passwords).status_code == 403
    assert world() == before
    page = client.get(url(User, "change", privileged.pk))
    assert page.status_code == 200
    assert b'name="_save"' not in page.content
    assert privileged.password.encode() not in page.content


def test_staff_delete_no_account_that_has_a_role(clerk: User, privileged: User) -> None:
    client = client_of(clerk)
    before = world()

    assert client.post(url(User, "delete", privileged.pk), {"post": "yes"}).status_code == 403
    client.post(
        LIST,
        {"action": "delete_selected", "_selected_action": [privileged.pk], "post": "yes"},
    )

    assert world() == before


def test_staff_give_a_viewer_no_role(clerk: User) -> None:
    viewer, given = make_user(), roles()

    response = client_of(clerk).post(
        url(User, "change", viewer.pk), {"email": "new@example.com", **given}
    )

    assert response.status_code == 302
    viewer.refresh_from_db()
    assert viewer.email == "new@example.com"
    assert (viewer.is_staff, viewer.is_superuser) == (False, False)
    assert not viewer.groups.exists()
    assert not viewer.user_permissions.exists()


def test_staff_set_a_viewers_password(clerk: User) -> None:
    viewer = make_user()

    client_of(clerk).post(
        f"{LIST}{viewer.pk}/password/",
        {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD},
    )

    viewer.refresh_from_db()
    assert viewer.check_password(PASSWORD)


@pytest.mark.parametrize("make", [superuser, lambda: staff(*ALL_OF_USERS)])
def test_nobody_adds_an_account_with_a_role(make: Any) -> None:
    client_of(make()).post(
        url(User, "add"),
        {
            "email": "New@Example.com",
            "usable_password": "true",
            "password1": PASSWORD,
            "password2": PASSWORD,
            **roles(),
        },
    )

    account = User.objects.get(email="new@example.com")
    assert account.check_password(PASSWORD)
    assert (account.is_staff, account.is_superuser) == (False, False)
    assert not account.groups.exists()
    assert not account.user_permissions.exists()


def test_a_superuser_gives_roles() -> None:
    account, given = staff(), roles()

    client_of(superuser()).post(url(User, "change", account.pk), {"email": account.email, **given})

    account.refresh_from_db()
    assert (account.is_staff, account.is_superuser) == (True, True)
    assert [group.pk for group in account.groups.all()] == given["groups"]
    assert [row.pk for row in account.user_permissions.all()] == given["user_permissions"]


def test_staff_change_no_group_whatever_their_permissions(clerk: User) -> None:
    group = Group.objects.create(name="theirs")
    clerk.groups.add(group)
    client = client_of(clerk)
    form = {"name": "theirs", "permissions": [Permission.objects.earliest("pk").pk]}
    before = world()

    assert client.post(url(Group, "change", group.pk), form).status_code == 403
    assert client.post(url(Group, "add"), form | {"name": "another"}).status_code == 403
    assert client.post(url(Group, "delete", group.pk), {"post": "yes"}).status_code == 403
    assert world() == before


def test_a_superuser_changes_groups() -> None:
    group = Group.objects.create(name="operators")
    permission = Permission.objects.earliest("pk")

    client_of(superuser()).post(
        url(Group, "change", group.pk), {"name": "operators", "permissions": [permission.pk]}
    )

    assert group.permissions.get() == permission


def test_the_page_counts_what_goes_with_an_account(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(model_admins, "COUNTED_RELATED", 2)
    viewer = make_user()
    films = [make_movie() for _ in range(3)]
    for film in films:
        make_rating(user=viewer, movie=film)
    for film in films[:2]:
        make_favorite(user=viewer, movie=film)
    make_list(user=viewer, generation=make_generation(active=True), movies=films)
    Taste.objects.create(user=viewer, revision=1, changed_at=timezone.now())

    page = client_of(superuser()).get(url(User, "delete", viewer.pk))

    assert dict(page.context["model_count"]) == {
        "users": 1,
        "favorites": 2,
        "ratings": 2,
        "tastes": 1,
        "recommendation lists": 1,
    }
    assert "Ratings: 2+" in page.content.decode()
    assert "Favorites: 2<" in page.content.decode()


def test_an_account_is_not_deleted_while_the_audit_trail_names_it() -> None:
    author = staff()
    LogEntry.objects.log_actions(author.pk, [author], CHANGE, "Did something.")
    client = client_of(superuser())
    before = world()

    page = client.get(url(User, "delete", author.pk)).content.decode()
    client.post(url(User, "delete", author.pk), {"post": "yes"})

    assert "1 entries of the audit trail: deactivate the account instead" in page
    assert world() == before


def test_staff_delete_a_viewer_if_they_may(clerk: User) -> None:
    viewer = make_user()
    onlooker = client_of(staff("users.view_user", "users.change_user"))

    assert onlooker.post(url(User, "delete", viewer.pk), {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=viewer.pk).exists()
    client_of(clerk).post(url(User, "delete", viewer.pk), {"post": "yes"})

    assert not User.objects.filter(pk=viewer.pk).exists()
