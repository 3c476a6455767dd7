"""The parts of a blend, and which platforms get which."""

import numpy as np
import pytest
from pytest_django import Settings

from apps.movies.models import Genre, Movie
from apps.recommendations import actions
from apps.recommendations.models import ModelVersion
from services.recommendations import model_store, training
from services.recommendations.blending import KernelLimits
from services.recommendations.catalogue import read_genres_and_years
from services.recommender.blend import PAIR, Blend, BlendSettings, trio
from tests.factories import make_movie

from .conftest import FakeClock, train
from .rated_films import rate_at_random

pytestmark = pytest.mark.django_db

USERS, FILMS = 10, 12


def trained(clock: FakeClock, limits: KernelLimits) -> ModelVersion:
    version = actions.request_training()
    training.advance_training(model_version_id=version.pk, clock=clock, kernel_limits=limits)
    return train(version, clock)


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (KernelLimits(users=USERS, entries=USERS * FILMS), trio(USERS)),
        (KernelLimits(users=USERS - 1, entries=USERS * FILMS), PAIR),
        (KernelLimits(users=USERS, entries=USERS * FILMS - 1), PAIR),
    ],
)
def test_only_small_populations_get_a_kernel_of_users(
    settings: Settings, clock: FakeClock, limits: KernelLimits, expected: BlendSettings
) -> None:
    settings.RECOMMENDER_MIN_USERS = 8
    rate_at_random(users=USERS, films=FILMS, each=6)

    version = trained(clock, limits)

    scorer = model_store.open_model(version).scorer
    assert isinstance(scorer, Blend)
    weights = {part.name: part.weight for part in scorer.parts}
    assert weights == {name: member.weight for name, member in expected.members.items()}
    assert version.settings["weights"] == weights
    assert ("kernel" in version.seconds) == ("user_kernel" in weights)


def test_the_films_have_the_genres_and_years_of_the_catalogue(
    settings: Settings, clock: FakeClock
) -> None:
    settings.RECOMMENDER_MIN_USERS = 8
    first, second, *others = rate_at_random(users=USERS, films=FILMS, each=6)
    first.genres.add(Genre.objects.create(name="Western", slug="western"))
    Movie.objects.filter(pk=second.pk).update(year=1931)

    films = model_store.open_model(train(actions.request_training(), clock)).films

    assert films.genres.tolist() == [[True]] + [[False]] * (FILMS - 1)
    assert films.years.tolist() == [first.year, 1931, *(film.year for film in others)]


def test_a_kernel_stays_within_memory() -> None:
    limits = KernelLimits()

    assert limits.allow(users=10_000, items=10_000)
    assert limits.allow(users=5_000, items=20_000)
    assert not limits.allow(users=10_001, items=100)
    assert not limits.allow(users=10_000, items=10_001)


def test_genres_and_years_are_those_of_exactly_the_films_asked_for() -> None:
    drama = make_movie(genres=("Drama",), year=1987)
    make_movie(genres=("Western",), year=1950)
    both = make_movie(genres=("War", "Drama"), year=None)
    plain = make_movie(year=2001)
    gone = plain.pk + 1

    genres, years = read_genres_and_years(np.array([drama.pk, both.pk, plain.pk, gone]))

    assert genres.tolist() == [[True, False], [True, True], [False, False], [False, False]]
    assert (years.tolist(), years.dtype) == ([1987, 0, 2001, 0], np.int32)
