import numpy as np
import pytest

from apps.favorites.models import Favorite, Rating
from apps.recommendations.models import ModelVersion
from services import leasing
from services.recommendations import run_arrays
from services.recommendations.loading import EVERYONE, NOW
from services.recommendations.rating_ranges import (
    ITEM_IDS,
    USER_RANGES,
    Selection,
    read_all,
    read_block,
)
from tests.factories import make_movie, make_user

from .conftest import FakeClock

pytestmark = pytest.mark.django_db


def test_of_a_favourite_and_a_rating_the_greater_score_counts() -> None:
    films = [make_movie() for _ in range(4)]
    outside = make_movie()
    rater, lover, stranger = (make_user() for _ in range(3))
    for film, score in zip(films, (1, 4, 10), strict=False):
        Rating.objects.create(user=rater, movie=film, score=score)
    for user, film in ((rater, films[1]), (rater, films[3]), (lover, films[0])):
        Favorite.objects.create(user=user, movie=film)
    Rating.objects.create(user=stranger, movie=outside, score=9)

    block = read_block(EVERYONE, Selection(np.array([film.pk for film in films]), False, NOW))

    assert block.user_ids.tolist() == [rater.pk, lover.pk, stranger.pk]
    assert block.matrix.toarray().tolist() == [[1, 10, 10, 10], [10, 0, 0, 0], [0, 0, 0, 0]]
    assert block.matrix.dtype == np.float32
    assert block.matrix.indices.dtype == block.matrix.indptr.dtype == np.int32


def test_the_ranges_of_all_users_are_joined_in_their_order() -> None:
    films = [make_movie() for _ in range(2)]
    items = np.array([film.pk for film in films], np.int32)
    users = [make_user() for _ in range(3)]
    for user, film, score in zip(users, (films[0], films[1], films[0]), (3, 5, 7), strict=True):
        Rating.objects.create(user=user, movie=film, score=score)
    Favorite.objects.create(user=users[1], movie=films[0])
    version = ModelVersion.objects.create(
        state="training",
        attempts=1,
        highest_rating_id=NOW.rating_id,
        highest_favorite_id=NOW.favorite_id,
    )
    ranges = np.array([(users[0].pk, users[0].pk, 1), (users[1].pk, users[2].pk, 2)])
    run_arrays.keep(version, {ITEM_IDS: items, USER_RANGES: ranges})
    lease = leasing.Lease(model=ModelVersion, pk=version.pk, attempt=1, state="training")

    events = read_all(lease, version, clock=FakeClock())

    assert events.user_ids.tolist() == [user.pk for user in users]
    assert events.item_ids.tolist() == items.tolist()
    assert events.matrix.toarray().tolist() == [[3, 0], [10, 5], [7, 0]]
    assert events.matrix.indices.dtype == np.int32
