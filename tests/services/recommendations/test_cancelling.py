"""A run that an operator cancels while a worker saves a slice of it: one of the two wins."""

import pytest
from django.db import transaction

from apps.movies.models import Movie
from apps.recommendations import actions
from apps.recommendations.models import (
    Generation,
    GenerationShard,
    ModelVersion,
    RecommendationList,
)
from apps.users.models import User
from services import leasing
from services.recommendations import building, sweeping
from tests.apps.locks import wait_until_blocked
from tests.factories import make_list

from .conftest import (
    NOON,
    Background,
    FakeClock,
    advance_training,
    at_call,
    build_generation,
    make_ready_model,
)

State = ModelVersion.State


def claim(version: ModelVersion, clock: FakeClock) -> leasing.Lease[ModelVersion]:
    lease = leasing.claim(
        ModelVersion,
        version.pk,
        from_states=[State.REQUESTED, State.TRAINING],
        to_state=State.TRAINING,
        at=clock(),
    )
    assert lease is not None
    return lease


@pytest.mark.django_db(transaction=True)
def test_a_save_that_comes_first_is_kept_and_the_next_slice_is_not(
    clock: FakeClock, background: Background
) -> None:
    version = actions.request_training()
    lease = claim(version, clock)

    with transaction.atomic(), leasing.saving(lease, at=clock()) as held:
        cancelling = background(actions.cancel_training, model_version_id=version.pk, at=clock())
        wait_until_blocked()
        held.users_done = 7
    cancelling.result(timeout=10)

    version.refresh_from_db()
    assert (version.state, version.users_done) == (State.CANCELLED, 7)
    assert (version.finished_at, version.leased_until) == (NOON, None)
    assert not advance_training(version, clock)


@pytest.mark.django_db(transaction=True)
def test_a_run_that_ends_first_stays_as_it_ended(clock: FakeClock, background: Background) -> None:
    version = actions.request_training()
    lease = claim(version, clock)

    with transaction.atomic(), leasing.saving(lease, at=clock()) as held:
        cancelling = background(actions.cancel_training, model_version_id=version.pk, at=clock())
        wait_until_blocked()
        held.state = State.READY
    with pytest.raises(actions.NotOpenError):
        cancelling.result(timeout=10)

    version.refresh_from_db()
    assert (version.state, version.finished_at) == (State.READY, None)


@pytest.mark.django_db(transaction=True)
def test_a_cancellation_that_comes_first_lets_the_worker_save_nothing(
    clock: FakeClock, background: Background
) -> None:
    version = actions.request_training()
    lease = claim(version, clock)

    def save() -> None:
        with leasing.saving(lease, at=clock()) as held:
            held.users_done = 7

    with transaction.atomic():
        actions.cancel_training(model_version_id=version.pk, at=clock())
        saving = background(save)
        wait_until_blocked()
    with pytest.raises(leasing.LeaseLostError):
        saving.result(timeout=10)

    version.refresh_from_db()
    assert (version.state, version.users_done) == (State.CANCELLED, 0)


@pytest.mark.django_db
def test_a_training_cancelled_in_the_middle_of_a_slice_stays_cancelled(
    films: list[Movie], viewer: User, clock: FakeClock
) -> None:
    version = actions.request_training()

    def cancel() -> None:
        actions.cancel_training(model_version_id=version.pk, at=NOON)

    assert not advance_training(version, at_call(2, clock, cancel))

    version.refresh_from_db()
    assert (version.state, version.error) == (State.CANCELLED, "")
    assert not Generation.objects.exists()
    assert sweeping.waiting_trainings(at=clock()) == []


@pytest.mark.django_db
def test_a_generation_cancelled_while_a_shard_is_built_gets_no_list(
    films: list[Movie], viewer: User, clock: FakeClock
) -> None:
    active = build_generation(make_ready_model(films), clock)
    generation = actions.request_lists(model_version_id=active.model_version_id)
    (shard_id,) = building.advance_generation(generation_id=generation.pk, clock=clock)

    def cancel() -> None:
        actions.cancel_generation(generation_id=generation.pk, at=NOON)

    building.build_shard(shard_id=shard_id, clock=at_call(2, clock, cancel))

    generation.refresh_from_db()
    assert generation.state == Generation.State.CANCELLED
    shard = GenerationShard.objects.get(pk=shard_id)
    assert (shard.state, shard.error) == (GenerationShard.State.CANCELLED, "")
    assert (shard.finished_at, shard.leased_until) == (NOON, None)
    assert not RecommendationList.objects.filter(generation=generation).exists()
    assert sweeping.waiting_generations(at=clock()) == []
    assert building.advance_generation(generation_id=generation.pk, clock=clock) == []
    active.refresh_from_db()
    assert active.state == Generation.State.ACTIVE


@pytest.mark.django_db(transaction=True)
def test_a_shard_that_is_being_saved_is_waited_for_without_a_deadlock(
    films: list[Movie],
    published: Generation,
    viewer: User,
    clock: FakeClock,
    background: Background,
) -> None:
    """The worker holds the shard and needs the generation's key; the operator the reverse."""
    generation = actions.request_lists(model_version_id=published.model_version_id)
    (shard_id,) = building.advance_generation(generation_id=generation.pk, clock=clock)
    lease = leasing.claim(
        GenerationShard, shard_id, from_states=["waiting"], to_state="running", at=clock()
    )
    assert lease is not None

    with leasing.saving(lease, at=clock()) as held:
        cancelling = background(actions.cancel_generation, generation_id=generation.pk, at=clock())
        wait_until_blocked()
        make_list(user=viewer, generation=generation, movies=films[:1])
        held.state = GenerationShard.State.DONE
    cancelling.result(timeout=10)

    generation.refresh_from_db()
    assert generation.state == Generation.State.CANCELLED
    assert generation.shards.get().state == GenerationShard.State.DONE


@pytest.mark.django_db
@pytest.mark.parametrize("state", [State.READY, State.FAILED, State.CANCELLED])
def test_a_run_that_has_ended_is_not_cancelled(state: str) -> None:
    version = ModelVersion.objects.create(state=state)

    with pytest.raises(actions.NotOpenError):
        actions.cancel_training(model_version_id=version.pk, at=NOON)

    version.refresh_from_db()
    assert (version.state, version.finished_at) == (state, None)
