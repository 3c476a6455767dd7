import numpy as np
import pytest
import scipy.sparse as sp

from services.recommender.shrinkage import likes_known, own_weights, shrink


def test_a_history_weighs_its_share() -> None:
    weights = own_weights(np.array([0, 1, 4, 12, -2]), shrinkage=4)

    assert weights.tolist() == pytest.approx([0, 0.2, 0.5, 0.75, 0])
    assert own_weights(np.array([0, 0.1]), shrinkage=0).tolist() == [0, 1]


def test_dislikes_make_a_history_no_shorter() -> None:
    weights = sp.csr_array(np.array([[1, -0.25, 0.5], [0, 0, 0], [0, -0.25, 0]], np.float32))

    assert likes_known(weights).tolist() == [1.5, 0, 0]


def test_shrinking_mixes_taste_with_popularity() -> None:
    popularity_z = np.array([1, 0, -1], np.float32)

    blended = shrink(
        np.array([[1, 2, 3]] * 2, np.float32), popularity_z, np.array([0, 0.5], np.float32)
    )

    root = 1.5**0.5
    np.testing.assert_allclose(
        blended, [[1, 0, -1], [(1 - root) / 2, 0, (root - 1) / 2]], atol=1e-6
    )
