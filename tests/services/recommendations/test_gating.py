"""The gate of a training: what it compares, what it makes of it, and what survives a worker."""

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker, Settings

from apps.favorites.models import Rating
from apps.recommendations import actions
from apps.recommendations.gate import told_of
from apps.recommendations.models import Alert, Generation, ModelChunk, ModelVersion
from services.recommendations import building, gating, model_store
from services.recommendations.configuration import Configuration
from services.recommender.ials import GRADED
from tests.made_once import made_once

from .conftest import FakeClock, advance_training, at_call, blend_of, train
from .gated_platform import (
    SHIPPED,
    VIEWERS,
    Phase,
    State,
    add_viewers_side_by_side,
    publish_next,
    until_gate,
)

pytestmark = pytest.mark.django_db

EMPTY_LISTS = {"limit": 0}


@pytest.fixture(scope="module")
def viewers_of_module(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with made_once(django_db_blocker, add_viewers_side_by_side):
        yield


@pytest.fixture(autouse=True)
def viewers(viewers_of_module: None, db: None, settings: Settings) -> None:
    settings.RECOMMENDER_PIPELINE = SHIPPED


def test_the_first_model_has_to_be_no_worse_than_popularity(clock: FakeClock) -> None:
    version, _ = publish_next(clock)

    gate = version.gate
    assert (gate["outcome"], gate["trained"], gate["is_changed"]) == ("passed", "candidate", False)
    assert (gate["active"], gate["active_generation"]) == (None, None)
    assert gate["means"]["candidate"] > 2 * gate["means"]["popularity"]
    difference = gate["differences"]["popularity"]
    assert 0 < difference["low"] < difference["mean"] < difference["high"]
    assert difference["mean"] == pytest.approx(
        gate["means"]["candidate"] - gate["means"]["popularity"]
    )
    assert (gate["metric"], gate["held_out_by"]) == ("ndcg@20", "time")
    assert gate["sample"] == {"viewers": VIEWERS, "films": 64, "events": Rating.objects.count()}
    assert gate["since"] == "2026-11-22T15:30:00+00:00"
    assert Configuration.from_json(version.configuration) == Configuration.from_environment()
    assert not Alert.objects.exists()
    assert not [name for name in version.arrays if name.startswith("gate.")]
    assert not ModelChunk.objects.filter(array__startswith="gate.").exists()


def test_a_model_keeps_its_settings_whatever_the_environment_says_later(
    settings: Settings, clock: FakeClock
) -> None:
    version = actions.request_training(with_gate=False)
    settings.RECOMMENDER_MODEL = {"ials": {"factors": 8, "epochs": 3}}
    advance_training(version, clock)
    settings.RECOMMENDER_MODEL = {}
    settings.RECOMMENDER_PIPELINE = {"limit": 7}

    train(version, clock)

    assert version.gate == {"skipped": "it was asked for without the gate"}
    assert (version.epoch_count, version.epochs_done) == (3, 3)
    ials = next(
        part for part in blend_of(model_store.open_model(version)).parts if part.name == "ials"
    )
    assert ials.model.to_arrays()["factors"].shape == (64, 8)
    generation = Generation.objects.get(model_version=version)
    building.advance_generation(generation_id=generation.pk, clock=clock)
    generation.refresh_from_db()
    assert generation.pipeline["limit"] == 200


def test_a_version_of_an_older_release_has_the_settings_as_shipped(settings: Settings) -> None:
    settings.RECOMMENDER_PIPELINE = {"limit": 9}

    configuration = Configuration.of_version(ModelVersion())

    assert configuration.model.ials == GRADED
    assert configuration.lists.pipeline.limit == 9


def test_where_popularity_is_better_nothing_is_published(
    settings: Settings, clock: FakeClock
) -> None:
    settings.RECOMMENDER_PIPELINE = EMPTY_LISTS

    version = train(actions.request_training(), clock)

    assert (version.gate["outcome"], version.gate["trained"]) == (
        "lost to popularity",
        "candidate",
    )
    assert version.gate["is_kept_back"]
    assert (version.state, version.publish) == (State.READY, False)
    assert not Generation.objects.exists()
    assert "no lists follow by themselves" in Alert.objects.get().text


def test_without_times_films_are_held_out_at_random(clock: FakeClock) -> None:
    Rating.objects.filter(pk__in=Rating.objects.values("pk")[:900]).update(rated_at=None)

    version, _ = publish_next(clock)

    assert (version.gate["held_out_by"], version.gate["since"]) == ("random", None)
    assert version.gate["outcome"] == "passed"
    assert "at random" in dict(told_of(version.gate).rows)["Held out"]


def test_what_is_not_published_is_not_compared(clock: FakeClock) -> None:
    version = train(actions.request_training(publish=False), clock)

    assert told_of(version.gate).sentence == (
        "Not compared: no lists follow the model by themselves."
    )
    assert "gate" not in version.seconds


def test_too_few_ratings_are_not_compared(settings: Settings, clock: FakeClock) -> None:
    settings.RECOMMENDER_MIN_USERS = VIEWERS + 1

    version = train(actions.request_training(), clock)

    assert version.kind == "content_profile"
    assert version.gate == {"skipped": gating.NO_MODEL_OF_RATINGS}
    assert Configuration.from_json(version.configuration) == Configuration.from_environment()


def test_without_films_to_find_nothing_is_compared(clock: FakeClock) -> None:
    Rating.objects.update(score=5)

    version = train(actions.request_training(), clock)

    assert version.gate == {"skipped": "0 viewers with films to find are too few"}
    assert version.state == State.READY


@pytest.mark.parametrize("when", [2, 3])
def test_a_worker_that_lost_its_lease_decides_nothing(
    clock: FakeClock, when: int, settings: Settings
) -> None:
    settings.RECOMMENDER_PIPELINE = EMPTY_LISTS
    version = until_gate(clock)
    assert advance_training(version, clock)

    def steal() -> None:
        ModelVersion.objects.filter(pk=version.pk).update(attempts=2)

    assert not advance_training(version, at_call(when, clock, steal))

    version.refresh_from_db()
    assert (version.phase, version.attempts) == (Phase.GATE, 2)
    assert "outcome" not in version.gate
    assert not Alert.objects.exists()


def test_control_c_gives_the_slice_back(clock: FakeClock) -> None:
    version = until_gate(clock)
    assert advance_training(version, clock)

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        advance_training(version, at_call(2, clock, interrupt))
    version.refresh_from_db()

    assert (version.phase, version.attempts, version.leased_until) == (Phase.GATE, 0, None)
    assert train(version, clock).gate["outcome"] == "passed"
