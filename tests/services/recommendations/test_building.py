import shutil
from pathlib import Path
from typing import Any

import pytest

from apps.favorites import actions
from apps.favorites.models import Taste
from apps.movies.models import Movie
from apps.recommendations.actions import request_generation
from apps.recommendations.models import (
    ActiveGeneration,
    Generation,
    GenerationShard,
    ModelChunk,
    RecommendationList,
)
from apps.users.models import User
from services import leasing
from services.recommendations import building, model_store
from services.recommendations.list_rows import ARRAY_COLUMNS
from services.recommendations.refreshing import refresh_user
from tests.factories import make_rating, make_user

from .conftest import (
    NOON,
    FakeClock,
    at_call,
    build_generation,
    make_ready_model,
)

pytestmark = pytest.mark.django_db

State = Generation.State
ShardState = GenerationShard.State


@pytest.fixture
def viewers(films: list[Movie], monkeypatch: pytest.MonkeyPatch) -> list[User]:
    """Five viewers, two to a shard; each has rated the film of the same number."""
    monkeypatch.setattr(building, "USERS_PER_SHARD", 2)
    viewers = [make_user() for _ in range(5)]
    for viewer, film in zip(viewers, films, strict=False):
        actions.rate_movie(user=viewer, movie_id=film.pk, score=9, at=NOON)
    return viewers


@pytest.fixture
def started(films: list[Movie], viewers: list[User], clock: FakeClock) -> Generation:
    """A generation cut into three shards that nobody has built yet."""
    generation = request_generation(model_version_id=make_ready_model(films).pk)
    building.advance_generation(generation_id=generation.pk, clock=clock)
    generation.refresh_from_db()
    return generation


def shards_of(generation: Generation) -> list[GenerationShard]:
    return list(generation.shards.order_by("number"))


def test_all_viewers_get_a_list_and_nobody_else(
    films: list[Movie], viewers: list[User], clock: FakeClock
) -> None:
    make_user()
    without_taste = make_user()
    make_rating(user=without_taste, movie=films[5])

    generation = build_generation(make_ready_model(films), clock)

    assert generation.state == State.ACTIVE
    assert (generation.shard_count, generation.list_count, generation.user_count) == (3, 6, 6)
    assert generation.popular_movie_ids == [film.pk for film in films]
    lists = {stored.user_id: stored for stored in RecommendationList.objects.all()}
    assert set(lists) == {viewer.pk for viewer in [*viewers, without_taste]}
    for number, viewer in enumerate(viewers):
        stored = lists[viewer.pk]
        assert stored.movie_ids[0] == films[number + 1].pk
        assert films[number].pk not in stored.movie_ids
        assert (stored.revision, stored.generation, stored.created_at) == (1, generation, NOON)
    assert lists[without_taste.pk].revision == 0
    assert ActiveGeneration.objects.get().generation == generation
    assert not Taste.objects.waiting().exists()


def test_shards_are_of_one_size(
    films: list[Movie], viewers: list[User], monkeypatch: pytest.MonkeyPatch, clock: FakeClock
) -> None:
    monkeypatch.setattr(building, "USERS_PER_SHARD", 4)

    generation = build_generation(make_ready_model(films), clock)

    assert [shard.list_count for shard in shards_of(generation)] == [3, 2]


def test_built_and_refreshed_lists_are_the_same(
    films: list[Movie], viewers: list[User], clock: FakeClock
) -> None:
    build_generation(make_ready_model(films), clock)
    Taste.objects.update(listed_revision=0)
    for viewer in viewers:
        refresh_user(user_id=viewer.pk, clock=clock)

    for viewer in viewers:
        built, refreshed = (
            RecommendationList.objects.filter(user=viewer)
            .order_by("pk")
            .values("revision", *ARRAY_COLUMNS)
        )
        assert built == refreshed


def test_a_shard_built_twice_holds_each_list_once(started: Generation, clock: FakeClock) -> None:
    shard = shards_of(started)[0]

    building.build_shard(shard_id=shard.pk, clock=clock)
    building.build_shard(shard_id=shard.pk, clock=clock)

    shard.refresh_from_db()
    assert (shard.state, shard.list_count) == (ShardState.DONE, 2)
    assert RecommendationList.objects.count() == 2


def test_the_last_shard_says_so(started: Generation, clock: FakeClock) -> None:
    assert [
        building.build_shard(shard_id=shard.pk, clock=clock) for shard in shards_of(started)
    ] == [False, False, True]


def test_a_shard_that_another_worker_holds_is_left_alone(
    started: Generation, clock: FakeClock
) -> None:
    shard = shards_of(started)[0]
    leasing.claim(
        GenerationShard,
        shard.pk,
        from_states=building.OPEN_SHARD_STATES,
        to_state=ShardState.RUNNING,
        at=clock(),
    )

    building.build_shard(shard_id=shard.pk, clock=clock)

    assert not RecommendationList.objects.exists()
    waiting = building.advance_generation(generation_id=started.pk, clock=clock)
    assert shard.pk not in waiting
    clock.advance(seconds=leasing.LEASE.total_seconds())
    assert shard.pk in building.advance_generation(generation_id=started.pk, clock=clock)


def test_a_worker_that_lost_its_shard_stores_no_lists(
    started: Generation, clock: FakeClock
) -> None:
    shard = shards_of(started)[0]

    def take_over() -> None:
        GenerationShard.objects.filter(pk=shard.pk).update(attempts=2)

    building.build_shard(shard_id=shard.pk, clock=at_call(2, clock, take_over))

    assert not RecommendationList.objects.exists()


def test_a_cancelled_generation_is_neither_built_nor_published(
    started: Generation, clock: FakeClock
) -> None:
    shard = shards_of(started)[0]

    def cancel() -> None:
        Generation.objects.update(state=State.CANCELLED)

    building.build_shard(shard_id=shard.pk, clock=at_call(2, clock, cancel))

    assert not RecommendationList.objects.exists()
    assert building.advance_generation(generation_id=started.pk, clock=clock) == []
    assert ActiveGeneration.objects.filter(generation__isnull=False).count() == 0


def test_a_viewer_deleted_after_the_scoring_is_passed_over(
    started: Generation, viewers: list[User], clock: FakeClock
) -> None:
    shard = shards_of(started)[0]

    building.build_shard(shard_id=shard.pk, clock=at_call(2, clock, viewers[0].delete))

    shard.refresh_from_db()
    assert (shard.state, shard.list_count, shard.error) == (ShardState.DONE, 1, "")
    assert RecommendationList.objects.get().user == viewers[1]


def test_a_viewer_whose_deletion_goes_on_holds_up_no_shard(
    started: Generation, viewers: list[User], clock: FakeClock, other_session: Any
) -> None:
    shard = shards_of(started)[0]
    with other_session.cursor() as cursor:
        cursor.execute("DELETE FROM favorites_rating WHERE user_id = %s", [viewers[0].pk])
        cursor.execute("DELETE FROM favorites_taste WHERE user_id = %s", [viewers[0].pk])
        cursor.execute("DELETE FROM users_user WHERE id = %s", [viewers[0].pk])

    building.build_shard(shard_id=shard.pk, clock=clock)
    other_session.commit()

    shard.refresh_from_db()
    assert (shard.state, shard.list_count) == (ShardState.DONE, 1)
    assert RecommendationList.objects.get().user == viewers[1]


def test_ratings_written_during_a_build_wait_after_the_flip(
    started: Generation, viewers: list[User], films: list[Movie], clock: FakeClock
) -> None:
    def write() -> None:
        actions.rate_movie(user=viewers[0], movie_id=films[3].pk, score=4, at=NOON)

    first, *others = shards_of(started)
    building.build_shard(shard_id=first.pk, clock=at_call(2, clock, write))
    late = make_user()
    actions.rate_movie(user=late, movie_id=films[0].pk, score=9, at=NOON)
    for shard in others:
        building.build_shard(shard_id=shard.pk, clock=clock)
    building.advance_generation(generation_id=started.pk, clock=clock)

    assert ActiveGeneration.objects.get().generation == started
    waiting = Taste.objects.waiting()
    assert {taste.pk for taste in waiting} == {viewers[0].pk, late.pk}
    assert Taste.objects.get(pk=viewers[0].pk).listed_revision == 1
    assert Taste.objects.get(pk=late.pk).listed_revision == 0


def test_a_generation_with_a_failed_shard_fails_and_is_not_published(
    started: Generation, clock: FakeClock, cache: Path
) -> None:
    ModelChunk.objects.all().delete()
    model_store.forget_opened()
    shutil.rmtree(cache)
    GenerationShard.objects.update(attempts=leasing.MAX_ATTEMPTS - 1)
    for shard in shards_of(started):
        building.build_shard(shard_id=shard.pk, clock=clock)
    building.advance_generation(generation_id=started.pk, clock=clock)

    started.refresh_from_db()
    assert started.state == State.FAILED
    assert "DamagedModelError" in started.error
    assert ActiveGeneration.objects.filter(generation__isnull=False).count() == 0
    assert not RecommendationList.objects.exists()


def test_a_generation_for_nobody_is_published(films: list[Movie], clock: FakeClock) -> None:
    generation = build_generation(make_ready_model(films), clock)

    assert (generation.state, generation.shard_count) == (State.ACTIVE, 0)


def test_an_unpublished_generation_stays_ready(
    films: list[Movie], viewers: list[User], clock: FakeClock
) -> None:
    generation = build_generation(make_ready_model(films), clock, publish=False)

    assert generation.state == State.READY
    assert ActiveGeneration.objects.filter(generation__isnull=False).count() == 0
    assert set(Taste.objects.values_list("listed_revision", flat=True)) == {0}


def test_a_generation_that_is_gone_is_no_error(clock: FakeClock) -> None:
    assert building.advance_generation(generation_id=404, clock=clock) == []
    assert building.build_shard(shard_id=404, clock=clock) is False
