"""Operators read how fresh lists are; nobody else does (test_access.py)."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.favorites.models import Taste
from apps.recommendations.freshness import DAY, HOUR
from apps.recommendations.models import ListFreshness
from tests.apps.api import client_of
from tests.factories import make_generation, make_user

pytestmark = pytest.mark.django_db
URL = "/api/v1/ops/freshness/"


def operator() -> APIClient:
    return client_of(make_user(is_staff=True, is_superuser=True))


def make_build(list_id: int, *, ago: timedelta, waited: float, held: float = 0) -> None:
    ListFreshness.objects.create(
        list_id=list_id,
        readable_at=timezone.now() - ago,
        waited_seconds=waited,
        newest_seconds=waited,
        held_seconds=held,
        is_exact=True,
    )


def test_an_hour_and_a_day_are_summed_up() -> None:
    for number in range(19):
        make_build(number, ago=timedelta(minutes=number), waited=0.05)
    make_build(20, ago=HOUR / 2, waited=1.5, held=0.9)
    make_build(21, ago=2 * HOUR, waited=4)
    make_build(22, ago=DAY + HOUR, waited=90)

    told = operator().get(URL).json()

    assert told["objective"] == {"seconds": 1.0, "share": 0.95}
    hour, day = told["hour"], told["day"]
    assert (hour["count"], hour["within"], hour["is_met"], hour["held"]) == (20, 20, True, 1)
    assert hour["waited_seconds"]["p50"] == 0.05
    assert hour["waited_seconds"]["p99"] > 1
    assert hour["delay_seconds"]["p99"] < 1
    assert (day["count"], day["within"]) == (21, 20)


def test_without_builds_nothing_is_said_of_them() -> None:
    hour = operator().get(URL).json()["hour"]

    assert hour["count"] == 0
    assert {hour[name] for name in ("share_within", "is_met", "waited_seconds")} == {None}


def test_who_waits_is_told_from_the_oldest_write() -> None:
    now = timezone.now()
    make_generation(active=True)
    Taste.objects.update_or_create(
        user=make_user(),
        defaults={
            "revision": 3,
            "changed_at": now,
            "unseen_at": now - timedelta(seconds=30),
            "is_realtime": True,
        },
    )

    waiting = operator().get(URL).json()["waiting"]

    assert waiting["viewers"] == 1
    assert 30 <= waiting["oldest_seconds"] < 60


def test_unknown_parameters_are_refused() -> None:
    response = operator().get(URL, {"window": "hour"})

    assert (response.status_code, response.json()["error"]["code"]) == (400, "unknown_parameter")
