"""Shards of one training, solved by several workers on one host or on many."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
from django.conf import settings as django_settings
from django.test import override_settings
from pytest_django import Settings

from apps.movies.models import Movie
from apps.recommendations import actions
from apps.recommendations.models import ModelChunk, ModelShard, ModelVersion
from services import leasing
from services.recommendations import gram_cache, model_store, solving, training
from services.recommendations.solving import Outcome
from tests.factories import make_rating, make_user

from .conftest import NOON, Background, FakeClock, advance_training, at_call, train
from .rated_films import rate_at_random

State = ModelVersion.State
Phase = ModelVersion.Phase
ShardState = ModelShard.State


@pytest.fixture
def rated(settings: Settings, monkeypatch: pytest.MonkeyPatch, db: None) -> list[Movie]:
    """Ranges of two viewers, two of them a slice, and four shards of films."""
    settings.RECOMMENDER_MIN_USERS = 8
    monkeypatch.setattr(solving, "ITEMS_PER_SHARD", 3)
    monkeypatch.setattr(gram_cache, "EVENTS_PER_RANGE", 13)
    monkeypatch.setattr(gram_cache, "RANGES_PER_SLICE", 2)
    monkeypatch.setattr(gram_cache, "MESSAGE_TIME", timedelta(0))
    return rate_at_random(users=10, films=12, each=6)


@contextmanager
def host(folder: Path) -> Iterator[None]:
    """What the block does is done on a host of its own, with a disk of its own."""
    with override_settings(RECOMMENDER_CACHE_DIR=folder):
        model_store.forget_opened()
        yield
    model_store.forget_opened()


def until_shards(clock: FakeClock) -> ModelVersion:
    """A training whose matrix is summed up here and whose shards all wait."""
    version = actions.request_training()
    while version.phase != Phase.WEIGHTS:
        assert training.advance_training(model_version_id=version.pk, clock=clock).again
        version.refresh_from_db()
    return version


def solve(shard: ModelShard, clock: FakeClock) -> Outcome:
    return solving.solve_shard(shard_id=shard.pk, clock=clock)


def arrays_of(version: ModelVersion) -> dict[str, tuple[str, ...]]:
    return {name: facts["sha256"] for name, facts in version.arrays.items()}


def test_the_last_shard_leads_to_the_factors(rated: list[Movie], clock: FakeClock) -> None:
    version = until_shards(clock)
    shards = list(version.shards.order_by("number"))

    outcomes = [solve(shard, clock) for shard in reversed(shards)]
    again = training.advance_training(model_version_id=version.pk, clock=clock)

    version.refresh_from_db()
    assert (version.state, version.phase) == (State.TRAINING, Phase.KERNEL)
    train(version, clock)
    assert [(shard.start, shard.stop) for shard in shards] == [(0, 3), (3, 6), (6, 9), (9, 12)]
    assert outcomes == [Outcome.NOTHING] * 3 + [Outcome.ALL_SOLVED]
    assert again == training.Following(again=True)
    assert (version.state, version.phase) == (State.READY, Phase.DONE)
    assert list(version.shards.values_list("state", "arrays").distinct()) == [("done", {})]


@pytest.mark.django_db(transaction=True)
def test_two_workers_side_by_side_solve_what_one_does(
    rated: list[Movie], clock: FakeClock, background: Background
) -> None:
    alone = train(actions.request_training(), clock)
    version = until_shards(clock)
    shards = list(version.shards.order_by("number"))
    together = Barrier(2)

    def work(own: list[ModelShard]) -> None:
        together.wait(timeout=10)
        for shard in own:
            solve(shard, clock)

    workers = [background(work, own=own) for own in (shards[:3], shards[1:])]
    for worker in workers:
        worker.result(timeout=10)

    assert arrays_of(train(version, clock)) == arrays_of(alone)


def test_a_host_without_the_matrix_sums_up_the_same(
    rated: list[Movie], clock: FakeClock, tmp_path: Path
) -> None:
    alone = train(actions.request_training(), clock)
    version = until_shards(clock)
    first, *others = version.shards.order_by("number")
    assert solve(first, clock) == Outcome.NOTHING

    with host(tmp_path / "another host"):
        assert gram_cache.find_gram(version) is None
        outcomes = [solve(others[0], clock) for _ in range(4)]
        train(version, clock)

    assert outcomes == [Outcome.THE_SAME_AGAIN] * 3 + [Outcome.NOTHING]
    assert ModelShard.objects.get(pk=others[0].pk).state == ShardState.DONE
    version.refresh_from_db()
    assert arrays_of(version) == arrays_of(alone)


def test_a_shard_that_waits_for_a_matrix_is_left_to_other_hosts(
    rated: list[Movie], clock: FakeClock, tmp_path: Path
) -> None:
    version = until_shards(clock)
    shard = version.shards.get(number=0)

    with host(tmp_path / "another host"):
        assert solve(shard, clock) == Outcome.THE_SAME_AGAIN
    shard.refresh_from_db()

    assert (shard.state, shard.attempts, shard.leased_until) == (ShardState.WAITING, 0, None)
    assert solve(shard, clock) == Outcome.NOTHING
    shard.refresh_from_db()
    assert shard.state == ShardState.DONE


@pytest.mark.django_db(transaction=True)
def test_workers_of_one_host_sum_up_one_after_another(
    rated: list[Movie], clock: FakeClock, tmp_path: Path, background: Background
) -> None:
    version = until_shards(clock)
    shards = list(version.shards.order_by("number"))

    with host(tmp_path / "another host"):
        workers = [background(solve, shard=shard, clock=clock) for shard in shards[:2]]
        outcomes = [worker.result(timeout=10) for worker in workers]
        checkpoints = list(Path(django_settings.RECOMMENDER_CACHE_DIR).glob("gram-*/sums-*"))

    assert outcomes == [Outcome.THE_SAME_AGAIN] * 2
    assert [path.name for path in checkpoints] == ["sums-4"]


def test_who_waits_too_long_for_its_host_holds_nothing_and_comes_again(
    rated: list[Movie], clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many workers the last ones would otherwise wait until their tasks are killed."""
    monkeypatch.setattr(gram_cache, "LOCK_POLL_SECONDS", 0.001)
    version = until_shards(clock)
    shard = version.shards.get(number=0)
    another = actions.request_training()
    assert advance_training(another, clock)

    with host(tmp_path / "another host"), gram_cache.one_on_this_host():
        outcome = solve(shard, clock)
        again = advance_training(another, clock)

    shard.refresh_from_db()
    another.refresh_from_db()
    assert outcome == Outcome.THE_SAME_AGAIN
    assert (shard.state, shard.attempts, shard.leased_until) == (ShardState.WAITING, 0, None)
    assert again
    assert (another.phase, another.attempts, another.leased_until) == (Phase.GRAM, 0, None)


def test_rows_that_came_during_the_run_are_not_learned_from(
    rated: list[Movie], clock: FakeClock, tmp_path: Path
) -> None:
    alone = train(actions.request_training(), clock)
    version = until_shards(clock)
    late = make_user()
    for film in rated[:5]:
        make_rating(user=late, movie=film)

    with host(tmp_path / "another host"):
        train(version, clock)

    assert arrays_of(version) == arrays_of(alone)


def test_of_two_workers_one_solves_the_shard(rated: list[Movie], clock: FakeClock) -> None:
    shard = until_shards(clock).shards.get(number=0)
    held = leasing.claim(
        ModelShard, shard.pk, from_states=["waiting"], to_state="running", at=clock()
    )
    assert held is not None

    assert solve(shard, clock) == Outcome.NOTHING
    shard.refresh_from_db()
    assert (shard.state, shard.attempts) == (ShardState.RUNNING, 1)

    clock.advance(seconds=leasing.LEASE.total_seconds())
    solve(shard, clock)
    shard.refresh_from_db()
    assert (shard.state, shard.attempts) == (ShardState.DONE, 0)


def test_a_worker_that_lost_its_shard_saves_nothing(rated: list[Movie], clock: FakeClock) -> None:
    shard = until_shards(clock).shards.get(number=0)

    def steal() -> None:
        ModelShard.objects.filter(pk=shard.pk).update(attempts=2)

    solving.solve_shard(shard_id=shard.pk, clock=at_call(2, clock, steal))

    shard.refresh_from_db()
    assert (shard.state, shard.arrays, shard.attempts) == (ShardState.RUNNING, {}, 2)
    assert not ModelChunk.objects.filter(array__startswith="weights").exists()


def test_a_run_that_is_cancelled_while_shards_are_solved_ends(
    rated: list[Movie], clock: FakeClock
) -> None:
    version = until_shards(clock)
    first, second, *_ = version.shards.order_by("number")
    solve(first, clock)

    def cancel() -> None:
        actions.cancel_training(model_version_id=version.pk, at=NOON)

    outcome = solving.solve_shard(shard_id=second.pk, clock=at_call(2, clock, cancel))

    version.refresh_from_db()
    states = list(version.shards.order_by("number").values_list("state", flat=True))
    assert (version.state, states) == (State.CANCELLED, ["done", *["cancelled"] * 3])
    assert not ModelChunk.objects.filter(array=f"weights.{second.start}").exists()
    assert outcome == Outcome.ALL_SOLVED
    assert training.advance_training(model_version_id=version.pk, clock=clock) == (
        training.Following()
    )


def test_a_shard_that_always_fails_ends_the_run_with_its_error(
    rated: list[Movie], clock: FakeClock
) -> None:
    version = until_shards(clock)
    unusable = {"model": {"local_ridge": {"neighbours": -1}}, "pipeline": {}}
    ModelVersion.objects.update(configuration=unusable)

    for _ in range(leasing.MAX_ATTEMPTS):
        assert advance_training(version, clock)
        version.refresh_from_db()
        assert version.state == State.TRAINING
        clock.advance(minutes=5)
    assert not advance_training(version, clock)

    version.refresh_from_db()
    assert version.state == State.FAILED
    assert version.error.startswith("shard 0: ValueError")
    assert version.error.count("shard ") == 4
    assert version.finished_at == clock.now


def test_a_matrix_that_cannot_be_summed_up_ends_the_shard(
    rated: list[Movie], clock: FakeClock, tmp_path: Path
) -> None:
    version = until_shards(clock)
    shard = version.shards.get(number=0)
    ModelChunk.objects.filter(array="user_ranges").delete()

    with host(tmp_path / "another host"):
        for _ in range(leasing.MAX_ATTEMPTS):
            assert solve(shard, clock) == Outcome.NOTHING
            clock.advance(minutes=5)

    shard.refresh_from_db()
    assert shard.state == ShardState.FAILED
    assert shard.error.startswith("DamagedModelError")


def test_the_derived_matrix_is_as_exact_as_one_of_all_users(
    rated: list[Movie], clock: FakeClock
) -> None:
    version = until_shards(clock)
    gram = gram_cache.find_gram(version)

    assert gram is not None
    assert gram.users == 10
    np.testing.assert_allclose(gram.products, gram.products.T)
    np.testing.assert_array_equal(gram.popularity, gram.products.diagonal())
