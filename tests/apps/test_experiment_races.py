"""Operators who note down, start and discard experiments at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import transaction
from rest_framework.test import APIClient

from apps.recommendations.actions import lock_experiments
from apps.recommendations.models import Experiment, Generation
from apps.users.models import User
from tests.apps.api import client_of
from tests.apps.experimenting.experiments import make_experiment
from tests.apps.locks import BLOCKED_WITHIN_S, in_thread, wait_until_blocked
from tests.factories import make_generation, make_user

pytestmark = pytest.mark.django_db(transaction=True)

EXPERIMENTS = "/api/v1/ops/experiments/"
BODY: dict[str, Any] = {
    "name": "bolder",
    "variants": [
        {"name": "control", "share": 500, "is_control": True},
        {"name": "bold", "share": 500, "pipeline": {"popularity_debias": 0.8}},
    ],
}
Request = Callable[[APIClient], Any]


@pytest.fixture
def operator(db: None) -> User:
    return make_user(is_staff=True, is_superuser=True)


def at_once(operator: User, *requests: Request) -> list[Any]:
    """The answers of requests all of which had been sent before the first was done."""
    calls = [partial(request, client_of(operator)) for request in requests]
    with ThreadPoolExecutor(max_workers=len(calls)) as pool:
        with transaction.atomic():
            lock_experiments()
            answers = [in_thread(pool, call) for call in calls]
            wait_until_blocked(len(calls))
        return [answer.result(timeout=BLOCKED_WITHIN_S) for answer in answers]


def test_of_two_experiments_started_at_once_each_twice_one_runs(operator: User) -> None:
    active = make_generation(active=True)
    names = [make_experiment().name for _ in range(2)] * 2

    def start(name: str) -> Request:
        return lambda client: client.post(f"{EXPERIMENTS}{name}/start/")

    responses = at_once(operator, *map(start, names))

    assert sorted(each.status_code for each in responses) == [202, 409, 409, 409]
    assert Experiment.objects.filter(state="running").count() == 1
    assert Generation.objects.exclude(pk=active.pk).count() == 1
    assert [entry.get_change_message() for entry in LogEntry.objects.all()] == ["Started."]


def test_a_draft_that_is_started_and_discarded_at_once_is_one_of_both(operator: User) -> None:
    address = f"{EXPERIMENTS}{make_experiment().name}/"

    started, discarded = at_once(
        operator,
        lambda client: client.post(f"{address}start/"),
        lambda client: client.delete(address),
    )

    codes = (started.status_code, discarded.status_code)
    assert codes in {(202, 409), (409, 204)}
    assert Experiment.objects.count() == (1 if codes[0] == 202 else 0)


def test_of_two_with_the_same_name_one_is_noted_down(operator: User) -> None:
    responses = at_once(operator, *[lambda client: client.post(EXPERIMENTS, BODY)] * 2)

    assert sorted(each.status_code for each in responses) == [201, 400]
    assert Experiment.objects.count() == 1
