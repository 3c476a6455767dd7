"""What a variant may change, held against the pipeline that workers have."""

from dataclasses import fields
from typing import Any

import pytest

from apps.recommendations.experimenting.variant_settings import (
    SETTINGS,
    Number,
    read_settings,
)
from services.recommendations.list_settings import ListSettings
from services.recommender.pipeline.settings import PipelineSettings
from services.recommender.recency import RecencySettings

# Lists of numbers, which no experiment has needed so far.
LEFT_OUT = {"evidence", "exploration_places"}
ALL = {each.name for of in (PipelineSettings, RecencySettings) for each in fields(of)}


def test_every_setting_is_there_that_is_a_number() -> None:
    assert SETTINGS.keys() == ALL - LEFT_OUT


@pytest.mark.parametrize(("name", "number"), SETTINGS.items(), ids=SETTINGS)
def test_the_pipeline_takes_both_ends_of_what_is_allowed(name: str, number: Number) -> None:
    for value in (number.lowest, number.highest):
        given = {name: int(value) if number.is_whole else float(value)}
        assert getattr(_read(read_settings(given)), name) == value


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"taste": 1.5}, "taste must be from 0 to 1"),
        ({"taste": True}, "taste must be a number"),
        ({"taste": "0.5"}, "taste must be a number"),
        ({"taste": None}, "taste must be a number"),
        ({"diversity": float("nan")}, "diversity must be from -100 to 100"),
        ({"depth": 10**400}, "depth must be from 0 to 200"),
        ({"limit": 20.5}, "limit must be a whole number"),
        ({"limit": 201}, "limit must be from 1 to 200"),
        ({"colour": 3}, "there is no setting 'colour'"),
    ],
    ids=str,
)
def test_what_the_pipeline_could_not_use_is_refused(values: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        read_settings(values)


def test_a_half_life_of_none_lets_nothing_fade_and_whole_numbers_are_such() -> None:
    assert read_settings({"half_life": None, "limit": 20.0}) == {"half_life": None, "limit": 20}
    assert isinstance(read_settings({"limit": 20.0})["limit"], int)


def _read(values: dict[str, Any]) -> PipelineSettings | RecencySettings:
    settings = ListSettings.of(values, this_year=2026)
    return settings.recency if hasattr(settings.recency, next(iter(values))) else settings.pipeline
