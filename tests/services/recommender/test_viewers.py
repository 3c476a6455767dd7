import numpy as np
import pytest
import scipy.sparse as sp

from services.recommender.viewers import Viewers
from services.recommender.weights import FOLD_IN, UNARY

GRADES = sp.csr_array(np.array([[0, 8, 10], [0, 0, 0], [2, 0, 6]], np.float32))


def test_scores_weigh_what_the_curve_says_as_far_as_they_still_count() -> None:
    viewers = Viewers(GRADES, np.array([1, 0.5, 0, 0.25], np.float32))

    assert viewers.weighted(FOLD_IN).toarray() == pytest.approx(
        np.array([[0, 1, 0.6], [0, 0, 0], [0, 0, 0.15]])
    )
    assert Viewers(GRADES).weighted(UNARY).toarray().tolist() == [[0, 1, 1], [0, 0, 0], [1, 0, 1]]


def test_rows_keep_what_still_counts_of_their_own_events() -> None:
    viewers = Viewers(GRADES, np.array([1, 0.5, 0, 0.25], np.float32))

    rows = viewers.rows(1, 3)

    assert len(rows) == 2
    assert rows.grades.toarray().tolist() == [[0, 0, 0], [2, 0, 6]]
    assert rows.decay is not None
    assert rows.decay.tolist() == [0, 0.25]


def test_chosen_viewers_keep_the_order_they_are_asked_in() -> None:
    viewers = Viewers(GRADES, np.array([1, 0.5, 0, 0.25], np.float32))

    chosen = viewers.chosen(np.array([2, 1, 0, 2]))

    assert chosen.grades.toarray().tolist() == [[2, 0, 6], [0, 0, 0], [0, 8, 10], [2, 0, 6]]
    assert chosen.decay is not None
    assert chosen.decay.tolist() == [0, 0.25, 1, 0.5, 0, 0.25]
    assert Viewers(GRADES).chosen(np.array([2])).grades.toarray().tolist() == [[2, 0, 6]]
    assert len(viewers.chosen(np.array([], np.int64))) == 0


def test_films_in_another_order_are_refused() -> None:
    parts = (np.array([8, 2], np.float32), np.array([1, 0]), np.array([0, 2]))

    with pytest.raises(ValueError, match="must ascend"):
        Viewers(sp.csr_array(parts, shape=(1, 2)))
