"""The active configuration in the place of a candidate that no worker survives or ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django import Settings

from apps.recommendations import actions
from apps.recommendations.gate import told_of
from apps.recommendations.models import Alert, Generation, ModelChunk, ModelShard, ModelVersion
from services import leasing
from services.recommendations import building, solving, sweeping

from .conftest import FakeClock, advance_training, train
from .gated_platform import Phase, State, add_viewers_side_by_side, publish_next, until_gate
from .test_killed_summing import ROOT, database_url

pytestmark = pytest.mark.django_db(transaction=True)

DEADLY = "No worker survived any of 5 attempts"
SHIPPED = {"exploration_rate": 0.0}
# The blend as shipped for as many viewers, but for the length of its lists: it passes.
HONEST = {**SHIPPED, "limit": 150}


@pytest.fixture
def before(settings: Settings, clock: FakeClock) -> ModelVersion:
    """Whose lists are read while the next training asks for other settings."""
    settings.RECOMMENDER_PIPELINE = SHIPPED
    add_viewers_side_by_side()
    version, _ = publish_next(clock)
    settings.RECOMMENDER_PIPELINE = HONEST
    return version


def die_in_the_next_slice(version: ModelVersion, cache: Path, clock: FakeClock) -> None:
    """In a worker process of its own; whoever comes later finds the lease ended."""
    words = [str(version.pk), str(cache), clock().isoformat()]
    killed = subprocess.run(
        [sys.executable, "-m", f"{__package__}.dying_process", *words],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url()},
        timeout=60,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert not advance_training(version, clock)
    clock.advance(seconds=leasing.LEASE.total_seconds())


def until(phase: Phase, clock: FakeClock) -> ModelVersion:
    version = actions.request_training()
    while version.phase != phase:
        assert advance_training(version, clock)
        version.refresh_from_db()
    return version


def spend_all_but_one_attempt(version: ModelVersion) -> None:
    ModelVersion.objects.filter(pk=version.pk).update(attempts=leasing.MAX_ATTEMPTS - 1)


def publish(version: ModelVersion, clock: FakeClock) -> Generation:
    asked = Generation.objects.get(model_version=version)
    *_, built = building.run_generation(generation_id=asked.pk, clock=clock, sleep=lambda _: None)
    return built


def assert_replaced(version: ModelVersion, before: ModelVersion, clock: FakeClock) -> None:
    """It learned from all there is with the settings of before, and operators know why."""
    assert (version.state, version.error, version.attempts) == (State.READY, "", 0)
    assert (version.gate["outcome"], version.gate["trained"]) == ("unfit", "active")
    assert version.configuration == before.configuration != version.gate["candidate"]
    assert version.settings == before.settings
    assert not version.shards.exclude(state=ModelShard.State.DONE).exists()
    alert = Alert.objects.get()
    assert (alert.kind, alert.subject) == ("gate", f"The gate refused the settings of {version}")
    assert told_of(version.gate).sentence in alert.text
    generation = publish(version, clock)
    assert generation.state == Generation.State.ACTIVE
    assert generation.pipeline["limit"] == 200
    assert generation.list_count > 0


def test_a_candidate_that_kills_each_worker_in_the_gate_is_refused(
    before: ModelVersion, cache: Path, clock: FakeClock
) -> None:
    version = until_gate(clock)
    for _ in range(2):
        assert advance_training(version, clock)
    for attempt in range(leasing.MAX_ATTEMPTS):
        die_in_the_next_slice(version, cache, clock)
        version.refresh_from_db()
        assert (version.phase, version.attempts) == (Phase.GATE, attempt + 1)

    assert not advance_training(version, clock)
    assert sweeping.waiting_trainings(at=clock()) == [version.pk]
    train(version, clock)

    assert told_of(version.gate).sentence == (
        f"The candidate could not be fitted ({DEADLY}). "
        "The model is trained with the active configuration instead."
    )
    assert not ModelChunk.objects.filter(array__startswith="gate.").exists()
    assert_replaced(version, before, clock)


def test_a_candidate_that_kills_its_workers_after_the_gate_is_replaced(
    before: ModelVersion, cache: Path, clock: FakeClock
) -> None:
    version = until(Phase.WEIGHTS, clock)
    assert version.gate["outcome"] == "passed"
    for shard_id in solving.waiting_shards(version.pk, at=clock()):
        solving.solve_shard(shard_id=shard_id, clock=clock)
    spend_all_but_one_attempt(version)
    die_in_the_next_slice(version, cache, clock)

    assert not advance_training(version, clock)
    version.refresh_from_db()
    assert (version.phase, version.shard_count) == (Phase.GRAM, 0)
    train(version, clock)

    assert version.gate["unfit"] == f"after the gate, in the phase factors: {DEADLY}"
    assert version.epochs_done == version.epoch_count == before.epoch_count
    assert_replaced(version, before, clock)


def test_a_candidate_whose_weights_no_worker_solves_is_replaced(
    before: ModelVersion, clock: FakeClock
) -> None:
    version = until(Phase.WEIGHTS, clock)
    version.shards.update(attempts=leasing.MAX_ATTEMPTS)
    for shard_id in solving.waiting_shards(version.pk, at=clock()):
        solving.solve_shard(shard_id=shard_id, clock=clock)

    train(version, clock)

    assert version.gate["unfit"] == f"after the gate, in the phase weights: shard 0: {DEADLY}"
    assert_replaced(version, before, clock)


def test_an_error_that_stays_refuses_the_candidate_after_its_attempts(
    before: ModelVersion, clock: FakeClock
) -> None:
    """One that only its last slice meets: the first factors are damaged in the database."""
    version = until(Phase.ASSEMBLE, clock)
    damaged = ModelChunk.objects.filter(model_version=version, array="ials.factors")
    damaged.update(data=b"damaged")
    spend_all_but_one_attempt(version)

    assert not advance_training(version, clock)
    train(version, clock)

    assert "phase assemble: DamagedModelError: " in version.gate["unfit"]
    assert_replaced(version, before, clock)


def test_what_the_active_configuration_dies_of_fails_the_training(
    before: ModelVersion, cache: Path, clock: FakeClock
) -> None:
    """There is nothing to take its place: once more it would die of the same."""
    version = until_gate(clock)
    assert advance_training(version, clock)
    spend_all_but_one_attempt(version)
    die_in_the_next_slice(version, cache, clock)

    assert not advance_training(version, clock)
    version.refresh_from_db()

    assert (version.state, version.error) == (State.FAILED, f"{DEADLY}.")
    assert not Alert.objects.exists()
    assert not Generation.objects.filter(model_version=version).exists()


def test_a_gate_that_an_older_release_decided_has_no_replacement(
    before: ModelVersion, clock: FakeClock
) -> None:
    version = until(Phase.WEIGHTS, clock)
    del version.gate["worse_than_popularity"]
    version.save()
    version.shards.update(attempts=leasing.MAX_ATTEMPTS)
    for shard_id in solving.waiting_shards(version.pk, at=clock()):
        solving.solve_shard(shard_id=shard_id, clock=clock)

    assert not advance_training(version, clock)
    version.refresh_from_db()

    assert (version.state, version.error) == (State.FAILED, f"shard 0: {DEADLY}.")
    assert version.gate["outcome"] == "passed"
    assert not Alert.objects.exists()


def test_a_training_whose_candidate_cannot_be_replaced_ends(
    before: ModelVersion, clock: FakeClock
) -> None:
    """What the active configuration did in the gate is damaged, which the verdict needs, too."""
    version = until_gate(clock)
    for _ in range(2):
        assert advance_training(version, clock)
    ModelChunk.objects.filter(model_version=version, array="gate.active").update(data=b"damaged")
    spend_all_but_one_attempt(version)

    assert not advance_training(version, clock)
    version.refresh_from_db()

    assert version.state == State.FAILED
    assert version.error.startswith("DamagedModelError: ")
    assert "outcome" not in version.gate
    assert not Alert.objects.exists()
