"""Experiments in the admin: the report as a table, start and stop with a confirmation."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from apps.recommendations import actions
from apps.recommendations.experimenting.reports import p_values, stored_sums
from apps.recommendations.experimenting.sequential import Sums
from apps.recommendations.models import Experiment, ExperimentLook, Generation
from tests.apps.admin_pages import action_url, client_of, messages_of, staff, url
from tests.apps.experimenting.experiments import NOON, make_experiment
from tests.factories import make_generation, make_user

pytestmark = pytest.mark.django_db

CONFIRMED = {"confirmed": "yes"}


@pytest.fixture
def operator() -> Client:
    return client_of(make_user(is_staff=True, is_superuser=True))


def press(client: Client, tool: str, experiment: Experiment, **posted: str) -> Any:
    return client.post(action_url(Experiment, tool, experiment.pk), posted, follow=True)


def test_an_experiment_is_started_and_stopped_after_a_confirmation(operator: Client) -> None:
    make_generation(active=True)
    experiment = make_experiment(name="bolder")

    asked = press(operator, "start", experiment).content.decode()
    experiment.refresh_from_db()
    assert experiment.state == "draft"
    assert "48 % of all viewers read variant bold." in asked
    started = press(operator, "start", experiment, **CONFIRMED)
    assert messages_of(started)[0].startswith("The experiment bolder runs.")
    assert "Stop the experiment bolder?" in press(operator, "stop", experiment).content.decode()
    stopped = press(operator, "stop", experiment, **CONFIRMED, reason=" It is better. ")

    assert messages_of(stopped)[0].startswith("The experiment bolder has ended.")
    experiment.refresh_from_db()
    assert (experiment.state, experiment.stop_reason) == ("stopped", "It is better.")
    entries = LogEntry.objects.order_by("pk")
    assert [entry.get_change_message() for entry in entries] == [
        "Started.",
        "Stopped: It is better.",
    ]
    assert Generation.objects.count() == 2


def test_a_second_one_is_refused_with_the_reason(operator: Client) -> None:
    make_experiment(name="bolder", running=True)
    second = make_experiment(name="second")

    answer = press(operator, "start", second, **CONFIRMED)

    assert messages_of(answer) == ["Nothing was done: experiment bolder runs: stop it first."]
    second.refresh_from_db()
    assert second.state == "draft"


@pytest.mark.parametrize("reason", ["", "  ", "a\0b", "x" * 2_001])
def test_a_stop_needs_a_reason(operator: Client, reason: str) -> None:
    experiment = make_experiment(name="bolder", running=True)

    answer = press(operator, "stop", experiment, **CONFIRMED, reason=reason)

    assert messages_of(answer)[0].startswith("Nothing was done, the reason: ")
    experiment.refresh_from_db()
    assert experiment.state == "running"


def test_a_draft_is_deleted_and_nothing_that_was_started(operator: Client) -> None:
    draft, running = make_experiment(), make_experiment(running=True)
    pages = [operator.get(url(Experiment, "change", each.pk)).content for each in (draft, running)]

    answers = [
        operator.post(url(Experiment, "delete", each.pk), {"post": "yes"})
        for each in (draft, running)
    ]

    assert [b"deletelink" in page for page in pages] == [True, False]
    assert [answer.status_code for answer in answers] == [302, 403]
    assert list(Experiment.objects.all()) == [running]
    assert [entry.is_deletion() for entry in LogEntry.objects.all()] == [True]


def test_the_list_shows_of_a_long_reason_its_beginning(operator: Client) -> None:
    experiment = make_experiment(running=True)
    reason = f"{'word ' * 300}end"
    actions.stop_experiment(experiment_id=experiment.pk, at=NOON, reason=reason)

    text = operator.get(url(Experiment, "changelist")).content.decode()

    assert "word word" in text
    assert reason not in text


def test_who_may_only_look_is_offered_no_button() -> None:
    experiment = make_experiment(name="bolder")
    client = client_of(staff("recommendations.view_experiment"))

    page = client.get(url(Experiment, "change", experiment.pk))
    assert b"Have lists built by variant" not in page.content
    assert b"deletelink" not in page.content
    assert press(client, "start", experiment, **CONFIRMED).status_code == 403
    assert client.post(url(Experiment, "delete", experiment.pk)).status_code == 403


def test_the_report_is_a_table_of_each_metric_and_variant(operator: Client) -> None:
    experiment = make_experiment(name="bolder", running=True)
    variants = list(experiment.variants.all())
    nothing = Sums.of((0, 1) for _ in range(400))
    sums = {
        variant.pk: {
            "clicks": Sums.of([(x % 4 + more, 10) for x in range(400)]),
            "saves": nothing,
            "ratings": nothing,
            "liked": nothing,
        }
        for variant, more in zip(variants, (0, 3, 0), strict=False)
    }
    ExperimentLook.objects.create(
        experiment=experiment,
        taken_at=NOON,
        sums=stored_sums(sums),
        p_values=p_values(experiment, variants, sums, before={}),
    )

    text = operator.get(url(Experiment, "change", experiment.pk)).content.decode()

    assert "something is wrong, and the figures mean nothing" in text
    assert "<td>bold</td><td>48 %</td><td>pipeline</td><td>popularity_debias = 0.8</td>" in text
    row = "<td>clicks per impression</td><td>bold</td><td>400</td><td>0.45</td><td>+0.3</td>"
    assert row in text
    assert "<td>better</td>" in text
