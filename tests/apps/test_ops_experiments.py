"""Operators note down experiments over the API, start and stop them, and read what was found."""

from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from rest_framework.test import APIClient

from apps.recommendations.experimenting.reports import p_values, stored_sums
from apps.recommendations.experimenting.sequential import Sums
from apps.recommendations.models import Experiment, ExperimentLook, Generation, Variant
from apps.users.models import User
from tests.apps.admin_pages import staff
from tests.apps.api import client_of, refused
from tests.apps.experimenting.experiments import NOON, make_experiment
from tests.apps.query_counts import captured_queries
from tests.factories import make_generation, make_user

pytestmark = pytest.mark.django_db

EXPERIMENTS = "/api/v1/ops/experiments/"
VARIANTS = [
    {"name": "control", "share": 490, "is_control": True},
    {"name": "bold", "share": 490, "pipeline": {"popularity_debias": 0.8, "limit": 50}},
    {"name": "holdback", "share": 20, "kind": "popularity"},
]
BODY: dict[str, Any] = {"name": "bolder", "variants": VARIANTS}


@pytest.fixture
def operator(db: None) -> User:
    return make_user(is_staff=True, is_superuser=True)


@pytest.fixture
def client(operator: User) -> APIClient:
    return client_of(operator)


def written() -> list[Any]:
    models = (Experiment, Variant, LogEntry, Generation)
    return [list(model.objects.order_by("pk").values()) for model in models]


def audited() -> list[tuple[int, str]]:
    entries = LogEntry.objects.order_by("pk")
    return [(entry.action_flag, entry.get_change_message()) for entry in entries]


def test_an_experiment_is_noted_down_and_found_at_its_address(
    operator: User, client: APIClient
) -> None:
    response = client.post(EXPERIMENTS, BODY)

    body = response.json()
    assert (response.status_code, body.pop("report")) == (201, None)
    assert response["Location"] == f"http://testserver{EXPERIMENTS}bolder/"
    assert client.get(response["Location"]).json() == body | {"report": None}
    assert client.get(EXPERIMENTS).json()["results"] == [body]
    assert body.pop("created_at").endswith("Z")
    assert body == {
        "name": "bolder",
        "description": "",
        "state": "draft",
        "metric": "clicks",
        "effect": 0.1,
        "max_days": 28,
        "salt": "bolder",
        "requested_by": operator.pk,
        "started_at": None,
        "stopped_at": None,
        "stop_reason": "",
        "variants": [
            {"is_control": False, "kind": "pipeline", "pipeline": {}} | variant
            for variant in VARIANTS
        ],
    }
    assert audited() == [(ADDITION, "Noted down.")]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "Not a name"}, "name"),
        ({"name": 5}, "name"),
        ({"metric": "wealth"}, "metric"),
        ({"effect": 0}, "effect"),
        ({"effect": 2}, "effect"),
        ({"effect": "0.1"}, "effect"),
        ({"effect": 10**400}, "effect"),
        ({"max_days": 91}, "max_days"),
        ({"salt": ""}, "salt"),
        ({"variants": VARIANTS[:1]}, "variants"),
        ({"variants": VARIANTS * 2}, "variants"),
        ({"max_days": 30}, "max_days"),
        ({"variants": [*VARIANTS, {"name": "more", "share": 1}]}, "variants"),
        ({"variants": [VARIANTS[0], {"name": "b", "share": 0}]}, "variants"),
        ({"variants": [VARIANTS[0], {"name": "b", "share": 1, "pipeline": []}]}, "variants"),
        ({"variants": [VARIANTS[0], {"name": "b", "share": 1, "pipeline": {"x": 1}}]}, "variants"),
        ({"variants": [VARIANTS[0], {**VARIANTS[2], "pipeline": {"taste": 1}}]}, "variants"),
        ({"variants": None}, "variants"),
    ],
    ids=str,
)
def test_what_is_no_experiment_is_refused_and_changes_nothing(
    client: APIClient, settings: Any, changes: dict[str, Any], field: str
) -> None:
    settings.IMPRESSION_RETENTION_DAYS = 30

    response = client.post(EXPERIMENTS, BODY | changes)

    assert list(refused(response, 400, "invalid")["details"]) == [field]
    assert written() == [[], [], [], []]


def test_what_is_wrong_with_variants_is_told_by_place_and_name(client: APIClient) -> None:
    variants = [VARIANTS[0], {"name": "b", "share": 0, "pipeline": {"taste": 2}}, {"share": True}]

    error = refused(client.post(EXPERIMENTS, BODY | {"variants": variants}), 400, "invalid")

    assert [fault["message"] for fault in error["details"]["variants"]] == [
        "1.share: Ensure this value is greater than or equal to 1.",
        "1.pipeline: taste must be from 0 to 1.",
        "2.name: This field is required.",
        "2.share: A valid integer is required.",
    ]


def test_unknown_fields_and_parameters_are_refused(client: APIClient) -> None:
    make_experiment(name="old")
    before = written()

    refused(client.post(EXPERIMENTS, BODY | {"colour": "red"}), 400, "unknown_field")
    refused(client.post(f"{EXPERIMENTS}?colour=red", BODY), 400, "unknown_parameter")
    refused(client.post(f"{EXPERIMENTS}old/start/?at=now"), 400, "unknown_parameter")
    refused(client.post(f"{EXPERIMENTS}old/stop/", {"why": "enough"}), 400, "unknown_field")
    refused(client.delete(f"{EXPERIMENTS}old/?at=now"), 400, "unknown_parameter")
    refused(client.delete(f"{EXPERIMENTS}new/"), 404, "not_found")
    refused(client.get(f"{EXPERIMENTS}old/?at=now"), 400, "unknown_parameter")
    refused(client.get(f"{EXPERIMENTS}new/"), 404, "not_found")
    refused(client.post(f"{EXPERIMENTS}new/start/"), 404, "not_found")
    assert written() == before


def test_a_name_that_is_taken_is_refused(client: APIClient) -> None:
    client.post(EXPERIMENTS, BODY)

    body = refused(client.post(EXPERIMENTS, BODY), 400, "invalid")

    assert body["details"]["name"][0]["message"] == "There is an experiment of this name."


def test_it_is_started_and_stopped_and_lists_follow(client: APIClient) -> None:
    make_generation(active=True)
    client.post(EXPERIMENTS, BODY)

    started = client.post(f"{EXPERIMENTS}bolder/start/")
    again = client.post(f"{EXPERIMENTS}bolder/start/")
    stopped = client.post(f"{EXPERIMENTS}bolder/stop/", {"reason": "It is better."})

    assert (started.status_code, started.json()["state"]) == (202, "running")
    message = refused(again, 409, "experiment_state")["message"]
    assert message == "Nothing was done: experiment bolder has been started before."
    assert (stopped.status_code, stopped.json()["state"]) == (202, "stopped")
    assert stopped.json()["stop_reason"] == "It is better."
    refused(client.post(f"{EXPERIMENTS}bolder/stop/", {"reason": "x"}), 409, "experiment_state")
    assert Generation.objects.count() == 2
    assert audited()[1:] == [(CHANGE, "Started."), (CHANGE, "Stopped: It is better.")]


def test_each_method_needs_its_own_permission() -> None:
    make_experiment(name="bolder")
    verbs = ("view", "add", "change", "delete")
    names = (f"recommendations.{verb}_experiment" for verb in verbs)
    reader, noter, starter, discarder = (client_of(staff(name)) for name in names)
    before = written()

    for client in (noter, starter, discarder):
        refused(client.get(f"{EXPERIMENTS}bolder/"), 403, "permission_denied")
    for client in (reader, starter, discarder):
        refused(client.post(EXPERIMENTS, BODY), 403, "permission_denied")
    for client in (reader, noter, discarder):
        refused(client.post(f"{EXPERIMENTS}bolder/start/"), 403, "permission_denied")
        refused(client.post(f"{EXPERIMENTS}bolder/stop/", {}), 403, "permission_denied")
    for client in (reader, noter, starter):
        refused(client.delete(f"{EXPERIMENTS}bolder/"), 403, "permission_denied")
    assert written() == before
    assert starter.post(f"{EXPERIMENTS}bolder/start/").status_code == 202


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": " "}, {"reason": 5}], ids=str)
def test_a_stop_needs_a_reason(client: APIClient, body: dict[str, Any]) -> None:
    make_experiment(name="bolder", running=True)
    before = written()

    response = client.post(f"{EXPERIMENTS}bolder/stop/", body)

    assert list(refused(response, 400, "invalid")["details"]) == ["reason"]
    assert written() == before


def test_a_draft_is_discarded_and_its_name_is_free(client: APIClient) -> None:
    client.post(EXPERIMENTS, BODY)

    assert client.delete(f"{EXPERIMENTS}bolder/").status_code == 204

    refused(client.get(f"{EXPERIMENTS}bolder/"), 404, "not_found")
    assert not Variant.objects.exists()
    assert client.post(EXPERIMENTS, BODY).status_code == 201
    assert audited()[1] == (DELETION, "Discarded.")


def test_what_was_started_is_not_discarded(client: APIClient) -> None:
    make_experiment(name="bolder", running=True)
    before = written()

    error = refused(client.delete(f"{EXPERIMENTS}bolder/"), 409, "experiment_state")

    text = "Nothing was done: experiment bolder has been started: what it finds is kept."
    assert error["message"] == text
    assert written() == before


def test_too_many_variants_are_not_looked_at(client: APIClient) -> None:
    error = refused(client.post(EXPERIMENTS, BODY | {"variants": [{}] * 50_000}), 400, "invalid")

    assert error["details"] == {
        "variants": [
            {"code": "max_length", "message": "Ensure this field has no more than 5 elements."}
        ]
    }


def test_the_list_is_newest_first_filtered_and_bounded_in_queries(client: APIClient) -> None:
    make_experiment(name="old", running=True)
    make_experiment(name="new")

    with captured_queries() as few:
        listed = client.get(EXPERIMENTS).json()["results"]
    make_experiment(name="newer")
    with captured_queries() as more:
        client.get(EXPERIMENTS)

    assert [each["name"] for each in listed] == ["new", "old"]
    assert len(few) == len(more)
    running = client.get(f"{EXPERIMENTS}?state=running").json()["results"]
    assert [each["name"] for each in running] == ["old"]
    refused(client.get(f"{EXPERIMENTS}?state=walking"), 400, "invalid")


def test_the_report_is_that_of_the_newest_look(client: APIClient) -> None:
    experiment = make_experiment(name="bolder", running=True)
    control, bold, _ = experiment.variants.all()
    for clicks in (2, 3):
        sums = {
            control.pk: _metrics([(x % 4, 10) for x in range(400)]),
            bold.pk: _metrics([(x % 4 + clicks, 10) for x in range(400)]),
        }
        variants = list(experiment.variants.all())
        ExperimentLook.objects.create(
            experiment=experiment,
            taken_at=NOON,
            sums=stored_sums(sums),
            p_values=p_values(experiment, variants, sums, before={}),
        )

    report = client.get(f"{EXPERIMENTS}bolder/").json()["report"]

    assert (report["taken_at"], report["alpha"]) == ("2026-11-22T12:00:00Z", 0.025)
    first, second, third = report["variants"]
    assert (first["name"], first["verdict"], first["viewers"]) == ("control", "control", 400)
    assert first["metrics"]["clicks"] == {
        "total": 600,
        "value": 0.15,
        "difference": None,
        "p": None,
    }
    assert (second["verdict"], third["verdict"]) == ("better", "too_little")
    clicks = second["metrics"]["clicks"]
    assert (clicks["total"], clicks["value"]) == (1800, 0.45)
    told = clicks["difference"]
    assert told["estimate"] == pytest.approx(0.3)
    assert told["relative"] == pytest.approx(2)
    assert told["always_valid_interval"]["low"] < told["interval"]["low"] < 0.3
    assert clicks["p"] < 1e-6


def _metrics(pairs: list[tuple[int, int]]) -> dict[str, Sums]:
    nothing = Sums.of((0, 1) for _ in pairs)
    return {"clicks": Sums.of(pairs), "saves": nothing, "ratings": nothing, "liked": nothing}
