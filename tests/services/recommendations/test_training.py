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
from services.recommendations import model_store, solving, training
from services.recommendations.cold_movies import read_catalogue_around
from services.recommender.blend import fit_blend
from services.recommender.item_model import CONTENT_PROFILE, ItemModel
from services.recommender.pipeline.films import Films
from services.recommender.served_model import BLEND, ServedModel
from services.recommender.viewers import Viewers
from tests.factories import make_movie, make_user

from .conftest import FakeClock, all_events, at_call, blend_of, train
from .conftest import advance_training as advance
from .rated_films import rate_at_random

pytestmark = pytest.mark.django_db

State = ModelVersion.State
Phase = ModelVersion.Phase


@pytest.fixture
def rated(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[Movie]:
    """Enough ratings to learn from, and shards small enough for three of them."""
    settings.RECOMMENDER_MIN_USERS = 8
    monkeypatch.setattr(solving, "ITEMS_PER_SHARD", 5)
    return rate_at_random(users=10, films=12, each=6)


def assert_same_as_in_one_go(version: ModelVersion) -> None:
    events = all_events()
    around = read_catalogue_around(events.interactions.item_ids)
    expected = ServedModel.of_blend(fit_blend(events), Films.of(events), around)
    model = model_store.open_model(version)
    viewers = Viewers(events.interactions.matrix)
    for part, other in zip(blend_of(model).parts, blend_of(expected).parts, strict=True):
        assert (part.name, part.weight) == (other.name, pytest.approx(other.weight))
        np.testing.assert_allclose(part.scores(viewers), other.scores(viewers), 1e-5, 1e-6)
    np.testing.assert_array_equal(model.item_ids, expected.item_ids)
    np.testing.assert_array_equal(model.films.events, expected.films.events)
    np.testing.assert_allclose(model.films.popularity, expected.films.popularity, 1e-5, 1e-5)
    np.testing.assert_allclose(model.films.vectors, expected.films.vectors, atol=1e-6)
    scores, others = (each.scorer.scores(viewers) for each in (model, expected))
    np.testing.assert_allclose(scores, others, 1e-4, 1e-5)


def test_slices_lead_to_the_model_of_one_go(rated: list[Movie], clock: FakeClock) -> None:
    version = actions.request_training()

    phases = []
    while advance(version, clock):
        clock.advance(seconds=2)
        version.refresh_from_db()
        phases.append(version.phase)
    version.refresh_from_db()

    assert phases == [
        *(Phase.GRAM, Phase.WEIGHTS, Phase.WEIGHTS),
        *(Phase.KERNEL, Phase.ASSEMBLE),
    ]
    assert (version.state, version.phase, version.kind) == (State.READY, Phase.DONE, BLEND)
    assert (version.user_count, version.item_count, version.rating_count) == (10, 12, 60)
    assert (version.users_done, version.shard_count) == (10, 3)
    assert version.finished_at == clock.now
    assert (version.epochs_done, version.epoch_count) == (8, 8)
    assert version.seconds == {
        "survey": 0,
        "gram": 2,
        "weights": 4,
        "factors": 0,
        "kernel": 2,
        "assemble": 2,
    }
    assert_same_as_in_one_go(version)


def test_a_run_knows_what_it_learned_from_and_who_asked(
    rated: list[Movie], clock: FakeClock
) -> None:
    asker = make_user()
    newest = Rating.objects.latest("updated_at")

    version = train(actions.request_training(origin="user", requested_by_id=asker.pk), clock)

    assert (version.origin, version.requested_by) == ("user", asker)
    assert (version.rating_count, version.favorite_count) == (60, 1)
    assert version.highest_rating_id == Rating.objects.latest("pk").pk
    assert version.highest_favorite_id == Favorite.objects.get().pk
    assert version.newest_rating_at == newest.updated_at
    assert version.metrics == {}


def test_a_finished_run_keeps_only_the_models_own_arrays(
    rated: list[Movie], clock: FakeClock, cache: Path
) -> None:
    version = train(actions.request_training(), clock)

    arrays = set(ModelChunk.objects.values_list("array", flat=True))
    own = set(model_store.open_model(version).to_arrays()) - {"kind"}
    assert set(version.arrays) == own
    # Films without genres or related films have empty arrays, which need no chunk.
    assert own - arrays == {"films.genres", "films.related.indices", "films.related.values"}
    assert arrays < own
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
    assert (version.phase, version.attempts) == (Phase.SURVEY, 1)


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

    def steal() -> None:
        ModelVersion.objects.filter(pk=version.pk).update(attempts=2)

    assert not advance(version, at_call(2, clock, steal))

    version.refresh_from_db()
    assert (version.phase, version.users_done, version.attempts) == (Phase.GRAM, 0, 2)
    chunks = set(ModelChunk.objects.values_list("array", flat=True))
    assert chunks == {"item_ids", "user_ranges"}
    assert not version.shards.exists()


def test_a_cancelled_run_stops(rated: list[Movie], clock: FakeClock) -> None:
    version = actions.request_training()
    advance(version, clock)
    ModelVersion.objects.update(state=State.CANCELLED)

    assert not advance(version, clock)

    version.refresh_from_db()
    assert (version.state, version.phase) == (State.CANCELLED, Phase.GRAM)


def test_a_slice_that_always_fails_ends_the_run_with_its_error(
    rated: list[Movie], clock: FakeClock
) -> None:
    version = actions.request_training()
    advance(version, clock)
    ModelChunk.objects.filter(array="user_ranges").delete()

    for attempt in range(1, leasing.MAX_ATTEMPTS + 1):
        assert not advance(version, clock)
        version.refresh_from_db()
        assert version.attempts == attempt
        clock.advance(minutes=5)

    assert version.state == State.FAILED
    assert version.error.startswith("DamagedModelError")
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
        advance(version, at_call(2, clock, interrupt))
    version.refresh_from_db()

    assert (version.attempts, version.leased_until) == (0, None)
    assert train(version, clock).state == State.READY


def test_a_run_that_is_gone_is_no_error(clock: FakeClock) -> None:
    assert training.advance_training(model_version_id=404, clock=clock) == training.Following()


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
    assert isinstance(model.scorer, ItemModel)
    nearest = model.scorer.matrix.toarray()[:3].argsort(axis=1)[:, -2:]
    assert {int(model.item_ids[column]) for column in nearest.ravel()} == {m.pk for m in western}
    assert model.item_ids[model.films.popularity.argmax()] == horror[2].pk
    likeness = model.films.vectors @ model.films.vectors.T
    np.testing.assert_allclose(likeness[:3, :3], 1, rtol=1e-5)
    assert likeness[:3, 3:].max() < 0.5
    assert model.films.genres.tolist() == [[False, True]] * 3 + [[True, False]] * 3
    assert model.films.years.tolist() == [1965] * 3 + [1981] * 3


def test_an_empty_platform_can_be_trained(clock: FakeClock) -> None:
    version = train(actions.request_training(), clock)

    assert (version.state, version.item_count) == (State.READY, 0)


def test_the_nightly_training_waits_for_the_one_before(clock: FakeClock) -> None:
    first = training.start_nightly()

    assert first is not None
    assert first.origin == "schedule"
    assert training.start_nightly() is None
    ModelVersion.objects.update(state=State.CANCELLED)
    assert training.start_nightly() is not None
