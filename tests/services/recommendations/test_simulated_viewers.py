"""Simulated viewers are learned from only while real ones do not suffice."""

from pathlib import Path

import numpy as np
import pytest
from django.db import connection, transaction
from pytest_django import Settings

from apps.favorites.models import Favorite, Rating
from apps.movies.models import Movie
from apps.recommendations import actions
from apps.recommendations.models import ModelVersion
from apps.users.models import User
from services.imports.movielens import import_movielens
from services.recommendations import building, model_store
from services.recommendations.loading import EVERYONE, read_histories
from services.recommendations.training_data import survey
from services.recommender.item_model import CONTENT_PROFILE
from services.recommender.served_model import BLEND
from tests.apps.locks import wait_until_blocked
from tests.factories import make_movie, make_user
from tests.services.imports.data_sets import write_folder

from .conftest import Background, FakeClock, advance_training, build_generation
from .conftest import train as train_version

pytestmark = pytest.mark.django_db

RATINGS_EACH = 5


@pytest.fixture
def catalogue() -> list[Movie]:
    return [make_movie() for _ in range(2 * RATINGS_EACH)]


def add_viewers(
    count: int, movies: list[Movie], *, origin: User.Origin = User.Origin.REGISTERED
) -> list[User]:
    """Viewers who each rated `movies`."""
    users = [make_user(password=None, origin=origin) for _ in range(count)]
    Rating.objects.bulk_create(
        Rating(user=user, movie=movie, score=8) for user in users for movie in movies
    )
    return users


def add_simulated(count: int, movies: list[Movie]) -> list[User]:
    return add_viewers(count, movies, origin=User.Origin.SIMULATED)


def train(clock: FakeClock) -> ModelVersion:
    version = train_version(actions.request_training(publish=False), clock)
    assert version.state == ModelVersion.State.READY
    return version


def counts(version: ModelVersion) -> tuple[int, int, int, int]:
    return (
        version.user_count,
        version.rating_count,
        version.simulated_user_count,
        version.simulated_rating_count,
    )


def test_nineteen_real_viewers_are_learned_from_together_with_the_simulated(
    catalogue: list[Movie], clock: FakeClock
) -> None:
    add_viewers(19, catalogue[:RATINGS_EACH])
    simulated = add_simulated(30, catalogue[-RATINGS_EACH:])
    Favorite.objects.create(user=simulated[0], movie=catalogue[0])

    version = train(clock)

    assert version.kind == BLEND
    assert counts(version) == (49, 49 * RATINGS_EACH, 30, 30 * RATINGS_EACH)
    assert version.item_count == len(catalogue)


def test_twenty_real_viewers_are_learned_from_alone(
    catalogue: list[Movie], clock: FakeClock
) -> None:
    add_viewers(20, catalogue[:RATINGS_EACH])
    simulated = add_simulated(30, catalogue[-RATINGS_EACH:])
    Favorite.objects.create(user=simulated[0], movie=catalogue[0])

    version = train(clock)

    model = model_store.open_model(version)
    assert version.kind == BLEND
    assert counts(version) == (20, 20 * RATINGS_EACH, 0, 0)
    assert model.item_ids.tolist() == [movie.pk for movie in catalogue]
    assert model.films.events.tolist() == [20] * RATINGS_EACH + [0] * RATINGS_EACH
    np.testing.assert_allclose(model.films.popularity[:RATINGS_EACH], 20 * 0.8, rtol=1e-6)


def test_the_twentieth_viewer_counts_with_the_last_of_the_ratings_asked_for(
    catalogue: list[Movie], clock: FakeClock
) -> None:
    add_viewers(19, catalogue[:RATINGS_EACH])
    (last,) = add_viewers(1, catalogue[: RATINGS_EACH - 1])
    add_simulated(30, catalogue)
    assert train(clock).simulated_user_count == 30

    Rating.objects.create(user=last, movie=catalogue[-1], score=2)

    assert train(clock).simulated_user_count == 0


def test_without_enough_of_either_films_are_compared_by_their_facts(
    catalogue: list[Movie], clock: FakeClock
) -> None:
    add_viewers(2, catalogue[:RATINGS_EACH])
    add_simulated(3, catalogue[:RATINGS_EACH])

    version = train(clock)

    assert version.kind == CONTENT_PROFILE
    assert counts(version) == (5, 25, 3, 15)


def test_a_host_without_the_matrix_derives_it_from_the_same_viewers(
    catalogue: list[Movie], clock: FakeClock, settings: Settings, tmp_path: Path
) -> None:
    """The twentieth real viewer comes during the training: the next one is theirs, not this one."""
    add_simulated(30, catalogue)
    version = actions.request_training(publish=False)
    advance_training(version, clock)
    add_viewers(20, catalogue[:RATINGS_EACH])

    settings.RECOMMENDER_CACHE_DIR = tmp_path / "another host"
    train_version(version, clock)

    model = model_store.open_model(version)
    assert version.state == ModelVersion.State.READY
    assert model.links.weights[RATINGS_EACH:].any()
    assert train(clock).simulated_user_count == 0


def test_an_import_takes_over_at_the_next_training(
    catalogue: list[Movie], clock: FakeClock, settings: Settings, tmp_path: Path
) -> None:
    settings.RECOMMENDER_MIN_USERS, settings.RECOMMENDER_MIN_RATINGS_PER_USER = 2, 2
    add_simulated(30, catalogue)
    assert train(clock).simulated_user_count == 30
    before = list(User.objects.order_by("pk").values())

    report = import_movielens(location=write_folder(tmp_path / "ml"), at=clock())

    assert list(User.objects.exclude(origin="imported").order_by("pk").values()) == before
    version = train(clock)
    assert report.users_new == 2
    assert counts(version) == (2, report.ratings_new, 0, 0)


def test_lists_are_built_for_real_viewers_only(catalogue: list[Movie], clock: FakeClock) -> None:
    """The simulated ones' ids lie between those of the real ones, in the same shard."""
    first = add_viewers(1, catalogue[:2])
    add_simulated(30, catalogue)
    last = add_viewers(1, catalogue[:2])

    generation = build_generation(train(clock), clock)

    users = {user.pk for user in (*first, *last)}
    assert set(generation.lists.values_list("user_id", flat=True)) == users
    assert (generation.list_count, generation.user_count) == (2, 2)
    assert set(read_histories(EVERYONE).user_ids.tolist()) == users
    assert building.shards_done(generation) == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_counted_is_what_is_to_be_learned_from(
    catalogue: list[Movie], background: Background
) -> None:
    """The simulated viewers go after they were counted and before their films are."""
    add_simulated(30, catalogue)

    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE users_user IN ACCESS EXCLUSIVE MODE")
        surveying = background(survey, max_items=5)
        wait_until_blocked()
        User.objects.filter(origin=User.Origin.SIMULATED).delete()
    found = surveying.result(timeout=10)

    assert not User.objects.exists()
    assert found.census.ratings.sum() == 30 * len(catalogue)
    assert found.census.simulated.sum() == 30
    assert found.item_ids.tolist() == [movie.pk for movie in catalogue[:5]]
    assert found.with_simulated
