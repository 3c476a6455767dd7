import numpy as np
import pytest

from services.recommender.scaling import popularity_discount, z_scores


def test_scores_become_deviations_from_the_mean_of_their_row() -> None:
    scores = np.array([[1.0, 3.0], [10.0, 30.0]])

    assert z_scores(scores).tolist() == [[-1, 1], [-1, 1]]
    assert z_scores(scores[1]).tolist() == [-1, 1]


@pytest.mark.parametrize("same", [0.0, 0.1, -7.3e5])
def test_equal_scores_tell_nothing_even_where_their_mean_is_rounded(same: float) -> None:
    scores = np.full((2, 3_001), same, np.float32)

    assert not z_scores(scores).any()


def test_no_scores_stay_no_scores() -> None:
    assert z_scores(np.empty(0)).shape == (0,)
    assert z_scores(np.empty((0, 3), np.float32)).shape == (0, 3)


def test_the_discount_follows_the_events_and_takes_no_event_for_one() -> None:
    discount = popularity_discount(np.array([0, 1, 4, 10]), 0.5)

    np.testing.assert_allclose(discount, [2, 2, 1, np.sqrt(0.4)], rtol=1e-6)
    assert popularity_discount(np.array([0, 1, 4]), 0.0).tolist() == [1, 1, 1]
    assert popularity_discount(np.empty(0, np.int64), 0.5).size == 0
