"""The queryset beside which filters are measured finds what the model finds."""

import random

import pytest
from django.db import connection

from tests.benchmarks.filters.ordinary import ordinary

from .drawing import FILTERS, Drawn, draw_combination, draw_filter, draw_ordering
from .model import ORDERINGS, matching
from .rows import Catalogue

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _known_to_the_planner(catalogue: Catalogue) -> None:
    """Which takes minutes for some of the joins otherwise."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def check(catalogue: Catalogue, parameters: Drawn) -> None:
    films = ordinary(parameters, viewer_id=catalogue.viewer.pk)
    right = matching(catalogue.films, parameters, catalogue.today, catalogue.seen)
    assert [film.pk for film in films] == right, parameters


def test_a_filter_or_an_ordering_alone(catalogue: Catalogue) -> None:
    rng = random.Random(1)
    for name in FILTERS:
        for _ in range(3):
            check(catalogue, draw_filter(name, catalogue.films, rng))
    for ordering in ORDERINGS:
        check(catalogue, {"ordering": ordering})


def test_combinations_in_any_order(catalogue: Catalogue) -> None:
    rng = random.Random(2)
    for _ in range(100):
        check(catalogue, draw_combination(catalogue.films, rng) | draw_ordering(rng))
