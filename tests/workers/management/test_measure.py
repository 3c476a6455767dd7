"""`manage.py measure`, as a shell meets it."""

import signal
import time
from collections.abc import Callable

import pytest
from django.utils import timezone
from pytest_django import Settings

from apps.recommendations.models import ModelMeasurement, ModelVersion
from services import leasing
from tests.services.recommendations.measured_platform import add_viewers, make_trained_version
from workers.management.commands.measure import Command

from .shell import Ended, Shell

# A command closes its connections when it ends.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def measure(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    return Shell(Command, "measure", capsys)


def test_the_newest_model_is_measured_and_its_figures_are_shown(
    measure: Callable[..., Ended],
) -> None:
    add_viewers(72)
    version = make_trained_version()

    ended = measure()

    assert ended.code == 0
    assert f"A measurement of model {version.pk} is requested." in ended.output
    assert f"Model {version.pk}: Measured on 1,296 ratings and favourites by 72" in ended.output
    lines = [line.split()[:4] for line in ended.output.splitlines()]
    assert ["protocol", "model", "viewers", "recall@20"] in lines
    assert ["time", "blend", "less", "popularity"] in lines
    version.refresh_from_db()
    assert len(version.metrics["results"]) == 6


def test_too_few_ratings_are_no_failure(measure: Callable[..., Ended]) -> None:
    add_viewers(3)
    version = make_trained_version()

    ended = measure(version.pk)

    assert ended.code == 0
    assert "Not measured: too few viewers have rated enough films." in ended.output


def test_it_can_be_left_to_the_workers_and_joined(measure: Callable[..., Ended]) -> None:
    add_viewers(3)
    version = make_trained_version()

    asked = measure(version.pk, "--no-wait")
    assert (asked.code, ModelMeasurement.objects.get().state) == (0, "requested")

    joined = measure(version.pk)
    assert joined.code == 0
    assert f"Model {version.pk} is being measured already: joined." in joined.output
    assert ModelMeasurement.objects.get().state == "done"


def test_a_model_that_is_not_ready_is_refused(measure: Callable[..., Ended]) -> None:
    assert (measure().code, measure(404).code) == (1, 1)
    version = ModelVersion.objects.create()

    ended = measure(version.pk)

    assert ended.code == 1
    assert f"Nothing was done: model {version.pk} is not ready." in ended.errors
    assert not ModelMeasurement.objects.exists()


def test_wrong_usage_has_a_code_of_its_own(measure: Callable[..., Ended]) -> None:
    assert measure("blend").code == 2
    assert measure("1", "--popularity").code == 2


def test_one_that_fails_is_an_error(
    measure: Callable[..., Ended], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = make_trained_version()
    monkeypatch.setattr(leasing, "MAX_ATTEMPTS", 1)
    settings.RECOMMENDER_MIN_USERS = "many"

    ended = measure(version.pk)

    assert ended.code == 1
    assert "The measurement ended as failed. UFuncTypeError" in ended.errors


def test_what_is_interrupted_is_left_to_the_workers(
    measure: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another worker has it, there is nothing to do but to wait."""
    version = make_trained_version()
    later = timezone.now() + leasing.LEASE
    ModelMeasurement.objects.create(
        model_version=version, state="measuring", attempts=1, leased_until=later
    )
    monkeypatch.setattr(time, "sleep", lambda _: signal.raise_signal(signal.SIGINT))

    ended = measure(version.pk)

    assert ended.code == 130
    assert "Interrupted: the workers go on with it." in ended.errors
    assert ModelMeasurement.objects.get().state == "measuring"


def test_the_help_names_the_exit_codes(measure: Callable[..., Ended]) -> None:
    ended = measure("--help")

    assert ended.code == 0
    assert "130 interrupted" in ended.output
