"""Who gets a list while all lists are built is not set back by the flip."""

import shutil
from pathlib import Path

import pytest
from pytest_django import Settings

from apps.favorites import actions
from apps.favorites.models import Taste
from apps.movies.models import Movie
from apps.recommendations.actions import request_generation
from apps.recommendations.models import (
    ActiveGeneration,
    Generation,
    ModelChunk,
    RecommendationList,
)
from apps.users.models import User
from services.leasing import Clock
from services.recommendations import building, catching_up, model_store
from services.recommendations.bulk_lists import draft_lists
from services.recommendations.list_rows import ListDraft
from services.recommendations.loading import ChosenUsers
from services.recommendations.refreshing import Outcome, refresh_user
from tests.factories import make_user
from tests.services.test_giving_way import counted, waiting_since

from .conftest import NOON, FakeClock, at_call, build_generation, make_ready_model

pytestmark = pytest.mark.django_db

State = Generation.State

# The end of a build asks its clock so many times until it begins with the first lists that it
# makes anew, and until they are made.
BEGUN, MADE = 3, 4


@pytest.fixture
def viewers(films: list[Movie]) -> list[User]:
    viewers = [make_user() for _ in range(3)]
    for viewer in viewers:
        actions.rate_movie(user=viewer, movie_id=films[0].pk, score=9, at=NOON)
    return viewers


@pytest.fixture
def built(viewers: list[User], films: list[Movie], clock: FakeClock) -> Generation:
    """All of its shards are built, next to a generation that is read; it is not published yet."""
    build_generation(make_ready_model(films), clock)
    clock.advance(minutes=1)
    generation = request_generation(model_version_id=make_ready_model(films, step=2).pk)
    for shard_id in building.advance_generation(generation_id=generation.pk, clock=clock):
        building.build_shard(shard_id=shard_id, clock=clock)
    clock.advance(minutes=1)
    return generation


def rate_and_refresh(viewer: User, film: Movie, clock: FakeClock) -> None:
    actions.rate_movie(user=viewer, movie_id=film.pk, score=9, at=clock())
    assert refresh_user(user_id=viewer.pk, clock=clock).outcome is Outcome.BUILT


def newest_list(viewer: User, generation: Generation) -> RecommendationList:
    return RecommendationList.objects.filter(user=viewer, generation=generation).latest("pk")


def advance(generation: Generation, clock: Clock) -> Generation | None:
    building.advance_generation(generation_id=generation.pk, clock=clock)
    return ActiveGeneration.objects.get().generation


def test_who_got_a_list_meanwhile_gets_one_of_the_new_generation_before_it_is_read(
    built: Generation, viewers: list[User], films: list[Movie], clock: FakeClock
) -> None:
    rate_and_refresh(viewers[0], films[1], clock)

    assert advance(built, clock) == built

    caught_up = newest_list(viewers[0], built)
    assert caught_up.revision == 2
    assert films[1].pk not in caught_up.movie_ids
    # What the new model says of both films.
    assert set(caught_up.movie_ids[:2]) == {films[2].pk, films[3].pk}
    assert not Taste.objects.waiting().exists()
    assert RecommendationList.objects.filter(generation=built).count() == len(viewers) + 1


def test_who_writes_during_one_round_is_caught_up_with_in_the_next(
    built: Generation, viewers: list[User], films: list[Movie], clock: FakeClock
) -> None:
    rate_and_refresh(viewers[0], films[1], clock)
    write = at_call(MADE, clock, lambda: rate_and_refresh(viewers[1], films[1], clock))

    assert advance(built, write) == built

    assert newest_list(viewers[1], built).revision == 2
    assert not Taste.objects.waiting().exists()


def test_where_nobody_wrote_nothing_is_built_again(
    built: Generation, viewers: list[User], clock: FakeClock
) -> None:
    assert advance(built, clock) == built

    assert RecommendationList.objects.filter(generation=built).count() == len(viewers)


def test_who_is_not_caught_up_with_in_time_waits_for_the_sweep(
    built: Generation, viewers: list[User], films: list[Movie], clock: FakeClock
) -> None:
    rate_and_refresh(viewers[0], films[1], clock)
    late = at_call(BEGUN, clock, lambda: clock.advance(seconds=60))

    assert advance(built, late) == built

    assert newest_list(viewers[0], built).revision == 1
    assert {taste.pk for taste in Taste.objects.waiting()} == {viewers[0].pk}


def test_a_generation_cancelled_meanwhile_is_neither_added_to_nor_published(
    built: Generation, viewers: list[User], films: list[Movie], clock: FakeClock
) -> None:
    rate_and_refresh(viewers[0], films[1], clock)
    own = Generation.objects.filter(pk=built.pk)
    cancelling = at_call(BEGUN, clock, lambda: own.update(state=State.CANCELLED))

    assert advance(built, cancelling) != built

    assert newest_list(viewers[0], built).revision == 1


def test_lists_that_were_made_too_slowly_are_not_added_to_a_generation_that_is_read(
    built: Generation, viewers: list[User], films: list[Movie], clock: FakeClock
) -> None:
    """Another worker has published it, and the viewer has got a list that knows more."""
    rate_and_refresh(viewers[0], films[1], clock)
    slow = drafts_of(viewers[0], built)
    assert advance(built, clock) == built
    clock.advance(seconds=2)
    rate_and_refresh(viewers[0], films[2], clock)

    assert not catching_up._insert_unless_read(built.pk, slow, clock)  # noqa: SLF001  # the race's loser

    assert newest_list(viewers[0], built).revision == 3
    assert lists_of(viewers[0], built) == 3


def test_of_two_workers_that_end_a_build_the_slower_adds_nothing_older(
    built: Generation, viewers: list[User], films: list[Movie], clock: FakeClock
) -> None:
    rate_and_refresh(viewers[0], films[1], clock)
    slow = drafts_of(viewers[0], built)
    building.advance_generation(generation_id=built.pk, clock=clock)
    Generation.objects.filter(pk=built.pk).update(state=State.READY)

    assert catching_up._insert_unless_read(built.pk, slow, clock)  # noqa: SLF001  # the race's loser

    assert lists_of(viewers[0], built) == 2


def drafts_of(viewer: User, generation: Generation) -> list[ListDraft]:
    model = model_store.open_model(generation.model_version)
    return draft_lists(model, generation, ChosenUsers((viewer.pk,)))


def lists_of(viewer: User, generation: Generation) -> int:
    return RecommendationList.objects.filter(user=viewer, generation=generation).count()


def test_what_goes_wrong_with_it_holds_up_no_flip(
    built: Generation, viewers: list[User], films: list[Movie], clock: FakeClock, cache: Path
) -> None:
    """The model cannot be opened any more; the lists are there."""
    rate_and_refresh(viewers[0], films[1], clock)
    ModelChunk.objects.all().delete()
    model_store.forget_opened()
    shutil.rmtree(cache)

    assert advance(built, clock) == built

    assert {taste.pk for taste in Taste.objects.waiting()} == {viewers[0].pk}


def test_a_build_waits_for_a_viewer_whose_list_is_late(
    viewers: list[User], films: list[Movie], settings: Settings, clock: FakeClock
) -> None:
    settings.BACKGROUND_PATIENCE_SECONDS = 0.1
    before = counted("lists")
    waiting_since(1)

    generation = build_generation(make_ready_model(films), clock)

    assert generation.state == State.ACTIVE
    assert counted("lists") >= before + 0.1
