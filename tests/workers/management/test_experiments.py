"""`manage.py experiments`."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.recommendations.models import Experiment
from tests.apps.experimenting.experiments import make_experiment

pytestmark = pytest.mark.django_db


def run(*arguments: str, **options: Any) -> list[str]:
    out = StringIO()
    call_command("experiments", *arguments, stdout=out, **options)
    return out.getvalue().splitlines()


def test_experiments_are_shown_started_looked_at_and_stopped() -> None:
    make_experiment(name="bolder")
    make_experiment(name="second")

    assert run() == ["second: draft", "bolder: draft"]
    assert run("bolder") == ["bolder: draft", "Nobody has looked yet."]
    assert run("bolder", "--start")[0] == "bolder: running"
    assert run("bolder", "--look") == [
        "bolder: running",
        "variant control is the control; 0 viewers",
        "variant bold has shown too little to tell; 0 viewers",
        "variant holdback has shown too little to tell; 0 viewers",
    ]
    assert run("bolder", "--stop", "enough")[0] == "bolder: stopped (enough)"


def test_what_cannot_be_done_is_said_and_changes_nothing() -> None:
    make_experiment(name="bolder", running=True)
    before = list(Experiment.objects.values())

    with pytest.raises(CommandError, match="Nothing was done: experiment bolder has been started"):
        run("bolder", "--start")
    with pytest.raises(CommandError, match="There is no experiment other"):
        run("other", "--look")
    with pytest.raises(CommandError, match="Name the experiment"):
        run("--look")
    assert list(Experiment.objects.values()) == before
