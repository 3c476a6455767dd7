import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import psycopg2
import pytest
from django.db import connection, connections
from pytest_django import Settings

from apps.favorites import actions
from apps.favorites.models import Favorite, Rating
from apps.movies.models import Movie
from apps.recommendations.actions import request_generation
from apps.recommendations.models import Generation, ModelVersion
from apps.users.models import User
from services.leasing import Clock
from services.recommendations import building, gram_cache, model_store, solving, training
from services.recommender.blend import Blend, Part
from services.recommender.cold_items import ColdItems, ColdItemSettings
from services.recommender.interactions import Interactions
from services.recommender.item_model import LOCAL_RIDGE, ItemModel
from services.recommender.model import TrainingSet
from services.recommender.pipeline.films import Films
from services.recommender.related_films import edges_of
from services.recommender.served_model import ServedModel
from tests.factories import make_movie, make_user
from tests.services.recommender.catalogues import bare_catalogue

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass
class FakeClock:
    """A clock that stands still until it is told to go on."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)


def at_call(number: int, clock: FakeClock, action: Callable[[], object]) -> Clock:
    """The clock, but `action` happens when somebody asks it for the `number`th time."""
    calls = count(1)

    def ask() -> datetime:
        if next(calls) == number:
            action()
        return clock()

    return ask


class Background(Protocol):
    def __call__(self, function: Any, **kwargs: Any) -> Future[Any]: ...


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(autouse=True)
def cache(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """A model cache of the test's own, on disk and in the process."""
    settings.RECOMMENDER_CACHE_DIR = tmp_path / "models"
    model_store.forget_opened()
    yield tmp_path / "models"
    model_store.forget_opened()


@pytest.fixture
def films() -> list[Movie]:
    return [make_movie() for _ in range(6)]


def neighbours_model(films: list[Movie], *, step: int = 1) -> ServedModel:
    """Each film speaks for the one `step` further round the circle; all are as popular."""
    count = len(films)
    item_ids = np.array([film.pk for film in films], np.int32)
    ridge = ItemModel(
        kind=LOCAL_RIDGE,
        item_ids=item_ids,
        indptr=np.arange(count + 1, dtype=np.int32),
        indices=((np.arange(count) + step) % count).astype(np.int32),
        values=np.ones(count, np.float32),
        popularity=np.ones(count, np.float32),
    )
    facts = Films(
        item_ids=item_ids,
        events=np.full(count, ColdItemSettings.enough, np.int32),
        popularity=np.ones(count, np.float32),
        vectors=np.zeros((count, 1), np.float32),
        genres=np.zeros((count, 0), bool),
        years=np.zeros(count, np.int32),
        related=edges_of(None, item_ids),
    )
    blend = Blend([Part(LOCAL_RIDGE, ridge, 1.0)])
    return ServedModel.of_blend(blend, facts, bare_catalogue(item_ids))


def blend_of(model: ServedModel) -> Blend:
    assert isinstance(model.scorer, ColdItems)
    assert isinstance(model.scorer.base, Blend)
    return model.scorer.base


def make_ready_model(films: list[Movie], *, step: int = 1) -> ModelVersion:
    version = ModelVersion.objects.create(
        state=ModelVersion.State.READY, phase=ModelVersion.Phase.DONE
    )
    model_store.save_model(version, neighbours_model(films, step=step))
    version.save()
    return version


def build_generation(
    version: ModelVersion, clock: FakeClock, *, publish: bool = True
) -> Generation:
    """Build all lists here, as workers would, and publish them."""
    requested = request_generation(model_version_id=version.pk, publish=publish)
    for generation in building.run_generation(
        generation_id=requested.pk, clock=clock, sleep=lambda _: None
    ):
        last = generation
    return last


def all_events() -> TrainingSet:
    """What a training learns from where nobody is simulated, by the ORM; a favourite counts 10."""
    rows = [
        *Rating.objects.values_list("user_id", "movie_id", "score"),
        *((user, movie, 10) for user, movie in Favorite.objects.values_list("user_id", "movie_id")),
    ]
    user_ids, item_ids, scores = zip(*rows, strict=True)
    events = Interactions.from_events(user_ids=user_ids, item_ids=item_ids, weights=scores)
    return TrainingSet(events, graded=True)


def advance_training(version: ModelVersion, clock: Clock) -> bool:
    """Do one slice, or each shard that waits; whether anything follows."""
    following = training.advance_training(model_version_id=version.pk, clock=clock)
    for shard_id in following.shard_ids:
        solving.solve_shard(shard_id=shard_id, clock=clock)
    return following.again or bool(following.shard_ids)


def train(version: ModelVersion, clock: Clock) -> ModelVersion:
    while advance_training(version, clock):
        pass
    version.refresh_from_db()
    return version


def add_slice(version: ModelVersion) -> int:
    """One slice of this host's matrix, by a worker that ends then; the users that are in it."""
    with closing(gram_cache.add_slices(version)) as slices:
        return next(slices)


@pytest.fixture
def viewer(films: list[Movie]) -> User:
    """A viewer who has rated the first film."""
    user = make_user()
    actions.rate_movie(user=user, movie_id=films[0].pk, score=9, at=NOON)
    return user


@pytest.fixture
def published(films: list[Movie], clock: FakeClock) -> Generation:
    """An active generation, built before any viewer came."""
    return build_generation(make_ready_model(films), clock)


@pytest.fixture
def other_session(transactional_db: None) -> Iterator[Any]:
    """A second connection to the test's database, as another process has it."""
    session = psycopg2.connect(**connection.get_connection_params())
    yield session
    session.close()


@pytest.fixture
def background(transactional_db: None) -> Iterator[Background]:
    """Runs a function in a thread that has a database connection of its own."""
    with ThreadPoolExecutor(4) as pool:

        def start(function: Any, **kwargs: Any) -> Future[Any]:
            def run() -> Any:
                try:
                    return function(**kwargs)
                finally:
                    connections.close_all()

            return pool.submit(run)

        yield start


def wait_until_blocked(session: Any, *, seconds: float = 60) -> None:
    """Return when some other session waits for a lock that `session`'s transaction holds."""
    deadline = time.monotonic() + seconds
    with session.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(
                "SELECT count(*) FROM pg_locks"
                " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return
            time.sleep(0.01)
    raise AssertionError("nobody waited")
