"""Factors epoch by epoch: what is kept of them, and what a worker that comes later makes of it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from django.db import connection
from pytest_django import Settings

from apps.recommendations import actions
from apps.recommendations.models import ModelVersion
from services import leasing
from services.leasing import Clock
from services.recommendations import factorising, model_store, run_arrays, solving, training
from services.recommender.arrays import FloatArray
from services.recommender.ials import GRADED
from services.recommender.viewers import Viewers

from .conftest import Background, FakeClock, advance_training, all_events, blend_of, train
from .rated_films import rate_at_random

EPOCHS = GRADED.epochs
ROOT = Path(__file__).resolve().parents[3]

State = ModelVersion.State
Phase = ModelVersion.Phase


@pytest.fixture
def rated(settings: Settings, db: None) -> None:
    settings.RECOMMENDER_MIN_USERS = 8
    rate_at_random(users=30, films=20, each=6)


def until_factors(clock: FakeClock) -> ModelVersion:
    """A training whose shards are all solved."""
    version = actions.request_training(with_gate=False)
    for _ in range(3):
        assert advance_training(version, clock)
    solving.finish_if_complete(version.pk, at=clock())
    version.refresh_from_db()
    assert (version.phase, version.epochs_done) == (Phase.FACTORS, 0)
    return version


def after_epochs(
    epochs: int, version: ModelVersion, clock: FakeClock, action: Callable[[], object]
) -> Clock:
    """The clock, but `action` happens when it is asked after so many epochs were stored."""

    def ask() -> datetime:
        if ModelVersion.objects.get(pk=version.pk).epochs_done == epochs:
            action()
        return clock()

    return ask


def factor_scores(version: ModelVersion) -> FloatArray:
    """What the factors alone give the viewers that were learned from."""
    version.refresh_from_db()
    assert (version.state, version.epochs_done) == (State.READY, version.epoch_count)
    blend = blend_of(model_store.open_model(version))
    (part,) = (part for part in blend.parts if part.name == "ials")
    return part.scores(Viewers(all_events().interactions.matrix))


def assert_as_converged(version: ModelVersion, uninterrupted: ModelVersion) -> None:
    """The factors differ, as users that are solved anew do; what they score hardly does."""
    expected, found = factor_scores(uninterrupted), factor_scores(version)
    np.testing.assert_allclose(found, expected, atol=0.02 * expected.std())


def arrays_of(version: ModelVersion) -> dict[str, str]:
    return {name: facts["sha256"] for name, facts in version.arrays.items()}


def test_every_epoch_leaves_a_checkpoint(rated: None, clock: FakeClock) -> None:
    version = until_factors(clock)
    seen = []

    def look() -> datetime:
        row = ModelVersion.objects.get(pk=version.pk)
        checkpoint = row.arrays.get("item_factors", {"sha256": ""})
        seen.append((row.epochs_done, checkpoint["sha256"], row.leased_until))
        clock.advance(seconds=1)
        return clock()

    assert advance_training(version, look)

    epochs = list(dict.fromkeys(done for done, *_ in seen))
    assert epochs == list(range(EPOCHS + 1))
    assert len({checkpoint for _, checkpoint, _ in seen}) == len(epochs)
    leases = [until for *_, until in seen if until is not None]
    assert leases == sorted(leases)
    assert len(set(leases)) >= len(epochs)


def test_a_worker_that_goes_on_does_only_what_is_left(rated: None, clock: FakeClock) -> None:
    alone = train(until_factors(clock), clock)
    version = until_factors(clock)

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        advance_training(version, after_epochs(3, version, clock, interrupt))
    version.refresh_from_db()
    kept = run_arrays.load(version, "item_factors")
    stored_films = version.arrays["films.vectors"]

    assert (version.epochs_done, version.attempts, version.leased_until) == (3, 0, None)
    assert kept.shape == (20, 20)
    assert advance_training(version, clock)
    version.refresh_from_db()
    assert (version.epochs_done, version.arrays["films.vectors"]) == (8, stored_films)
    train(version, clock)
    assert arrays_of(version) != arrays_of(alone)
    assert_as_converged(version, alone)


def test_epochs_that_a_message_has_no_time_for_are_left_to_the_next(
    rated: None, clock: FakeClock
) -> None:
    """Each message has all its attempts, however many of them the phase takes."""
    alone = train(until_factors(clock), clock)
    version = until_factors(clock)
    done, attempts = [], []

    while version.phase == Phase.FACTORS:
        slow = after_epochs(
            version.epochs_done + 2, version, clock, lambda: clock.advance(seconds=200)
        )
        assert advance_training(version, slow)
        version.refresh_from_db()
        done.append(version.epochs_done)
        attempts.append(version.attempts)

    assert done == [2, 4, 6, 8]
    assert attempts == [0, 0, 0, 0]
    train(version, clock)
    assert_as_converged(version, alone)


@pytest.mark.parametrize("epochs", [0, EPOCHS])
def test_before_the_first_epoch_and_after_the_last_nothing_is_lost(
    rated: None, clock: FakeClock, epochs: int
) -> None:
    alone = train(until_factors(clock), clock)
    version = until_factors(clock)

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        advance_training(version, after_epochs(epochs, version, clock, interrupt))
    train(version, clock)

    np.testing.assert_allclose(factor_scores(version), factor_scores(alone), rtol=1e-4, atol=1e-5)


def test_a_cancelled_run_does_no_further_epoch(rated: None, clock: FakeClock) -> None:
    version = until_factors(clock)

    def cancel() -> None:
        if ModelVersion.objects.get(pk=version.pk).state == State.TRAINING:
            actions.cancel_training(model_version_id=version.pk, at=clock())

    assert not advance_training(version, after_epochs(3, version, clock, cancel))

    version.refresh_from_db()
    assert (version.state, version.epochs_done, version.error) == (State.CANCELLED, 3, "")


def test_a_run_that_is_cancelled_while_events_are_read_begins_no_epoch(
    rated: None, clock: FakeClock
) -> None:
    version = until_factors(clock)
    lease = leasing.claim(
        ModelVersion,
        version.pk,
        from_states=training.OPEN_STATES,
        to_state=State.TRAINING,
        at=clock(),
    )
    assert lease is not None
    actions.cancel_training(model_version_id=version.pk, at=clock())

    with pytest.raises(leasing.LeaseLostError):
        factorising.factorise(lease, version, clock=clock)
    version.refresh_from_db()
    assert "films.vectors" not in version.arrays


def test_a_worker_that_lost_its_lease_keeps_no_epoch(rated: None, clock: FakeClock) -> None:
    version = until_factors(clock)

    def steal() -> None:
        ModelVersion.objects.filter(pk=version.pk).update(attempts=2)

    assert not advance_training(version, after_epochs(3, version, clock, steal))

    version.refresh_from_db()
    assert (version.phase, version.epochs_done, version.attempts) == (Phase.FACTORS, 3, 2)


def database_url() -> str:
    known = connection.settings_dict
    login = f"{known['USER']}:{quote(known['PASSWORD'], safe='')}"
    return f"postgresql://{login}@{known['HOST']}:{known['PORT']}/{known['NAME']}"


@pytest.mark.django_db(transaction=True)
def test_a_process_killed_between_two_epochs_costs_one(
    rated: None, clock: FakeClock, cache: Path
) -> None:
    alone = train(until_factors(clock), clock)
    version = until_factors(clock)
    words = [str(version.pk), str(cache), "5", clock().isoformat()]

    killed = subprocess.run(
        [sys.executable, "-m", f"{__package__}.factorising_process", *words],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url()},
        timeout=60,
        check=False,
    )
    version.refresh_from_db()

    assert killed.returncode == -signal.SIGKILL
    assert (version.phase, version.epochs_done, version.attempts) == (Phase.FACTORS, 5, 1)
    assert not advance_training(version, clock)
    clock.advance(seconds=leasing.LEASE.total_seconds())
    train(version, clock)
    assert version.attempts == 0
    assert_as_converged(version, alone)


@pytest.mark.django_db(transaction=True)
def test_two_workers_make_what_one_does(
    rated: None, clock: FakeClock, background: Background
) -> None:
    alone = train(until_factors(clock), clock)
    version = actions.request_training(with_gate=False)

    def take_part() -> None:
        for _ in training.run_training(
            model_version_id=version.pk, clock=clock, sleep=lambda _: None
        ):
            pass

    workers = [background(take_part) for _ in range(2)]
    for worker in workers:
        worker.result(timeout=60)

    version.refresh_from_db()
    assert version.state == State.READY
    assert arrays_of(version) == arrays_of(alone)
