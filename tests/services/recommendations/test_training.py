import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest_django import Settings

from apps.favorites.models import Favorite, Rating
from apps.movies.models import Movie
from apps.recommendations import actions
from apps.recommendations.models import Generation, ModelChunk, ModelVersion
from services import leasing
from services.recommendations import gram_cache, model_store, training
from services.recommendations.loading import read_favorites, read_ratings, to_interactions
from services.recommender.gram import fit_gram
from services.recommender.item_model import CONTENT_PROFILE, LOCAL_RIDGE
from services.recommender.local_ridge import LocalRidgeSettings, fit_local_ridge
from tests.factories import make_movie, make_user

from .conftest import FakeClock, at_call

pytestmark = pytest.mark.django_db

State = ModelVersion.State
Phase = ModelVersion.Phase


@pytest.fixture
def rated(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[Movie]:
    """Enough ratings to learn from, and blocks small enough for three of them."""
    settings.RECOMMENDER_MIN_USERS = 8
    monkeypatch.setattr(training, "ITEMS_PER_SLICE", 5)
    rng = random.Random(3)
    films = [make_movie() for _ in range(12)]
    for user in [make_user() for _ in range(10)]:
        Rating.objects.bulk_create(
            Rating(user=user, movie=film, score=rng.randint(1, 10)) for film in rng.sample(films, 6)
        )
    Favorite.objects.create(user=user, movie=films[0])
    return films


def advance(version: ModelVersion, clock: FakeClock) -> bool:
    return training.advance_training(model_version_id=version.pk, clock=clock)


def train(version: ModelVersion, clock: FakeClock) -> ModelVersion:
    while advance(version, clock):
        pass
    version.refresh_from_db()
    return version


def assert_same_as_in_one_go(version: ModelVersion) -> None:
    gram = fit_gram(to_interactions(read_ratings(), read_favorites()))
    expected = fit_local_ridge(gram, LocalRidgeSettings())
    opened = model_store.open_model(version).to_arrays()
    for name, array in expected.to_arrays().items():
        np.testing.assert_array_equal(opened[name], array)


def test_slices_lead_to_the_model_of_one_go(rated: list[Movie], clock: FakeClock) -> None:
    version = actions.request_training()

    steps = []
    while advance(version, clock):
        version.refresh_from_db()
        steps.append((version.phase, version.next_item))
    version.refresh_from_db()

    assert steps == [
        (Phase.WEIGHTS, 0),
        (Phase.WEIGHTS, 5),
        (Phase.WEIGHTS, 10),
        (Phase.ASSEMBLE, 12),
    ]
    assert (version.state, version.phase, version.kind) == (State.READY, Phase.DONE, LOCAL_RIDGE)
    assert (version.user_count, version.item_count, version.rating_count) == (10, 12, 60)
    assert version.finished_at == clock.now
    assert_same_as_in_one_go(version)


def test_a_finished_run_keeps_only_the_models_own_arrays(
    rated: list[Movie], clock: FakeClock, cache: Path
) -> None:
    version = train(actions.request_training(), clock)

    arrays = set(ModelChunk.objects.values_list("array", flat=True))
    assert (
        arrays == set(version.arrays) == {"item_ids", "indptr", "indices", "values", "popularity"}
    )
    assert not list(cache.glob("gram-*"))


def test_a_published_training_asks_for_one_generation(rated: list[Movie], clock: FakeClock) -> None:
    version = train(actions.request_training(), clock)
    assert not advance(version, clock)

    (generation,) = Generation.objects.all()
    assert generation.model_version == version
    assert generation.state == Generation.State.REQUESTED


def test_an_unpublished_training_asks_for_none(rated: list[Movie], clock: FakeClock) -> None:
    train(actions.request_training(publish=False), clock)

    assert not Generation.objects.exists()


def test_a_host_without_the_gram_matrix_derives_it_again(
    rated: list[Movie], clock: FakeClock, settings: Settings, tmp_path: Path
) -> None:
    version = actions.request_training()
    advance(version, clock)
    advance(version, clock)

    settings.RECOMMENDER_CACHE_DIR = tmp_path / "another host"
    train(version, clock)

    assert_same_as_in_one_go(version)


def test_a_matrix_of_other_items_is_derived_again(
    rated: list[Movie], clock: FakeClock, settings: Settings, tmp_path: Path
) -> None:
    """As a worker leaves it that wrote its matrix after it had lost its lease."""
    version = actions.request_training()
    advance(version, clock)
    settings.RECOMMENDER_CACHE_DIR = tmp_path / "another host"
    late = to_interactions(read_ratings(), read_favorites()).most_interacted(len(rated) - 1)
    gram_cache.fit(version, late)

    train(version, clock)

    assert_same_as_in_one_go(version)


def test_forgotten_matrices_make_room(rated: list[Movie], clock: FakeClock, cache: Path) -> None:
    for _ in range(gram_cache.CACHED_GRAMS + 2):
        version = actions.request_training()
        advance(version, clock)
        ModelVersion.objects.filter(pk=version.pk).update(state=State.CANCELLED)

    assert len(list(cache.glob("gram-*"))) == gram_cache.CACHED_GRAMS


def test_a_derived_matrix_keeps_the_items_of_the_run(
    rated: list[Movie], clock: FakeClock, settings: Settings, tmp_path: Path
) -> None:
    """A film that came or lost its ratings meanwhile does not shift the blocks."""
    version = actions.request_training()
    advance(version, clock)
    items = sorted(film.pk for film in rated)
    Rating.objects.filter(movie=rated[4]).delete()
    Rating.objects.create(user=make_user(), movie=make_movie(), score=9)

    settings.RECOMMENDER_CACHE_DIR = tmp_path / "another host"
    train(version, clock)

    assert version.state == State.READY
    assert model_store.open_model(version).item_ids.tolist() == items


def test_of_two_workers_one_does_the_slice(rated: list[Movie], clock: FakeClock) -> None:
    version = actions.request_training()
    lease = leasing.claim(
        ModelVersion,
        version.pk,
        from_states=training.OPEN_STATES,
        to_state=State.TRAINING,
        at=clock(),
    )

    assert lease is not None
    assert not advance(version, clock)
    version.refresh_from_db()
    assert (version.phase, version.attempts) == (Phase.GRAM, 1)


def test_a_dead_workers_slice_is_taken_over_when_its_lease_ends(
    rated: list[Movie], clock: FakeClock
) -> None:
    version = actions.request_training()
    leasing.claim(
        ModelVersion,
        version.pk,
        from_states=training.OPEN_STATES,
        to_state=State.TRAINING,
        at=clock(),
    )
    clock.advance(seconds=leasing.LEASE.total_seconds() - 1)
    assert not advance(version, clock)

    clock.advance(seconds=1)
    train(version, clock)

    assert version.state == State.READY


def test_a_worker_that_lost_its_lease_saves_nothing(rated: list[Movie], clock: FakeClock) -> None:
    version = actions.request_training()
    advance(version, clock)
    version.refresh_from_db()
    chunks = set(ModelChunk.objects.values_list("array", flat=True))

    def steal() -> None:
        ModelVersion.objects.filter(pk=version.pk).update(attempts=2)

    done = training.advance_training(model_version_id=version.pk, clock=at_call(2, clock, steal))

    assert not done
    version.refresh_from_db()
    assert (version.next_item, version.attempts) == (0, 2)
    assert set(ModelChunk.objects.values_list("array", flat=True)) == chunks


def test_a_cancelled_run_stops(rated: list[Movie], clock: FakeClock) -> None:
    version = actions.request_training()
    advance(version, clock)
    ModelVersion.objects.update(state=State.CANCELLED)

    assert not advance(version, clock)

    version.refresh_from_db()
    assert (version.state, version.next_item) == (State.CANCELLED, 0)


def test_a_slice_that_always_fails_ends_the_run_with_its_error(
    rated: list[Movie], clock: FakeClock
) -> None:
    version = actions.request_training()
    advance(version, clock)
    ModelVersion.objects.update(settings={"neighbours": -1})

    for attempt in range(1, leasing.MAX_ATTEMPTS + 1):
        assert not advance(version, clock)
        version.refresh_from_db()
        assert version.attempts == attempt
        clock.advance(minutes=5)

    assert version.state == State.FAILED
    assert version.error.startswith("ValueError")
    assert version.finished_at is not None
    assert not advance(version, clock)


def test_a_slice_that_kills_its_worker_each_time_ends_the_run(
    rated: list[Movie], clock: FakeClock
) -> None:
    version = actions.request_training()
    for _ in range(leasing.MAX_ATTEMPTS):
        assert leasing.claim(
            ModelVersion,
            version.pk,
            from_states=training.OPEN_STATES,
            to_state=State.TRAINING,
            at=clock(),
        )
        clock.advance(seconds=leasing.LEASE.total_seconds())

    assert not advance(version, clock)

    version.refresh_from_db()
    assert version.state == State.FAILED
    assert "No worker survived" in version.error


def test_control_c_gives_the_slice_back(rated: list[Movie], clock: FakeClock) -> None:
    version = actions.request_training()

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        training.advance_training(model_version_id=version.pk, clock=at_call(2, clock, interrupt))
    version.refresh_from_db()

    assert (version.attempts, version.leased_until) == (0, None)
    assert train(version, clock).state == State.READY


def test_a_run_that_is_gone_is_no_error(clock: FakeClock) -> None:
    assert not training.advance_training(model_version_id=404, clock=clock)


@pytest.mark.django_db(transaction=True)
def test_heartbeats_keep_a_lease_during_a_long_slice(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leasing, "HEARTBEAT_SECONDS", 0.01)
    version = actions.request_training()
    lease = leasing.claim(
        ModelVersion,
        version.pk,
        from_states=training.OPEN_STATES,
        to_state=State.TRAINING,
        at=clock(),
    )
    assert lease is not None

    def work_long(_: Any) -> None:
        clock.advance(seconds=25)
        wait_for(lambda: ModelVersion.objects.get().leased_until == clock() + leasing.LEASE)

    assert leasing.work(lease, work_long, clock=clock)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_with_too_few_ratings_films_are_compared_by_their_facts(clock: FakeClock) -> None:
    western = [make_movie(genres=("Western",), year=1965) for _ in range(3)]
    horror = [make_movie(genres=("Horror",), year=1981) for _ in range(3)]
    Rating.objects.create(user=make_user(), movie=horror[2], score=9)

    version = train(actions.request_training(), clock)

    assert (version.state, version.kind) == (State.READY, CONTENT_PROFILE)
    assert (version.user_count, version.item_count, version.rating_count) == (1, 6, 1)
    model = model_store.open_model(version)
    nearest = model.matrix.toarray()[:3].argsort(axis=1)[:, -2:]
    assert {int(model.item_ids[column]) for column in nearest.ravel()} == {m.pk for m in western}
    assert model.item_ids[model.popularity.argmax()] == horror[2].pk


def test_an_empty_platform_can_be_trained(clock: FakeClock) -> None:
    version = train(actions.request_training(), clock)

    assert (version.state, version.item_count) == (State.READY, 0)


def test_the_nightly_training_waits_for_the_one_before(clock: FakeClock) -> None:
    first = training.start_nightly()

    assert first is not None
    assert training.start_nightly() is None
    ModelVersion.objects.update(state=State.CANCELLED)
    assert training.start_nightly() is not None
