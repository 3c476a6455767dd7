"""Prometheus' alert rules name what `/metrics` tells, and the objective that the settings have."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from apps.core import metrics
from apps.recommendations.freshness import OBJECTIVE_SHARE
from movie_backend.settings import base
from services.recommendations.freshness import MAX_WAIT, MIN_BUILDS, WINDOW
from workers.metrics import FRESHNESS_BUCKETS

ROOT = Path(__file__).resolve().parents[2]
NAME = re.compile(r"\bnexus_\w+")
KINDS = re.compile(r"_(bucket|count|sum)$")


def rules() -> dict[str, dict[str, Any]]:
    document = yaml.safe_load((ROOT / "docs" / "alerts.yml").read_text())
    return {rule["alert"]: rule for group in document["groups"] for rule in group["rules"]}


@pytest.mark.django_db
def test_every_metric_of_a_rule_is_told() -> None:
    told = set(re.findall(r"^# TYPE (\w+) ", metrics.exposition().decode(), re.MULTILINE))
    named = {name for rule in rules().values() for name in NAME.findall(rule["expr"])}

    assert named
    assert {KINDS.sub("", name) for name in named} <= told


def test_the_objective_is_that_of_the_settings() -> None:
    late = rules()["NexusListsTooLate"]["expr"]

    assert f'le="{base.FRESHNESS_OBJECTIVE_SECONDS}"' in late
    assert base.FRESHNESS_OBJECTIVE_SECONDS in FRESHNESS_BUCKETS
    assert f"< {OBJECTIVE_SHARE}" in late
    assert f">= {MIN_BUILDS}" in late
    assert f"[{WINDOW.total_seconds() / 60:.0f}m]" in late
    assert f"> {MAX_WAIT.total_seconds():.0f}" in rules()["NexusViewersWait"]["expr"]


def test_every_rule_names_a_section_of_the_runbook() -> None:
    headings = set(
        re.findall(r"^#{2,3} (.+)$", (ROOT / "docs/RUNBOOK.md").read_text(), re.MULTILINE)
    )

    for rule in rules().values():
        runbook = rule["annotations"]["runbook"].removeprefix("docs/RUNBOOK.md, ")
        assert any(heading.startswith(runbook) for heading in headings), runbook
