"""Experiments are noted down, started and stopped; lists follow, and nothing else changes."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from apps.recommendations import actions, signals
from apps.recommendations.actions import ExperimentRefusedError, VariantDraft
from apps.recommendations.models import Experiment, Generation, Variant
from tests.apps.api import listening
from tests.factories import make_generation

from .experiments import BOLD, CONTROL, HOLDBACK, NOON, make_experiment

pytestmark = pytest.mark.django_db

State = Experiment.State


def test_an_experiment_is_noted_down_and_changes_nobodys_lists() -> None:
    make_generation(active=True)

    experiment = make_experiment()

    assert (experiment.state, experiment.salt) == (State.DRAFT, experiment.name)
    assert list(experiment.variants.values_list("position", "name", "share", "is_control")) == [
        (0, "control", 500, True),
        (1, "bold", 480, False),
        (2, "holdback", 20, False),
    ]
    assert Generation.objects.count() == 1


@pytest.mark.parametrize(
    ("variants", "text"),
    [
        ([], "two variants"),
        ([CONTROL], "two variants"),
        ([BOLD, HOLDBACK], "exactly one variant is the control"),
        ([CONTROL, VariantDraft(name="b", share=1, is_control=True)], "exactly one variant"),
        ([CONTROL, VariantDraft(name="b", share=501)], "more than 1000 thousandths"),
        ([CONTROL, VariantDraft(name="control", share=1)], "the same name"),
        ([CONTROL, VariantDraft(name="b", share=1, pipeline={"x": 1})], "b: there is no setting"),
        (
            [CONTROL, VariantDraft(name="b", share=1, kind="popularity", pipeline={"taste": 1})],
            "a variant that ranks by popularity has no settings",
        ),
    ],
)
def test_what_makes_no_comparison_is_refused(variants: list[VariantDraft], text: str) -> None:
    with pytest.raises(ExperimentRefusedError, match=text):
        actions.create_experiment(name="bolder", variants=variants)

    assert not Experiment.objects.exists()


def test_a_name_is_taken_once() -> None:
    make_experiment(name="bolder")

    with pytest.raises(ExperimentRefusedError, match="there is an experiment of this name"):
        make_experiment(name="bolder")


def test_a_start_and_a_stop_have_everybodys_lists_built_with_the_active_model(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    active, experiment = make_generation(active=True), make_experiment()

    with (
        listening(signals.generation_requested, signals.look_requested) as announced,
        django_capture_on_commit_callbacks(execute=True),
    ):
        started = actions.start_experiment(experiment_id=experiment.pk, at=NOON)
        Generation.objects.filter(pk=started.pk if started else 0).update(state="building")
        later = NOON + timedelta(days=1)
        stopped = actions.stop_experiment(experiment_id=experiment.pk, at=later, reason="enough")

    assert started is not None
    assert stopped is not None
    assert started.model_version == stopped.model_version == active.model_version
    assert announced == [
        (signals.generation_requested, {"generation_id": started.pk}),
        (signals.look_requested, {"experiment_id": experiment.pk}),
        (signals.generation_requested, {"generation_id": stopped.pk}),
    ]
    experiment.refresh_from_db()
    assert (experiment.state, experiment.stop_reason) == (State.STOPPED, "enough")
    assert (experiment.started_at, experiment.stopped_at) == (NOON, later)


def test_lists_that_wait_to_be_begun_follow_anyway() -> None:
    active, experiment = make_generation(active=True), make_experiment()
    waiting = actions.request_generation(model_version_id=active.model_version_id)

    assert actions.start_experiment(experiment_id=experiment.pk, at=NOON) == waiting
    assert Generation.objects.count() == 2


@pytest.mark.parametrize("state", ["requested", "building", "ready"])
def test_where_lists_of_a_newer_model_are_to_come_they_follow_these(state: str) -> None:
    """With the active model they would be kept back, as it has learned from older data."""
    make_generation(active=True)
    coming, experiment = make_generation(state=state, attempts=1), make_experiment()

    started = actions.start_experiment(experiment_id=experiment.pk, at=NOON)

    assert started is not None
    assert started.pk > coming.pk
    assert started.model_version == coming.model_version


def test_lists_of_a_newer_model_that_wait_to_be_begun_follow_anyway() -> None:
    make_generation(active=True)
    waiting, experiment = make_generation(state="requested"), make_experiment()

    assert actions.start_experiment(experiment_id=experiment.pk, at=NOON) == waiting


@pytest.mark.parametrize(
    "fields", [{"state": "ready", "publish": False}, {"state": "retired"}, {"state": "failed"}]
)
def test_lists_that_nobody_will_read_change_no_model(fields: dict[str, Any]) -> None:
    active = make_generation(active=True)
    make_generation(**fields)
    experiment = make_experiment()

    started = actions.start_experiment(experiment_id=experiment.pk, at=NOON)

    assert started is not None
    assert started.model_version == active.model_version


def test_without_lists_the_first_ones_to_come_follow() -> None:
    experiment = make_experiment()

    assert actions.start_experiment(experiment_id=experiment.pk, at=NOON) is None
    assert Experiment.objects.get().state == State.RUNNING


def test_one_runs_at_a_time_and_each_once() -> None:
    first = make_experiment(name="bolder", running=True)
    second = make_experiment(name="second")

    with pytest.raises(ExperimentRefusedError, match="experiment bolder runs: stop it first"):
        actions.start_experiment(experiment_id=second.pk, at=NOON)
    actions.stop_experiment(experiment_id=first.pk, at=NOON)
    with pytest.raises(ExperimentRefusedError, match="experiment bolder has been started before"):
        actions.start_experiment(experiment_id=first.pk, at=NOON)
    with pytest.raises(ExperimentRefusedError, match="experiment bolder does not run"):
        actions.stop_experiment(experiment_id=first.pk, at=NOON)
    actions.start_experiment(experiment_id=second.pk, at=NOON)


def test_it_does_not_begin_if_what_was_shown_would_be_gone_before_its_end(settings: Any) -> None:
    experiment = make_experiment(max_days=28)
    settings.IMPRESSION_RETENTION_DAYS = 28

    with pytest.raises(ExperimentRefusedError, match="would last 28 days"):
        actions.start_experiment(experiment_id=experiment.pk, at=NOON)
    with pytest.raises(ExperimentRefusedError, match="kept for 28"):
        make_experiment(max_days=28)
    assert Experiment.objects.get().state == State.DRAFT


def test_a_stop_by_a_clock_that_is_behind_comes_with_the_start() -> None:
    experiment = make_experiment(running=True)

    actions.stop_experiment(experiment_id=experiment.pk, at=NOON - timedelta(seconds=2))

    experiment.refresh_from_db()
    assert (experiment.state, experiment.stopped_at) == (State.STOPPED, NOON)


def test_of_what_was_discarded_meanwhile_nothing_is_done() -> None:
    experiment = make_experiment()
    actions.discard_experiment(experiment_id=experiment.pk)

    for action in (actions.discard_experiment, partial(actions.start_experiment, at=NOON)):
        with pytest.raises(ExperimentRefusedError, match="the experiment is gone"):
            action(experiment_id=experiment.pk)


@pytest.mark.parametrize(
    ("model", "changes"),
    [
        (Experiment, {"state": "running", "started_at": NOON}),
        (Experiment, {"state": "stopped"}),
        (Experiment, {"effect": 0}),
        (Experiment, {"max_days": 91}),
        (Variant, {"share": 0}),
        (Variant, {"is_control": True}),
        (Variant, {"kind": "popularity", "pipeline": {"taste": 1}}),
    ],
)
def test_the_database_refuses_what_no_action_writes(model: Any, changes: dict[str, Any]) -> None:
    make_experiment(running=True)
    make_experiment(CONTROL, BOLD, name="second")
    row = model.objects.order_by("-pk").first()

    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.filter(pk=row.pk).update(**changes)
