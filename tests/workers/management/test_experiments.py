"""`manage.py experiments`."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.recommendations.models import Experiment
from tests.apps.experimenting.experiments import make_experiment
from tests.factories import make_generation

pytestmark = pytest.mark.django_db


def run(*arguments: str, **options: Any) -> list[str]:
    out = StringIO()
    call_command("experiments", *arguments, stdout=out, **options)
    return out.getvalue().splitlines()


def test_experiments_are_shown_started_looked_at_and_stopped() -> None:
    make_experiment(name="bolder")
    make_experiment(name="second")
    active = make_generation(active=True)

    assert [line.split() for line in run()] == [
        ["name", "state", "metric", "days", "started", "stopped"],
        ["second", "draft", "clicks", "28", "-", "-"],
        ["bolder", "draft", "clicks", "28", "-", "-"],
    ]
    assert len(run("--limit", "1")) == 2
    shown = [
        "variant control: 50 % of all viewers, the usual settings",
        "variant bold: 48 % of all viewers, popularity_debias = 0.8",
        "variant holdback: 2 % of all viewers, popular films alone",
    ]
    assert run("bolder") == ["bolder: draft", *shown, "Nobody has looked yet."]
    unbegun = "There is nothing new to look at: it has not been started."
    assert run("bolder", "--look")[0] == unbegun
    assert run("bolder", "--start")[:2] == [
        f"Generation {active.pk + 1} is asked for: once it is published, its lists follow.",
        "bolder: running",
    ]
    looked = run("bolder", "--look")
    assert looked[4].startswith("As of 20")
    assert looked[5:] == [
        "variant control is the control; 0 viewers",
        "variant bold has shown too little to tell; 0 viewers",
        "variant holdback has shown too little to tell; 0 viewers",
    ]
    assert run("bolder", "--stop", "enough")[1] == "bolder: stopped (enough)"
    run("bolder", "--look")
    ended = "There is nothing new to look at: the last look was taken at its end."
    assert run("bolder", "--look")[0] == ended


def test_without_lists_a_start_says_when_they_follow() -> None:
    make_experiment(name="bolder")

    assert run("bolder", "--start")[0] == "Lists follow with the next training."


def test_what_cannot_be_done_is_said_and_changes_nothing() -> None:
    make_experiment(name="bolder", running=True)
    before = list(Experiment.objects.values())

    with pytest.raises(CommandError, match="Nothing was done: experiment bolder has been started"):
        run("bolder", "--start")
    with pytest.raises(CommandError, match="There is no experiment other"):
        run("other", "--look")
    for reason in ("", "  "):
        with pytest.raises(CommandError, match="Say why") as refused:
            run("bolder", "--stop", reason)
        assert refused.value.returncode == 2
    with pytest.raises(CommandError, match="Name the experiment"):
        run("--look")
    assert list(Experiment.objects.values()) == before
