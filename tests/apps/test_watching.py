"""Rows of films that can be watched, as they are found and as the planner is asked for them."""

from itertools import chain, combinations

import pytest
from django.db import connection

from apps.movies.models import WatchAvailability
from apps.movies.watching import OFFERS, Watchable
from tests.factories import make_movie

pytestmark = pytest.mark.django_db

SOME_OFFERS = list(
    chain.from_iterable(combinations(OFFERS, count) for count in (1, 2, len(OFFERS)))
)


def rows_of(rows: str, watchable: Watchable) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {rows}", watchable.parameters())  # noqa: S608  # texts of ours
        (count,) = cursor.fetchone()
    return int(count)


@pytest.mark.parametrize("offers", SOME_OFFERS)
def test_the_planner_is_asked_for_the_rows_that_are_found(offers: tuple[str, ...]) -> None:
    """An offer of another kind does not count: a service may rent what it has not for nothing."""
    for kind in OFFERS:
        for country in ("DE", "FR"):
            WatchAvailability.objects.create(movie=make_movie(), country=country, **{kind: [3]})
            WatchAvailability.objects.create(movie=make_movie(), country=country, **{kind: [8]})
    watchable = Watchable(region="DE", offers=offers, provider_ids=(3, 5))

    assert rows_of(watchable.likely_rows(), watchable) == len(offers)
    assert rows_of(watchable.rows(), watchable) == len(offers)
