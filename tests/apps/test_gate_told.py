"""What a gate decided, as operators read it."""

from typing import Any

import pytest

from apps.recommendations.gate import told_of
from apps.recommendations.models import ModelVersion
from tests.apps.admin_pages import client_of, url
from tests.factories import make_user

INSTEAD = "The model is trained with the active configuration instead."
KEPT_BACK = "Popularity ranks better for certain, so no lists follow by themselves."
REFUSED: dict[str, Any] = {
    "sample": {"viewers": 9_000, "films": 5_000, "events": 990_000},
    "held_out_by": "time",
    "since": "2026-11-22T15:30:00+00:00",
    "viewers": 1_500,
    "metric": "ndcg@20",
    "margin": 0.02,
    "is_changed": True,
    "is_kept_back": False,
    "outcome": "lost to the active configuration",
    "trained": "active",
    "means": {"popularity": 0.1, "active": 0.2, "candidate": 0.15},
    "differences": {
        "popularity": {"mean": 0.05, "low": 0.04, "high": 0.06},
        "active": {"mean": -0.05, "low": -0.0625, "high": -0.0375},
    },
    "active": {"model": {"ials": {"factors": 128, "seed": 0}}, "pipeline": {"limit": 200}},
    "candidate": {"model": {"ials": {"factors": 2, "seed": 0}}, "pipeline": {"limit": 200}},
}


def test_a_refusal_is_told_in_numbers() -> None:
    told = told_of(REFUSED)

    assert told.sentence == f"Refused: the candidate lost to the active configuration. {INSTEAD}"
    assert told.rows == [
        (
            "Compared on",
            "1,500 viewers of 9,000, who gave 990,000 ratings and favourites to 5,000 films",
        ),
        ("Held out", "the later half of what each did from 2026-11-22T15:30:00+00:00 on"),
        ("The most popular films", "ndcg@20 0.1000"),
        ("The active configuration", "ndcg@20 0.2000"),
        ("The candidate", "ndcg@20 0.1500"),
        (
            "The candidate less the most popular films",
            "+0.0500, with 95 % confidence from +0.0400 to +0.0600",
        ),
        (
            "The candidate less the active configuration",
            "-0.0500, with 95 % confidence from -0.0625 to -0.0375",
        ),
        ("Allowed", "at most 0.0040 less (2.0% of the active one)"),
        ("Changed", "model.ials.factors 128 -> 2"),
    ]


@pytest.mark.parametrize(
    ("gate", "sentence"),
    [
        ({}, "Not decided."),
        ({"sample": {}}, "Not decided."),
        ({"skipped": "there are too few"}, "Not compared: there are too few."),
        (
            {**REFUSED, "outcome": "passed", "trained": "candidate", "is_changed": False},
            "The configuration passed. The model is trained with it.",
        ),
        (
            {**REFUSED, "outcome": "passed", "trained": "candidate"},
            "The candidate passed. The model is trained with it.",
        ),
        (
            {**REFUSED, "outcome": "unfit", "unfit": "ValueError: no"},
            f"The candidate could not be fitted (ValueError: no). {INSTEAD}",
        ),
        (
            {**REFUSED, "outcome": "lost to popularity", "is_kept_back": True},
            f"Refused: the candidate lost to popularity. {KEPT_BACK}",
        ),
    ],
)
def test_each_verdict_has_its_sentence(gate: dict[str, Any], sentence: str) -> None:
    assert told_of(gate).sentence == sentence


@pytest.mark.django_db
def test_a_models_page_has_the_verdict_in_a_table() -> None:
    operator = client_of(make_user(is_staff=True, is_superuser=True))
    gate = {**REFUSED, "outcome": "unfit", "unfit": "ValueError: <no>"}
    version = ModelVersion.objects.create(state="ready", gate=gate)

    page = operator.get(url(ModelVersion, "change", version.pk)).content.decode()

    assert "<tr><th>Changed</th><td>model.ials.factors 128 -&gt; 2</td></tr>" in page
    assert "could not be fitted (ValueError: &lt;no&gt;)" in page
