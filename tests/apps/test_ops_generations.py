"""Operators have lists built over the API, publish them, go back and cancel."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.utils import timezone
from rest_framework.test import APIClient

from apps.recommendations import signals
from apps.recommendations.models import ActiveGeneration, Generation, GenerationShard, ModelVersion
from apps.users.models import User
from tests.apps.admin_pages import staff
from tests.apps.api import client_of, listening, refused
from tests.apps.experimenting.experiments import make_experiment
from tests.apps.query_counts import captured_queries
from tests.factories import make_generation, make_user

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/ops/generations/"
VIEW, ADD, CHANGE_IT = (f"recommendations.{verb}_generation" for verb in ("view", "add", "change"))
State = Generation.State
LISTS = {
    "count": 9,
    "films": 5,
    "film_share": 0.5,
    "fallback_share": 0.25,
    "unpersonal_share": None,
}


@pytest.fixture
def operator(db: None) -> User:
    return make_user(is_staff=True, is_superuser=True)


@pytest.fixture
def client(operator: User) -> APIClient:
    return client_of(operator)


@pytest.fixture
def before() -> Generation:
    """The generation that was active until an hour ago."""
    now = timezone.now()
    return make_generation(
        state=State.RETIRED,
        activated_at=now - timedelta(hours=2),
        retired_at=now - timedelta(hours=1),
    )


@pytest.fixture
def active(before: Generation) -> Generation:
    return make_generation(active=True, activated_at=timezone.now())


def active_id() -> int | None:
    return ActiveGeneration.objects.get().generation_id


def audited() -> list[tuple[int, str, str | None]]:
    return [
        (entry.action_flag, entry.get_change_message(), entry.object_id)
        for entry in LogEntry.objects.order_by("pk")
    ]


@pytest.fixture(autouse=True)
def nothing_else_written() -> Iterator[None]:
    """Refusals write nothing: each test that is refused finds the trail as it left it."""
    yield
    assert LogEntry.objects.count() <= 1


def test_lists_are_asked_for_with_the_newest_model(operator: User, client: APIClient) -> None:
    ModelVersion.objects.create(state="ready", kind="blend")
    newest = ModelVersion.objects.create(state="ready", kind="blend")
    ModelVersion.objects.create(state="training")

    with listening(signals.generation_requested):
        response = client.post(ADDRESS, {})

    generation = Generation.objects.get()
    body = response.json()
    assert response.status_code == 202
    assert response["Location"] == f"http://testserver{ADDRESS}{generation.pk}/"
    assert client.get(response["Location"]).json() == body
    assert client.get(ADDRESS).json()["results"] == [body]
    assert body.pop("created_at").endswith("Z")
    assert body == {
        "id": generation.pk,
        "model_version": newest.pk,
        "state": "requested",
        "publish": True,
        "refusal": "",
        "gate": "Not decided.",
        "progress": None,
        "shard_count": 0,
        "shards_done": 0,
        "user_count": 0,
        "list_count": 0,
        "difference": None,
        "pipeline": {},
        "experiment": None,
        "started_at": None,
        "snapshot_at": None,
        "finished_at": None,
        "activated_at": None,
        "retired_at": None,
        "error": "",
    }
    assert audited() == [(ADDITION, f"Asked for, with model {newest.pk}.", str(generation.pk))]


def test_lists_may_be_asked_for_with_a_certain_model_and_not_published(client: APIClient) -> None:
    wanted = ModelVersion.objects.create(state="ready", kind="blend")
    ModelVersion.objects.create(state="ready", kind="blend")

    body = client.post(ADDRESS, {"model_version": wanted.pk, "publish": False}).json()

    assert (body["model_version"], body["publish"]) == (wanted.pk, False)


@pytest.mark.parametrize("body", [{}, {"model_version": 404}])
def test_without_a_model_that_is_ready_nothing_is_built(
    client: APIClient, body: dict[str, int]
) -> None:
    ModelVersion.objects.create(state="training")

    refused(client.post(ADDRESS, body), 409, "model_not_ready")

    assert not Generation.objects.exists()


def test_the_same_lists_are_not_built_twice_at_once(client: APIClient) -> None:
    ModelVersion.objects.create(state="ready", kind="blend")
    client.post(ADDRESS, {})

    refused(client.post(ADDRESS, {}), 409, "generation_open")

    assert Generation.objects.count() == 1


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("", {"model_version": "1"}, "model_version"),
        ("", {"model_version": 0}, "model_version"),
        ("", {"model_version": 2**63}, "model_version"),
        ("", {"publish": "yes"}, "publish"),
        ("roll-back/", {"generation": None}, "generation"),
        ("roll-back/", {"expected_active": 1.5}, "expected_active"),
    ],
)
def test_bad_fields_are_named(
    client: APIClient, path: str, body: dict[str, Any], field: str
) -> None:
    error = refused(client.post(f"{ADDRESS}{path}", body), 400, "invalid")

    assert list(error["details"]) == [field]


@pytest.mark.parametrize("path", ["", "roll-back/"])
def test_unknown_fields_and_parameters_are_refused(client: APIClient, path: str) -> None:
    refused(client.post(f"{ADDRESS}{path}", {"force": True}), 400, "unknown_field")
    refused(client.post(f"{ADDRESS}{path}?force=1", {}), 400, "unknown_parameter")
    refused(client.get(f"{ADDRESS}?force=1"), 400, "unknown_parameter")


def test_a_generation_tells_how_far_it_is(client: APIClient) -> None:
    generation = make_generation(state=State.BUILDING, shard_count=3, difference={"base_id": None})
    for number, state in enumerate(("done", "done", "running")):
        GenerationShard.objects.create(
            generation=generation, number=number, first_user_id=1, last_user_id=2, state=state
        )

    body = client.get(f"{ADDRESS}{generation.pk}/").json()

    assert (body["shards_done"], body["shard_count"], body["progress"]) == (2, 3, 0.66)
    assert body["difference"] is None


def test_a_generation_names_the_experiment_that_its_lists_follow(client: APIClient) -> None:
    experiment = make_experiment(name="bolder")
    generation = make_generation(experiment=experiment)

    assert client.get(f"{ADDRESS}{generation.pk}/").json()["experiment"] == "bolder"
    assert client.get(ADDRESS).json()["results"][0]["experiment"] == "bolder"


def test_a_generation_tells_what_it_differs_in(client: APIClient) -> None:
    generation = make_generation(
        refusal="It changes too much.",
        publish=False,
        difference={
            "base_id": 7,
            "compared": 9,
            "overlap": 0.25,
            "same_taste": 8,
            "churn": 0.7,
            "lists": LISTS,
            "base_lists": None,
        },
    )

    body = client.get(f"{ADDRESS}{generation.pk}/").json()

    assert body["refusal"] == "It changes too much."
    assert body["difference"] == {
        "base": 7,
        "compared": 9,
        "overlap": 0.25,
        "same_taste": 8,
        "churn": 0.7,
        "churn_exemption": "",
        "lists": LISTS,
        "base_lists": None,
    }


def test_the_list_is_filtered_by_state_in_two_queries(client: APIClient) -> None:
    ready = [make_generation().pk for _ in range(3)]
    make_generation(state=State.FAILED)

    client.get(ADDRESS)
    with captured_queries() as statements:
        found = client.get(ADDRESS, {"state": "ready"}).json()["results"]

    assert [each["id"] for each in found] == ready[::-1]
    assert len(statements) == 2
    refused(client.get(ADDRESS, {"state": "open"}), 400, "invalid")


def test_an_operator_publishes_what_was_refused(client: APIClient, active: Generation) -> None:
    kept_back = make_generation(refusal="It changes too much.", publish=False)

    response = client.post(f"{ADDRESS}{kept_back.pk}/publish/", {"expected_active": active.pk})

    assert response.status_code == 200
    assert response.json()["state"] == "active"
    assert active_id() == kept_back.pk
    assert audited() == [(CHANGE, "Published.", str(kept_back.pk))]


def test_publishing_what_is_active_changes_nothing(client: APIClient, active: Generation) -> None:
    assert client.post(f"{ADDRESS}{active.pk}/publish/", {}).status_code == 200
    assert active_id() == active.pk


@pytest.mark.parametrize("state", [State.BUILDING, State.CANCELLED, State.RETIRED])
def test_what_is_not_ready_cannot_be_published(
    client: APIClient, active: Generation, state: str
) -> None:
    other = make_generation(state=state)

    refused(client.post(f"{ADDRESS}{other.pk}/publish/", {}), 409, "generation_not_publishable")

    assert active_id() == active.pk


def test_what_is_overtaken_cannot_be_published_and_stays_ready(client: APIClient) -> None:
    overtaken = make_generation()
    newer = make_generation(active=True)

    address = f"{ADDRESS}{overtaken.pk}/publish/"
    refused(client.post(address, {}), 409, "generation_not_publishable")

    overtaken.refresh_from_db()
    assert (overtaken.state, active_id()) == (State.READY, newer.pk)


def test_rolling_back_returns_to_the_one_before(
    client: APIClient, before: Generation, active: Generation
) -> None:
    coming = make_generation(state=State.BUILDING)
    training = ModelVersion.objects.create(state="training")

    response = client.post(f"{ADDRESS}roll-back/", {})

    body = response.json()
    assert response.status_code == 200
    assert (body["id"], body["state"]) == (before.pk, "active")
    assert body["held_back"] == {"model_versions": [training.pk], "generations": [coming.pk]}
    assert active_id() == before.pk
    text = f"Rolled back to. Kept back: {training}, {coming}."
    assert audited() == [(CHANGE, text, str(before.pk))]


def test_rolling_back_to_a_certain_one(
    client: APIClient, before: Generation, active: Generation
) -> None:
    body = {"generation": before.pk, "expected_active": active.pk}

    assert client.post(f"{ADDRESS}roll-back/", body).json()["id"] == before.pk


@pytest.mark.parametrize("expected", [None, 404])
@pytest.mark.parametrize("path", ["roll-back/", "{ready}/publish/"])
def test_nothing_is_done_where_another_one_is_active_than_expected(
    client: APIClient, active: Generation, path: str, expected: int | None
) -> None:
    address = ADDRESS + path.format(ready=make_generation().pk)

    response = client.post(address, {"expected_active": expected}, format="json")

    refused(response, 409, "active_generation_changed")
    assert active_id() == active.pk


@pytest.mark.parametrize("wanted", [{}, {"generation": 404}])
def test_there_must_be_one_to_go_back_to(client: APIClient, wanted: dict[str, int]) -> None:
    alone = make_generation(active=True)

    response = client.post(f"{ADDRESS}roll-back/", wanted)

    refused(response, 409, "generation_not_publishable")
    assert active_id() == alone.pk


def test_an_operator_cancels_what_is_being_built(client: APIClient, active: Generation) -> None:
    generation = make_generation(state=State.BUILDING)

    body = client.delete(f"{ADDRESS}{generation.pk}/").json()

    assert body["state"] == "cancelled"
    assert audited() == [(CHANGE, "Cancelled.", str(generation.pk))]
    refused(client.delete(f"{ADDRESS}{generation.pk}/"), 409, "generation_ended")
    refused(client.delete(f"{ADDRESS}{active.pk}/"), 409, "generation_ended")


@pytest.mark.parametrize(("method", "path"), [("get", ""), ("delete", ""), ("post", "publish/")])
def test_there_is_nothing_under_another_id(client: APIClient, method: str, path: str) -> None:
    refused(getattr(client, method)(f"{ADDRESS}404/{path}"), 404, "not_found")


@pytest.mark.parametrize("permission", [VIEW, ADD, CHANGE_IT])
def test_each_verb_needs_its_permission(active: Generation, permission: str) -> None:
    client = client_of(staff(permission))
    ready = make_generation()
    calls = {
        VIEW: (client.get(ADDRESS), client.get(f"{ADDRESS}{ready.pk}/")),
        ADD: (client.post(ADDRESS, {"model_version": 404}),),
        CHANGE_IT: (
            client.post(f"{ADDRESS}{ready.pk}/publish/", {"expected_active": None}, format="json"),
            client.post(f"{ADDRESS}roll-back/", {"generation": 404}),
            client.delete(f"{ADDRESS}{active.pk}/"),
        ),
    }

    for needed, responses in calls.items():
        denied = {response.status_code == 403 for response in responses}
        assert denied == {needed != permission}
