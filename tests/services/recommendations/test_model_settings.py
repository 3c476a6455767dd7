import json
from typing import Any

import pytest
from pytest_django import Settings

from services.recommendations.model_settings import ModelSettings
from services.recommender import ials, local_ridge, user_kernel
from services.recommender.blend import PAIR, trio
from services.recommender.ials import IALSSettings
from services.recommender.local_ridge import LocalRidgeSettings
from services.recommender.weights import GradeCurve


def test_without_anything_in_the_environment_all_is_as_shipped() -> None:
    settings = ModelSettings.from_environment()

    assert settings.local_ridge == LocalRidgeSettings() == local_ridge.GRADED.solving
    assert (settings.ials, settings.user_kernel) == (ials.GRADED, user_kernel.GRADED)
    small, large = (
        settings.weights_for(users=400, with_kernel=with_kernel) for with_kernel in (True, False)
    )
    assert small == {name: member.weight for name, member in trio(400).members.items()}
    assert large == {name: member.weight for name, member in PAIR.members.items()}


def test_the_environment_overrides_settings_by_part(settings: Settings) -> None:
    settings.RECOMMENDER_MODEL = {
        "weights": {"ials": 0, "local_ridge": 2, "user_kernel": 0.5},
        "local_ridge": {"neighbours": 30, "weight_floor": 0},
        "ials": {"factors": 64, "target": [0, 0, 0.5, 1, 1]},
        "user_kernel": {"bandwidth": 1},
    }

    chosen = ModelSettings.from_environment()

    assert chosen.local_ridge == LocalRidgeSettings(neighbours=30, weight_floor=0.0)
    assert (chosen.ials.factors, chosen.ials.epochs) == (64, IALSSettings.epochs)
    assert chosen.ials.target == GradeCurve((0.0, 0.0, 0.5, 1.0, 1.0))
    assert chosen.user_kernel.bandwidth == 1.0
    assert chosen.weights_for(users=9, with_kernel=True) == {"local_ridge": 2.0, "user_kernel": 0.5}
    assert chosen.weights_for(users=9, with_kernel=False) == {"local_ridge": 2.0}


def test_what_a_version_keeps_is_read_as_it_was() -> None:
    settings = ModelSettings.of({"weights": {"local_ridge": 1}, "ials": {"seed": 3}})

    stored = json.loads(json.dumps(settings.to_json()))

    assert ModelSettings.from_json(stored) == settings
    later = {**stored, "of_a_later_release": {}, "ials": {**stored["ials"], "new": 1}}
    assert ModelSettings.from_json(later) == settings
    assert ModelSettings.from_json({}) == ModelSettings()


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"ridge": {}}, "there is no setting ridge"),
        ({"ials": 3}, "ials must be an object of settings"),
        ({"ials": {"factor": 3}}, "ials: there is no setting factor"),
        ({"ials": {"factors": 1.5}}, "ials: factors must be a whole number"),
        ({"ials": {"factors": 0}}, "ials: factors must be greater than 0"),
        ({"ials": {"target": [1]}}, "ials: target must be a list of 5 numbers"),
        ({"local_ridge": {"ridge": -1}}, "local_ridge: ridge must be greater than 0"),
        ({"local_ridge": {"ridge": None}}, "local_ridge: ridge must be a number"),
        ({"user_kernel": {"max_users": 9}}, "user_kernel: there is no setting max_users"),
        ({"weights": {"ease": 1}}, "there is no setting ease"),
        ({"weights": {"local_ridge": -1}}, "no part may weigh less than 0"),
        ({"weights": {"local_ridge": "x"}}, "local_ridge must be a number"),
        ({"weights": {"ials": 1}}, "local_ridge must weigh something"),
    ],
)
def test_what_cannot_be_used_is_refused(values: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        ModelSettings.of(values)
