"""The gate of a training while lists of the model before it are read."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.test import override_settings
from pytest_django import DjangoDbBlocker, Settings

from apps.favorites.models import Rating
from apps.recommendations import actions
from apps.recommendations.gate import told_of
from apps.recommendations.models import Alert, Generation, ModelVersion
from services import leasing
from services.recommendations import model_store, sweeping, training
from tests.made_once import made_once

from .conftest import FakeClock, advance_training, blend_of, train
from .gated_platform import (
    POPULAR_LISTS,
    SHIPPED,
    Phase,
    State,
    add_viewers_side_by_side,
    publish_next,
    until_gate,
)

pytestmark = pytest.mark.django_db

# A part that knows next to nothing, in the place of all others.
POOR_MODEL = {"local_ridge": {"neighbours": 1, "ridge": 1e9}, "weights": {"local_ridge": 1}}

Published = tuple[ModelVersion, Generation]


@pytest.fixture(scope="module")
def published_of_module(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Published]:
    def make() -> Published:
        add_viewers_side_by_side()
        folder = tmp_path_factory.mktemp("models")
        with override_settings(RECOMMENDER_PIPELINE=SHIPPED, RECOMMENDER_CACHE_DIR=folder):
            return publish_next(FakeClock())

    with made_once(django_db_blocker, make) as published:
        yield published


@pytest.fixture(autouse=True)
def published(published_of_module: Published, db: None, settings: Settings) -> Published:
    """Read while others are trained; what a test changes of it, no other test sees."""
    settings.RECOMMENDER_PIPELINE = SHIPPED
    return deepcopy(published_of_module)


def test_the_same_settings_again_are_fitted_once(published: Published, clock: FakeClock) -> None:
    _, generation = published

    version, _ = publish_next(clock)

    assert version.gate["active_generation"] == generation.pk
    assert version.gate["active"] == version.gate["candidate"]
    assert set(version.gate["means"]) == {"popularity", "candidate"}
    assert version.gate["outcome"] == "passed"


@pytest.mark.parametrize(
    ("name", "value"), [("RECOMMENDER_PIPELINE", POPULAR_LISTS), ("RECOMMENDER_MODEL", POOR_MODEL)]
)
def test_in_the_place_of_a_refused_candidate_the_active_settings_are_trained_anew(
    published: Published, settings: Settings, clock: FakeClock, name: str, value: dict[str, Any]
) -> None:
    before, _ = published
    setattr(settings, name, value)

    version, generation = publish_next(clock)

    gate = version.gate
    assert (gate["outcome"], gate["trained"]) == ("lost to the active configuration", "active")
    assert not gate["is_kept_back"]
    assert gate["differences"]["active"]["high"] < 0
    assert version.configuration == before.configuration == gate["active"] != gate["candidate"]
    assert version.settings == before.settings
    assert generation.pipeline["shrinkage"] == 4.0
    alert = Alert.objects.get()
    assert (alert.kind, alert.subject) == ("gate", f"The gate refused the settings of {version}")
    assert alert.text.startswith("Refused: the candidate lost to the active configuration.")
    assert "trained with the active configuration instead" in alert.text


def test_settings_that_are_no_worse_are_trained_and_make_the_lists(
    published: Published, settings: Settings, clock: FakeClock
) -> None:
    settings.RECOMMENDER_GATE_MARGIN = 0.2
    settings.RECOMMENDER_PIPELINE = {"exploration_rate": 0.0, "limit": 50}
    settings.RECOMMENDER_MODEL = {
        "weights": {"local_ridge": 1, "ials": 0},
        "local_ridge": {"neighbours": 40},
    }

    version, generation = publish_next(clock)

    assert version.gate["outcome"] == "passed"
    assert [part.name for part in blend_of(model_store.open_model(version)).parts] == [
        "local_ridge"
    ]
    assert (version.epoch_count, version.epochs_done) == (0, 0)
    assert generation.pipeline["limit"] == 50
    changed = dict(told_of(version.gate).rows)["Changed"]
    assert changed == (
        "model.local_ridge.neighbours 200 -> 40; model.weights.ials as shipped -> 0.0; "
        "model.weights.local_ridge as shipped -> 1.0; pipeline.limit 200 -> 50"
    )


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_candidate_that_cannot_be_fitted_is_refused(
    published: Published, settings: Settings, clock: FakeClock
) -> None:
    settings.RECOMMENDER_MODEL = {"user_kernel": {"bandwidth": 1e-4}}

    version, _ = publish_next(clock)

    assert (version.gate["outcome"], version.gate["trained"]) == ("unfit", "active")
    assert told_of(version.gate).sentence.startswith("The candidate could not be fitted (")
    assert Alert.objects.count() == 1


def test_each_contender_is_a_slice_and_sees_the_same_events(
    published: Published, settings: Settings, clock: FakeClock
) -> None:
    settings.RECOMMENDER_PIPELINE = POPULAR_LISTS
    alone = train(actions.request_training(), clock)
    version = until_gate(clock)

    kept = []
    while version.phase == Phase.GATE:
        # Whatever is written meanwhile counts for the next training.
        Rating.objects.filter(pk__in=Rating.objects.order_by("pk").values("pk")[:50]).update(
            score=1
        )
        assert advance_training(version, clock)
        version.refresh_from_db()
        kept.append({name for name in version.arrays if name.startswith("gate.")})

    events = {f"gate.{name}" for name in ("user_ids", "item_ids", "scores", "times")}
    assert kept == [
        {*events, "gate.popularity"},
        {*events, "gate.popularity", "gate.active"},
        set(),
    ]
    # The sample is another one for each version, but all viewers are in it.
    assert version.gate["means"] != alone.gate["means"]
    assert version.gate["sample"] == alone.gate["sample"]


def test_a_dead_workers_slice_is_taken_over(
    published: Published, settings: Settings, clock: FakeClock
) -> None:
    settings.RECOMMENDER_PIPELINE = POPULAR_LISTS
    version = until_gate(clock)
    assert advance_training(version, clock)
    lease = leasing.claim(
        ModelVersion,
        version.pk,
        from_states=training.OPEN_STATES,
        to_state=State.TRAINING,
        at=clock(),
    )
    assert lease is not None
    assert not advance_training(version, clock)
    clock.advance(seconds=leasing.LEASE.total_seconds())
    assert version.pk in sweeping.waiting_trainings(at=clock())

    train(version, clock)

    assert version.gate["trained"] == "active"
    assert Alert.objects.count() == 1
