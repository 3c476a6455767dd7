import numpy as np
import pytest

from apps.favorites.models import Favorite, Rating
from services.recommendations.loading import EVERYONE, NOW
from services.recommendations.rating_ranges import Selection, read_block
from tests.factories import make_movie, make_user

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
