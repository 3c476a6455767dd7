"""A viewer asks for a new list: counted as a write unless one waits for its list already."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from apps.favorites.models import Taste
from apps.recommendations.signals import refresh_requested
from apps.users.models import User
from tests.apps.api import client_of, listening, refused
from tests.apps.locks import BLOCKED_WITHIN_S, in_thread, wait_until_blocked
from tests.factories import make_generation, make_list, make_movie

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/v1/recommendations/refresh/"
BEFORE = datetime(2026, 11, 22, 3, tzinfo=UTC)


def test_who_has_nothing_at_all_may_ask(viewer: User, viewer_client: APIClient) -> None:
    with listening(refresh_requested) as announced:
        response = viewer_client.post(URL)

    assert (response.status_code, response.json()) == (202, {"taste_revision": 1})
    assert announced == [(refresh_requested, {"user_id": viewer.pk})]
    assert (viewer.taste.revision, viewer.taste.listed_revision) == (1, 0)


def test_a_list_that_has_seen_everything_is_asked_for_anew(
    viewer: User, viewer_client: APIClient
) -> None:
    make_list(
        user=viewer, generation=make_generation(active=True), movies=[make_movie()], revision=4
    )
    Taste.objects.create(user=viewer, revision=4, listed_revision=4, changed_at=BEFORE, nudges=3)

    revision = viewer_client.post(URL).json()["taste_revision"]
    waited_for = viewer_client.get(f"/api/v1/recommendations/?min_revision={revision}")

    assert revision == 5
    assert (waited_for.status_code, waited_for.json()["reason"]) == (202, "no_worker")
    taste = Taste.objects.get()
    assert (taste.listed_revision, taste.nudges) == (4, 0)
    assert taste.changed_at > BEFORE  # type: ignore[operator]  # it was written


def test_while_a_write_waits_for_its_list_asking_changes_nothing(
    viewer: User, viewer_client: APIClient
) -> None:
    Taste.objects.create(user=viewer, revision=7, listed_revision=4, changed_at=BEFORE, nudges=3)
    before = Taste.objects.values().get()

    with listening(refresh_requested) as announced:
        answers = [viewer_client.post(URL).json() for _ in range(2)]

    assert answers == [{"taste_revision": 7}] * 2
    assert (announced, Taste.objects.values().get()) == ([], before)


def test_who_would_get_a_list_with_the_next_generation_gets_one_of_its_own(
    viewer: User, viewer_client: APIClient
) -> None:
    Taste.objects.create(user=viewer, revision=1, listed_revision=0, is_realtime=False)

    with listening(refresh_requested) as announced:
        assert viewer_client.post(URL).json() == {"taste_revision": 2}

    assert Taste.objects.get().is_realtime
    assert len(announced) == 1


def test_a_parameter_is_refused_and_nothing_counted(viewer_client: APIClient) -> None:
    refused(viewer_client.post(f"{URL}?now=1"), 400, "unknown_parameter")

    assert not Taste.objects.exists()


def test_of_many_who_ask_at_once_one_is_counted(viewer: User) -> None:
    Taste.objects.create(user=viewer, revision=4, listed_revision=4)
    clients = [client_of(viewer) for _ in range(4)]

    with listening(refresh_requested) as announced, ThreadPoolExecutor(4) as pool:
        with transaction.atomic():
            Taste.objects.select_for_update().get()
            answers = [in_thread(pool, lambda client=each: client.post(URL)) for each in clients]
            wait_until_blocked(4)
        told = [answer.result(timeout=BLOCKED_WITHIN_S).json() for answer in answers]

    assert told == [{"taste_revision": 5}] * 4
    assert len(announced) == 1
