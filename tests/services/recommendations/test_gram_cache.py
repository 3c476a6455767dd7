"""The matrix of a host, slice by slice, and what a killed worker leaves of it."""

import json
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest_django import Settings

from apps.favorites.models import Rating
from apps.movies.models import Movie
from apps.recommendations import actions
from apps.recommendations.models import ModelVersion
from services.recommendations import gram_cache, model_store, rating_ranges, training
from services.recommender.gram import fit_gram
from services.recommender.weights import TRAINING
from tests.factories import make_movie, make_user

from .conftest import NOON, FakeClock, add_slice, advance_training, all_events, at_call, train
from .rated_films import rate_at_random

pytestmark = pytest.mark.django_db

EVENTS_PER_RANGE = 12
USERS = 10


@pytest.fixture
def rated(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[Movie]:
    """Ranges of two viewers, two of them a slice: three slices in all."""
    settings.RECOMMENDER_MIN_USERS = 8
    monkeypatch.setattr(gram_cache, "EVENTS_PER_RANGE", EVENTS_PER_RANGE)
    monkeypatch.setattr(gram_cache, "RANGES_PER_SLICE", 2)
    monkeypatch.setattr(gram_cache, "MESSAGE_TIME", timedelta(0))
    return rate_at_random(users=USERS, films=12, each=6)


@pytest.fixture
def surveyed(rated: list[Movie], clock: FakeClock) -> ModelVersion:
    version = actions.request_training()
    advance_training(version, clock)
    version.refresh_from_db()
    return version


def sum_up(version: ModelVersion) -> list[int]:
    """Slices until the matrix is whole; the users after each."""
    users = []
    while gram_cache.find_gram(version) is None:
        users.append(add_slice(version))
    return users


def products_of(version: ModelVersion) -> Any:
    gram = gram_cache.find_gram(version)
    assert gram is not None
    return np.array(gram.products)


def test_slices_sum_up_to_the_matrix_of_all_users(surveyed: ModelVersion) -> None:
    assert sum_up(surveyed) == [4, 8, USERS]

    whole = fit_gram(all_events().interactions.weighted(TRAINING))
    np.testing.assert_allclose(products_of(surveyed), whole.products, rtol=1e-6)


def test_no_query_reads_more_events_than_a_range_may_have(
    surveyed: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []

    def counting(query: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            found = query(*args, **kwargs)
            read.append(found.user_ids.size)
            return found

        return run

    monkeypatch.setattr(rating_ranges, "read_ratings", counting(rating_ranges.read_ratings))
    monkeypatch.setattr(rating_ranges, "read_favorites", counting(rating_ranges.read_favorites))
    sum_up(surveyed)

    assert read == [12, 0, 12, 0, 12, 0, 12, 0, 6, 0, 6, 1]
    assert max(read) <= EVENTS_PER_RANGE


def test_each_slice_is_progress_in_the_row(surveyed: ModelVersion, clock: FakeClock) -> None:
    seen = []
    while surveyed.phase == ModelVersion.Phase.GRAM:
        assert advance_training(surveyed, clock)
        surveyed.refresh_from_db()
        seen.append((surveyed.phase, surveyed.users_done))

    assert seen == [("gram", 4), ("gram", 8), ("weights", USERS)]


def spoil_sums(folder: Path) -> None:
    (path,) = folder.glob("sums-*")
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def cut_sums(folder: Path) -> None:
    (path,) = folder.glob("sums-*")
    path.write_bytes(path.read_bytes()[:-100])


def lose_sums(folder: Path) -> None:
    (path,) = folder.glob("sums-*")
    path.unlink()


def spoil_checkpoint(folder: Path) -> None:
    (folder / "checkpoint.json").write_text("{")


def plan_another_matrix(folder: Path) -> None:
    path = folder / "checkpoint.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "plan": "of other users"}))


@pytest.mark.parametrize(
    "damage", [spoil_sums, cut_sums, lose_sums, spoil_checkpoint, plan_another_matrix]
)
def test_sums_that_do_not_match_their_checkpoint_are_begun_anew(
    surveyed: ModelVersion, cache: Path, damage: Callable[[Path], None]
) -> None:
    sum_up(surveyed)
    expected = products_of(surveyed)
    gram_cache.drop(surveyed)
    add_slice(surveyed)

    (folder,) = cache.glob("gram-*")
    damage(folder)

    assert sum_up(surveyed) == [4, 8, USERS]
    np.testing.assert_array_equal(products_of(surveyed), expected)


def test_a_whole_matrix_leaves_no_checkpoint(surveyed: ModelVersion, cache: Path) -> None:
    sum_up(surveyed)

    names = sorted(path.name for path in cache.glob("gram-*/*"))
    assert names == ["item_ids.npy", "plan", "popularity.npy", "products.npy", "users.npy"]


def test_a_run_that_is_surveyed_again_does_not_take_the_matrix_of_before(
    surveyed: ModelVersion, rated: list[Movie], clock: FakeClock
) -> None:
    """As after a migration, or in a database that was restored: the same run and the same films."""
    sum_up(surveyed)
    Rating.objects.create(user=make_user(), movie=rated[0], score=9)
    ModelVersion.objects.filter(pk=surveyed.pk).update(phase=ModelVersion.Phase.SURVEY)
    before = surveyed.arrays["item_ids"]

    advance_training(surveyed, clock)
    surveyed.refresh_from_db()

    assert surveyed.arrays["item_ids"] == before
    assert gram_cache.find_gram(surveyed) is None
    assert sum_up(surveyed) == [4, 8, USERS + 1]


def test_a_matrix_that_was_saved_by_half_does_not_count(
    surveyed: ModelVersion, cache: Path
) -> None:
    sum_up(surveyed)
    (plan,) = cache.glob("gram-*/plan")
    plan.unlink()

    assert gram_cache.find_gram(surveyed) is None
    assert sum_up(surveyed) == [4, 8, USERS]


def test_films_that_come_or_go_do_not_shift_the_items(
    surveyed: ModelVersion, rated: list[Movie], clock: FakeClock
) -> None:
    items = sorted(film.pk for film in rated)
    Rating.objects.filter(movie=rated[4]).delete()
    late = make_movie()
    Rating.objects.create(user=make_user(), movie=late, score=9)

    sum_up(surveyed)
    gram = gram_cache.find_gram(surveyed)
    train(surveyed, clock)

    assert gram is not None
    assert gram.item_ids.tolist() == items
    assert np.flatnonzero(gram.popularity == 0).tolist() == [4]
    assert gram.users == USERS
    assert surveyed.state == training.State.READY
    model = model_store.open_model(surveyed)
    assert model.item_ids.tolist() == [*items, late.pk]
    assert np.flatnonzero(model.films.events == 0).tolist() == [4, len(items)]


def test_forgotten_matrices_make_room(rated: list[Movie], clock: FakeClock, cache: Path) -> None:
    for _ in range(gram_cache.CACHED_GRAMS + 2):
        version = actions.request_training()
        for _ in range(2):
            advance_training(version, clock)
        ModelVersion.objects.filter(pk=version.pk).update(state=training.State.CANCELLED)

    assert len(list(cache.glob("gram-*"))) == gram_cache.CACHED_GRAMS


def test_open_trainings_that_take_turns_all_come_to_an_end(
    rated: list[Movie], clock: FakeClock
) -> None:
    """As with three commands at once, more than there are matrices kept."""
    versions = [actions.request_training() for _ in range(gram_cache.CACHED_GRAMS + 1)]
    for _ in range(4):
        for version in versions:
            advance_training(version, clock)

    phases = [ModelVersion.objects.get(pk=version.pk).phase for version in versions]
    assert phases == ["weights"] * len(versions)


def test_what_a_killed_process_was_writing_does_not_stay(
    surveyed: ModelVersion, cache: Path
) -> None:
    add_slice(surveyed)
    (folder,) = cache.glob("gram-*")
    (folder / "tmpkilled.part").write_bytes(b"half a matrix")

    assert add_slice(surveyed) == 8

    assert sorted(path.name for path in folder.iterdir()) == ["checkpoint.json", "sums-4"]


def test_a_message_adds_slices_until_its_time_is_up(
    surveyed: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gram_cache, "MESSAGE_TIME", timedelta(seconds=30))
    moments = (NOON + timedelta(seconds=20 * number) for number in count())

    assert advance_training(surveyed, lambda: next(moments))

    surveyed.refresh_from_db()
    assert (surveyed.phase, surveyed.users_done) == ("gram", 8)


def test_a_run_that_is_cancelled_is_summed_up_no_further(
    surveyed: ModelVersion, clock: FakeClock, cache: Path
) -> None:
    def cancel() -> None:
        actions.cancel_training(model_version_id=surveyed.pk, at=clock())

    assert not advance_training(surveyed, at_call(3, clock, cancel))

    surveyed.refresh_from_db()
    assert (surveyed.state, surveyed.users_done, surveyed.error) == ("cancelled", 0, "")
    assert [path.name for path in cache.glob("gram-*/sums-*")] == ["sums-2"]
