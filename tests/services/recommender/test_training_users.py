import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import settings as examples

from services.recommender import training_users
from services.recommender.arrays import IntArray, SparseArray
from services.recommender.training_users import NOBODY, TrainingUsers
from services.recommender.viewers import Viewers

from .audiences import random_grades, random_viewers
from .matrices import seeds


@examples(max_examples=50)
@given(seeds)
def test_everybody_is_found_by_their_scores(seed: int) -> None:
    grades = random_grades(seed)
    dense = grades.toarray()

    rows = TrainingUsers.of(grades).find(Viewers(grades))

    np.testing.assert_array_equal(dense[rows], dense)


@examples(max_examples=50)
@given(seeds)
def test_others_are_not_found_though_half_of_them_differ_in_a_single_score(seed: int) -> None:
    grades = random_grades(seed)
    regraded = grades[grades.sum(axis=1) > 0]
    regraded.data[regraded.indptr[:-1]] += 0.5
    users = TrainingUsers.of(grades)

    assert (users.find(Viewers(regraded)) == NOBODY).all()
    assert (users.find(random_viewers(seed))[1:] == NOBODY).sum() >= 7


def test_films_that_tell_nothing_do_not_count() -> None:
    grades = sp.csr_array(np.array([[0, 8, 4], [6, 0, 2]], np.float32))
    hidden = sp.csr_array(
        (np.array([6, 0, 2, 0], np.float32), np.array([0, 1, 2, 1]), np.array([0, 3, 4])),
        shape=(2, 3),
    )

    assert TrainingUsers.of(grades).find(Viewers(hidden)).tolist() == [1, NOBODY]


def test_whoever_did_nothing_is_a_training_user_who_did_nothing() -> None:
    nothing = Viewers(sp.csr_array((1, 2), dtype=np.float32))
    grades = sp.csr_array(np.array([[8, 0], [0, 0]], np.float32))

    assert TrainingUsers.of(grades).find(nothing).tolist() == [1]
    assert TrainingUsers.of(grades[:1]).find(nothing).tolist() == [NOBODY]
    assert TrainingUsers.of(grades[:0]).find(nothing).tolist() == [NOBODY]


def test_equal_keys_do_not_make_equal_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_users, "_keys", equal_keys)
    grades = sp.csr_array(np.array([[8, 4, 0], [6, 4, 0]], np.float32))
    others = np.array([[8, 4, 0], [8, 5, 0], [8, 0, 4], [8, 0, 0], [8, 4, 2]], np.float32)

    found = TrainingUsers.of(grades).find(Viewers(sp.csr_array(others)))

    # Of users with one key the first is found, which costs the others time and nothing else.
    assert found.tolist() == [0, NOBODY, NOBODY, NOBODY, NOBODY]
    assert TrainingUsers.of(grades).find(Viewers(grades)).tolist() == [0, NOBODY]


def equal_keys(grades: SparseArray) -> IntArray:
    return np.zeros(grades.shape[0], np.uint64)
