import json
from typing import Any

import pytest
from pytest_django import Settings

from apps.recommendations.models import LIST_LENGTH
from services.recommendations.list_settings import ListSettings
from services.recommender.pipeline.settings import PipelineSettings
from services.recommender.recency import RecencySettings
from services.recommender.weights import FOLD_IN, GradeCurve


def test_without_anything_in_the_environment_all_is_as_shipped() -> None:
    settings = ListSettings.from_environment(this_year=2026)

    assert settings == ListSettings(PipelineSettings(), RecencySettings(), 2026)
    assert settings.pipeline.limit == LIST_LENGTH


def test_the_environment_overrides_settings_by_name(settings: Settings) -> None:
    settings.RECOMMENDER_PIPELINE = {
        "diversity": 2,
        "limit": 50,
        "exploration_places": [4, 9],
        "evidence": [0, 0, 0.5, 1, 1.5],
        "half_life": 100,
    }

    chosen = ListSettings.from_environment()

    assert chosen.pipeline == PipelineSettings(
        diversity=2.0,
        limit=50,
        exploration_places=(4, 9),
        evidence=GradeCurve((0.0, 0.0, 0.5, 1.0, 1.5)),
    )
    assert chosen.recency == RecencySettings(half_life=100.0)


def test_what_a_generation_keeps_is_read_as_it_was() -> None:
    settings = ListSettings(
        PipelineSettings(exploration_places=(3, 7), freshness=0.5),
        RecencySettings(half_life=None),
        2026,
    )

    stored = json.loads(json.dumps(settings.to_json()))

    assert ListSettings.from_json(stored) == settings
    assert ListSettings.from_json({**stored, "of_a_later_release": 1}) == settings
    assert ListSettings.from_json({}) == ListSettings(PipelineSettings(), RecencySettings())
    assert tuple(stored["evidence"]) == FOLD_IN.stars


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"diversify": 1}, "there is no setting diversify"),
        ({"this_year": 2026}, "there is no setting this_year"),
        ({"diversity": "much"}, "diversity must be a number"),
        ({"diversity": True}, "diversity must be a number"),
        ({"diversity": None}, "diversity must be a number"),
        ({"diversity": float("nan")}, "diversity must be a number"),
        ({"limit": 20.5}, "limit must be a whole number"),
        ({"limit": LIST_LENGTH + 1}, f"limit must be at most {LIST_LENGTH}"),
        ({"depth": -1}, "must not be negative"),
        ({"exploration_places": 3}, "exploration_places must be a list"),
        ({"exploration_places": ["3"]}, "exploration_places must be a whole number"),
        ({"evidence": [1, 2]}, "evidence must be a list of 5 numbers"),
        ({"exploration_rate": 2}, "exploration_rate must be between 0 and 1"),
        ({"exploration_places": [-1]}, "exploration_places must not be negative"),
        ({"exploration_pool": -1}, "exploration_pool must not be negative"),
        ({"exploration_seed": 2**63}, "exploration_seed must be a whole number of at most 63"),
        ({"calibration_smoothing": 1.5}, "calibration_smoothing must be between 0 and 1"),
        ({"calibration_smoothing": -0.1}, "calibration_smoothing must be between 0 and 1"),
        ({"half_life": 0}, "half_life must be positive"),
        ({"floor": 3}, "floor must be a part of 1"),
    ],
)
def test_an_unknown_or_bad_setting_is_refused(values: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        ListSettings.of(values)
