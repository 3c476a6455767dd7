"""Titles for adults, and those that TMDb removed, are neither popular nor learned from."""

from datetime import UTC, datetime

import pytest

from apps.movies.models import Movie
from services.recommendations.catalogue import fit_content_model
from services.recommendations.training_data import count_ratings
from tests.factories import make_movie

from .conftest import FakeClock, build_generation, make_ready_model

pytestmark = pytest.mark.django_db

REMOVED_AT = datetime(2026, 11, 22, tzinfo=UTC)


def test_a_generations_popular_films_are_those_that_may_be_shown(
    films: list[Movie], clock: FakeClock
) -> None:
    version = make_ready_model(films)
    Movie.objects.filter(pk=films[0].pk).update(adult=True)
    Movie.objects.filter(pk=films[2].pk).update(tombstoned_at=REMOVED_AT)

    generation = build_generation(version, clock)

    assert generation.popular_movie_ids == [films[number].pk for number in (1, 3, 4, 5)]


def test_the_content_model_knows_only_films_that_may_be_shown() -> None:
    shown = make_movie(genres=("Drama",))
    make_movie(genres=("Drama",), adult=True)
    make_movie(genres=("Drama",), tombstoned_at=REMOVED_AT)

    model = fit_content_model(count_ratings(with_simulated=False))

    assert model.item_ids.tolist() == [shown.pk]
