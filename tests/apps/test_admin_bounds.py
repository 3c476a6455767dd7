"""What a page counted is what it says and what its actions may touch."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from apps.core import model_admins
from apps.favorites.models import Taste
from apps.movies.models import Genre, Movie
from apps.users.admin.accounts import UserAdmin
from apps.users.models import User
from tests.apps.admin_pages import REGISTERED, admin_of, client_of, messages_of, url
from tests.factories import make_movie, make_user

pytestmark = pytest.mark.django_db

LIST = "/admin/users/user/"
BOUND = 3


@pytest.fixture
def operator() -> Client:
    return client_of(make_user(is_staff=True, is_superuser=True))


@pytest.fixture
def bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_admins, "COUNTED_ROWS", BOUND)
    monkeypatch.setattr(UserAdmin, "list_per_page", 2)


def add_users(count: int) -> None:
    for _ in range(count - User.objects.count()):
        make_user()


def rebuild_all(operator: Client, **asked: str) -> Any:
    query = "?" + "&".join(f"{name}={value}" for name, value in asked.items())
    chosen = {"action": "rebuild_recommendations", "select_across": "1"}
    first = User.objects.latest("pk").pk
    return operator.post(LIST + query, chosen | {"_selected_action": [first]}, follow=True)


def test_a_count_that_stopped_says_so(operator: Client, bound: None) -> None:
    add_users(BOUND + 1)

    text = operator.get(LIST).content.decode()

    assert "3+ users" in text
    assert "Select all 3+ users" in text
    assert "All 3+ selected" in text
    assert "3+ results" in text


def test_a_count_that_is_whole_is_a_plain_number(operator: Client, bound: None) -> None:
    add_users(BOUND)

    text = operator.get(LIST).content.decode()

    assert "Select all 3 users" in text
    assert "3+" not in text


def test_an_action_on_more_rows_than_were_counted_is_refused(operator: Client, bound: None) -> None:
    add_users(BOUND + 1)

    page = rebuild_all(operator)

    assert messages_of(page) == [
        "Nothing was done: there are more than 3 users. Narrow them down by search and filters."
    ]
    assert (Taste.objects.count(), LogEntry.objects.count()) == (0, 0)


def test_an_action_on_all_rows_that_were_counted_is_done(operator: Client, bound: None) -> None:
    add_users(BOUND)

    rebuild_all(operator)

    assert Taste.objects.count() == BOUND


def test_an_action_on_all_rows_of_a_filter_is_done(operator: Client, bound: None) -> None:
    add_users(BOUND + 1)
    User.objects.filter(pk=User.objects.latest("pk").pk).update(is_active=False)

    rebuild_all(operator, role="inactive")

    assert Taste.objects.count() == 1


LARGE = [model for model in REGISTERED if isinstance(admin_of(model), model_admins.LargeTableAdmin)]


@pytest.mark.parametrize("model", LARGE)
def test_no_list_deletes_many_rows_at_once(operator: Client, model: Any) -> None:
    page = operator.get(url(model, "changelist"))

    assert b"delete_selected" not in page.content


@pytest.mark.parametrize("across", ["0", "1"])
@pytest.mark.parametrize("model", [User, Movie, Genre])
def test_posting_it_all_the_same_deletes_nothing(operator: Client, model: Any, across: str) -> None:
    make_movie(genres=("Drama",))
    before = list(model.objects.order_by("pk").values())

    operator.post(
        url(model, "changelist"),
        {
            "action": "delete_selected",
            "_selected_action": [before[0]["id"]],
            "select_across": across,
            "post": "yes",
        },
    )

    assert list(model.objects.order_by("pk").values()) == before


def test_a_popularity_is_not_negative(operator: Client) -> None:
    film = make_movie(popularity=2)
    address = url(Movie, "change", film.pk)
    initial = operator.get(address).context["adminform"].form.initial
    form = {name: "" if value is None else value for name, value in initial.items()}

    page = operator.post(address, form | {"popularity": "-5"})

    assert page.context["adminform"].form.errors["popularity"] == ["A popularity is at least 0."]
    film.refresh_from_db()
    assert film.popularity == 2
    assert operator.post(address, form | {"popularity": "0"}).status_code == 302
