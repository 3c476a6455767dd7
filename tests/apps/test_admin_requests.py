"""Buttons pressed twice, with forms that were tampered with, or while something is under way."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.test import Client
from django.utils import timezone

from apps.recommendations import actions
from apps.recommendations.models import ActiveGeneration, Generation, ModelVersion
from tests.apps.admin_pages import action_url, client_of, messages_of
from tests.apps.locks import in_thread, wait_until_blocked
from tests.factories import make_generation, make_user

pytestmark = pytest.mark.django_db

ROLL_BACK = "roll_back"
BUILD = "build_and_publish"


@pytest.fixture
def operator() -> Client:
    return client_of(make_user(is_staff=True, is_superuser=True))


def send(client: Client, address: str, **form: object) -> list[str]:
    return messages_of(client.post(address, {"confirmed": "yes", **form}, follow=True))


@pytest.mark.parametrize("state", ["requested", "training"])
@pytest.mark.parametrize("tool", ["train_and_publish", "train_without_gate", "train_only"])
def test_one_training_at_a_time(operator: Client, tool: str, state: str) -> None:
    version = ModelVersion.objects.create(state=state)

    told = send(operator, action_url(ModelVersion, tool))

    assert told == [f"Nothing was done: model {version.pk} is {state} already."]
    assert ModelVersion.objects.get() == version
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("state", ["requested", "building"])
def test_lists_that_are_being_built_are_not_asked_for_again(operator: Client, state: str) -> None:
    generation = make_generation(state=state)
    version = generation.model_version
    refused = (
        f"Nothing was done: generation {generation.pk} with model {version.pk} is {state} already."
    )

    assert send(operator, action_url(Generation, BUILD), model=version.pk) == [refused]
    assert send(operator, action_url(ModelVersion, BUILD, version.pk)) == [refused]
    assert Generation.objects.get() == generation


def test_other_lists_may_be_asked_for_meanwhile(operator: Client) -> None:
    make_generation(state="building")
    kept_back = make_generation(state="building", publish=False)

    for version in (ModelVersion.objects.create(state="ready"), kept_back.model_version):
        send(operator, action_url(ModelVersion, BUILD, version.pk))
        assert version.generations.filter(state="requested", publish=True).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["training", "lists"])
def test_of_two_requests_at_once_the_second_finds_the_first(kind: str) -> None:
    version = ModelVersion.objects.create(state="ready")

    def request() -> Any:
        if kind == "training":
            return actions.request_next_training()
        return actions.request_lists(model_version_id=version.pk)

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            first = request()
            second = in_thread(pool, request)
            wait_until_blocked()
        with pytest.raises(actions.StillOpenError, match=f"{first}.* is requested already"):
            second.result(timeout=10)

    assert list(type(first).objects.exclude(state="ready")) == [first]


def test_a_roll_back_names_what_it_keeps_back(operator: Client) -> None:
    now = timezone.now()
    earlier = make_generation(state="retired", activated_at=now, retired_at=now, snapshot_at=now)
    make_generation(active=True)
    building = make_generation(state="building")
    address = action_url(Generation, ROLL_BACK)

    asked = operator.post(address).context["asked"]
    assert Generation.objects.filter(publish=True).contains(building)
    (told,) = send(operator, address, **asked.carried)

    kept_back = f"Generation {building.pk}, which is being built, {{}} kept back: publish it"
    assert any(kept_back.format("will be") in text for text in asked.consequences)
    assert kept_back.format("is") in told
    assert not Generation.objects.filter(publish=True).contains(building)
    assert LogEntry.objects.get().get_change_message() == (
        f"Rolled back to. Kept back: generation {building.pk}."
    )
    assert ActiveGeneration.objects.get().generation == earlier


@pytest.mark.parametrize("number", ["²", "", "x", "1.0", "9" * 5000])
def test_a_form_without_a_number_does_nothing(operator: Client, number: str) -> None:
    active = make_generation(active=True)

    rolled_back = send(operator, action_url(Generation, ROLL_BACK), generation=number)
    built = send(operator, action_url(Generation, BUILD), model=number)
    agreed = send(
        operator, action_url(Generation, ROLL_BACK), generation=active.pk, active=number or "x"
    )

    assert rolled_back == ["Nothing was done: the form names no generation."]
    assert built == ["Nothing was done: the form names no model."]
    assert agreed == ["Nothing was done: the form names no active generation."]
    assert Generation.objects.get() == active


@pytest.mark.parametrize("number", ["0", "-1", "9" * 30])
def test_a_number_of_no_row_does_nothing(operator: Client, number: str) -> None:
    now = timezone.now()
    make_generation(state="retired", activated_at=now, retired_at=now)
    active = make_generation(active=True)

    (told,) = send(operator, action_url(Generation, ROLL_BACK), generation=number, active=active.pk)

    assert told == f"Nothing was done: generation {number} is not there to go back to."
    assert ActiveGeneration.objects.get().generation == active


def test_a_model_is_named_by_its_number_alone(operator: Client) -> None:
    version = ModelVersion.objects.create(state="training")
    address = action_url(ModelVersion, "cancel", version.pk)

    assert operator.post(address).context["asked"].question == (
        f"Cancel model {version.pk}, which is 0 % done?"
    )
    send(operator, address)
    assert send(operator, address)[-1] == (
        f"Nothing was done: model {version.pk} is no longer in a state for it."
    )
