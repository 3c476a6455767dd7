"""How good a model is, as the admin shows it."""

from typing import Any

import pytest
from django.test import Client

from apps.recommendations.models import ModelMeasurement, ModelVersion
from apps.recommendations.quality import quality_of
from tests.apps.admin_pages import action_url, client_of, messages_of, url
from tests.factories import make_generation, make_user

pytestmark = pytest.mark.django_db

METRICS: dict[str, Any] = {
    "sample": {
        "viewers": 9_000,
        "of_viewers": 70_000,
        "simulated_viewers": 12,
        "events": 990_000,
        "films": 5_000,
        "of_films": 8_000,
    },
    "baseline": "popularity",
    "results": [
        {
            "protocol": "time",
            "model": "blend",
            "viewers": 1_500,
            "figures": {
                "recall@20": {"mean": 0.25, "se": 0.0125},
                "coverage@20": {"mean": 0.5, "se": None},
            },
            "differences": {"recall@20": {"mean": 0.125, "se": 0.01}},
        },
        {"protocol": "strong-graded", "model": "blend", "left_out": "too few <users>"},
    ],
}


@pytest.fixture
def operator() -> Client:
    return client_of(make_user(is_staff=True, is_superuser=True))


def page_of(operator: Client, version: ModelVersion) -> str:
    page = operator.get(url(ModelVersion, "change", version.pk))
    text: str = page.content.decode()
    return text


def test_a_models_page_has_its_figures_in_a_table(operator: Client) -> None:
    text = page_of(operator, ModelVersion.objects.create(state="ready", metrics=METRICS))

    assert (
        "Measured on 990,000 ratings and favourites by 9,000 of 70,000 viewers "
        "(12 of them simulated), of 5,000 of 8,000 films." in text
    )
    assert "<td>blend</td><td>1,500</td><td>0.2500 ± 0.0125</td><td>-</td>" in text
    assert "<td>blend less popularity</td><td>1,500</td><td>+0.1250 ± 0.0100</td>" in text
    assert "<td>0.5000</td>" in text
    assert "<td>blend: too few &lt;users&gt;</td>" in text


@pytest.mark.parametrize(
    ("metrics", "told"),
    [
        ({}, "Not measured."),
        ({"ndcg": 0.5}, "Not measured."),
        ({"skipped": "too few <viewers>"}, "Not measured: too few &lt;viewers&gt;."),
    ],
)
def test_a_models_page_says_why_there_are_no_figures(
    operator: Client, metrics: dict[str, Any], told: str
) -> None:
    text = page_of(operator, ModelVersion.objects.create(state="ready", metrics=metrics))

    assert f'<div class="readonly">{told}</div>' in text


def test_what_is_under_way_is_not_asked_for_twice(operator: Client) -> None:
    version = make_generation(active=True).model_version
    ModelVersion.objects.update(state="ready")
    operator.post(action_url(ModelVersion, "measure", version.pk), follow=True)
    measurement = ModelMeasurement.objects.get(model_version=version)

    response = operator.post(action_url(ModelVersion, "measure", version.pk), follow=True)

    assert messages_of(response) == [
        f"Nothing was done: the measurement of model {version.pk} is requested already."
    ]
    assert ModelMeasurement.objects.get() == measurement


def test_a_measurement_says_how_far_it_is(operator: Client) -> None:
    first, second = (ModelVersion.objects.create(state="ready") for _ in range(2))
    ModelMeasurement.objects.create(
        model_version=first, sample={"viewers": 5}, results=[{}, {}], viewer_ids=[4711]
    )
    ModelMeasurement.objects.create(model_version=second, state="done")
    address = f"{url(ModelMeasurement, 'changelist')}?model_version={first.pk}"
    assert address in page_of(operator, first)

    text = operator.get(address).content.decode()

    assert "42 %" in text
    assert "100 %" not in text


def test_every_row_has_a_cell_for_each_heading() -> None:
    assert {len(row) for row in quality_of(METRICS).rows} == {8}
