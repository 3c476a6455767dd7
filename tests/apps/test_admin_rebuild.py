"""Rebuilding chosen users' lists: the rows first, a message where there is room, never too many."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
import redis
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db import connections, transaction
from django.test import Client

from apps.core.operator_actions import BROKER_AWAY
from apps.favorites.actions import bump_taste
from apps.favorites.models import Taste
from apps.recommendations import actions
from apps.users.models import User
from tests.apps.admin_pages import client_of, messages_of, staff
from tests.apps.locks import wait_until_blocked
from tests.factories import make_user
from tests.workers.messages import drain
from workers import receivers
from workers.publisher import Publisher

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LIST = "/admin/users/user/"


@pytest.fixture
def operator(db: None) -> Client:
    return client_of(make_user(is_staff=True, is_superuser=True))


@pytest.fixture
def broker() -> Iterator[redis.Redis]:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        drain(client)
        yield client
        drain(client)


def rebuild(client: Client, *users: User, **more: Any) -> Any:
    chosen = {"action": "rebuild_recommendations", "_selected_action": [user.pk for user in users]}
    return client.post(LIST, chosen | more, follow=True)


@pytest.mark.django_db(transaction=True)
def test_chosen_users_wait_for_a_list_and_a_worker_is_told(
    operator: Client, broker: redis.Redis
) -> None:
    rated, silent, other = make_user(), make_user(), make_user()
    Taste.objects.create(user=rated, revision=4, listed_revision=4, is_realtime=False, nudges=3)

    page = rebuild(operator, rated, silent)

    assert messages_of(page) == [
        "New lists are asked for, of users: 2. Workers build them within seconds."
    ]
    tastes = Taste.objects.order_by("pk").values_list("user", "revision", "is_realtime", "nudges")
    assert list(tastes) == [(rated.pk, 5, True, 0), (silent.pk, 1, True, 0)]
    assert not Taste.objects.filter(user=other).exists()
    assert drain(broker) == [
        ("realtime", "realtime.refresh_recommendations", {"user_id": user.pk})
        for user in (rated, silent)
    ]
    entries = LogEntry.objects.filter(object_id__in=[str(rated.pk), str(silent.pk)])
    assert [entry.get_change_message() for entry in entries] == [
        "Asked for new recommendations."
    ] * 2


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_the_rows_wait_and_the_message_says_so(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receivers, "send", Publisher(broker_url="redis://127.0.0.1:1/0").send)
    viewer = make_user()

    page = rebuild(operator, viewer)

    assert BROKER_AWAY in messages_of(page)[0]
    assert Taste.objects.waiting().get().user == viewer


@pytest.mark.django_db
def test_more_users_than_a_generation_is_worth_are_refused(operator: Client) -> None:
    User.objects.bulk_create(
        User(email=f"many{number}@example.com") for number in range(actions.MAX_REFRESHES)
    )

    page = rebuild(operator, User.objects.earliest("pk"), select_across="1")

    (text,) = messages_of(page)
    assert "more than 1,000 users" in text
    assert "Build and publish" in text
    assert (Taste.objects.count(), LogEntry.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_staff_need_the_permission_for_it() -> None:
    viewer = make_user()
    onlooker = client_of(staff("users.view_user", "users.change_user"))
    allowed = client_of(staff("users.view_user", "recommendations.add_recommendationlist"))

    rebuild(onlooker, viewer)
    assert not Taste.objects.exists()
    assert b"rebuild_recommendations" not in onlooker.get(LIST).content
    rebuild(allowed, viewer)
    assert Taste.objects.get().user == viewer


@pytest.mark.django_db
def test_reading_the_address_rebuilds_nothing(operator: Client) -> None:
    viewer = make_user()

    operator.get(LIST, {"action": "rebuild_recommendations", "_selected_action": viewer.pk})

    assert not Taste.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_users_the_first_are_nudged_and_the_sweep_has_the_others(
    broker: redis.Redis,
) -> None:
    users = [make_user().pk for _ in range(actions.NUDGED_AT_ONCE + 3)]

    assert actions.request_refresh(user_ids=[*reversed(users), 0], at=NOON) == users

    told = [kwargs["user_id"] for _, _, kwargs in drain(broker)]
    assert told == users[: actions.NUDGED_AT_ONCE]
    assert Taste.objects.waiting().count() == len(users)


@pytest.mark.django_db
def test_the_action_itself_refuses_too_many() -> None:
    with pytest.raises(actions.TooManyUsersError):
        actions.request_refresh(user_ids=range(1, actions.MAX_REFRESHES + 2), at=NOON)

    assert not Taste.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_requests_for_the_same_users_at_once_count_both() -> None:
    users = [make_user().pk for _ in range(40)]

    def ask(user_ids: list[int]) -> None:
        for _ in range(10):
            actions.request_refresh(user_ids=user_ids, at=NOON)
        connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(ask, [users, users[::-1]]))

    assert set(Taste.objects.values_list("revision", flat=True)) == {20}


@pytest.mark.django_db(transaction=True)
def test_a_write_of_the_viewer_meanwhile_is_counted_too() -> None:
    viewer = make_user()
    bump_taste(user_id=viewer.pk, at=NOON)

    def ask() -> None:
        actions.request_refresh(user_ids=[viewer.pk], at=NOON)
        connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            bump_taste(user_id=viewer.pk, at=NOON)
            asked = pool.submit(ask)
        asked.result(timeout=10)

    assert Taste.objects.get().revision == 3


@pytest.mark.django_db
def test_an_account_that_is_gone_is_passed_over() -> None:
    going, staying = make_user(), make_user()
    gone = going.pk
    going.delete()

    assert actions.request_refresh(user_ids=[gone, staying.pk], at=NOON) == [staying.pk]


@pytest.mark.django_db(transaction=True)
def test_an_account_deleted_at_this_moment_stops_the_action_and_nothing_is_changed(
    operator: Client,
) -> None:
    going, staying = make_user(), make_user()

    def ask() -> Any:
        try:
            return rebuild(operator, going, staying)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            User.objects.filter(pk=going.pk).delete()
            asked = pool.submit(ask)
            wait_until_blocked()
        page = asked.result(timeout=10)

    assert "deleted at this moment" in messages_of(page)[0]
    assert (Taste.objects.count(), LogEntry.objects.count()) == (0, 0)
