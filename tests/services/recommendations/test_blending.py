"""The parts of a blend, and which platforms get which."""

import pytest
from pytest_django import Settings

from apps.movies.models import Genre, Movie
from apps.recommendations import actions
from apps.recommendations.models import ModelVersion
from services.recommendations import model_store, training
from services.recommendations.blending import KernelLimits
from services.recommender.blend import PAIR, BlendSettings, trio

from .conftest import FakeClock, blend_of, train
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

    blend = blend_of(model_store.open_model(version))
    weights = {part.name: part.weight for part in blend.parts}
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
