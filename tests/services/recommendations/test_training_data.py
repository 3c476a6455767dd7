import numpy as np
import pytest

from apps.favorites.models import Favorite, Rating
from services.recommendations.training_data import Census, count_ratings, survey
from tests.factories import make_movie, make_user


def census(*events: int) -> Census:
    counts = np.asarray(events, np.int64)
    return Census(
        np.arange(10, 10 + counts.size), counts, np.zeros_like(counts), np.zeros(counts.size, bool)
    )


def test_ranges_hold_as_many_users_as_fit() -> None:
    assert census(3, 4, 3, 10, 1, 12, 2).ranges(10).tolist() == [
        [10, 12, 3],
        [13, 13, 1],
        [14, 14, 1],
        [15, 15, 1],
        [16, 16, 1],
    ]


def test_nobody_has_no_ranges() -> None:
    assert census().ranges(10).shape == (0, 3)


@pytest.mark.django_db
def test_the_films_of_most_viewers_are_learned_of() -> None:
    """A film that a viewer both rated and favoured counts once; of equals the older one stays."""
    users = [make_user(password=None) for _ in range(3)]
    rare, both, twice, equal = (make_movie() for _ in range(4))
    for user, movie in [(0, rare), (0, both), (0, twice), (1, twice), (1, equal), (2, both)]:
        Rating.objects.create(user=users[user], movie=movie, score=5)
    for user, movie in [(0, both), (2, both), (2, equal), (2, twice)]:
        Favorite.objects.create(user=users[user], movie=movie)

    found = survey(max_items=2)

    assert found.item_ids.tolist() == [both.pk, twice.pk]
    assert found.census.user_ids.tolist() == [user.pk for user in users]
    assert found.census.ratings.tolist() == [3, 2, 1]
    assert found.census.favorites.tolist() == [1, 0, 3]
    assert count_ratings(with_simulated=False) == {rare.pk: 1, both.pk: 2, twice.pk: 2, equal.pk: 1}


@pytest.mark.django_db
def test_nothing_rated_is_surveyed_as_nothing() -> None:
    found = survey(max_items=2)

    assert (found.census.suffices, found.item_ids.size) == (False, 0)
    assert (found.watermarks.rating_id, found.newest_rating_at) == (0, None)
