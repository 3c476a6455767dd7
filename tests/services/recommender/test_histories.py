import numpy as np
import pytest
from hypothesis import given
from numpy.random import default_rng

from services.recommender.histories import HIDDEN, ONLY_WATCHED, Events, Histories
from services.recommender.recency import RecencySettings

from .matrices import seeds

NO_FADING = RecencySettings(half_life=None)
DAY = 86_400.0

Row = tuple[int, int, int, float]


def events(*rows: Row) -> Events:
    """Rows of user, film, score and day."""
    users, items, scores, days = np.array(rows, np.float64).reshape(-1, 4).T
    return Events(users.astype(int), items.astype(int), scores.astype(int), days * DAY)


def grades_of(histories: Histories) -> dict[int, float]:
    return dict(zip(histories.item_ids.tolist(), histories.grades.tolist(), strict=True))


def test_the_greatest_score_counts_and_a_viewing_only_where_there_is_no_other() -> None:
    rows = ((1, 4, 2, 0), (1, 4, 10, 0), (1, 5, 3, 0), (1, 5, ONLY_WATCHED, 0))

    histories = Histories.of(np.array([1]), events(*rows, (1, 6, ONLY_WATCHED, 0)))

    assert grades_of(histories) == {4: 10, 5: 3, 6: 5}


def test_a_hidden_film_tells_nothing_whatever_else_was_done_with_it() -> None:
    rows = ((1, 4, 10, 0), (1, 4, HIDDEN, 0), (1, 5, ONLY_WATCHED, 0), (1, 5, HIDDEN, 0))

    histories = Histories.of(np.array([1]), events(*rows, (1, 6, HIDDEN, 0)))

    assert grades_of(histories) == {4: 0, 5: 0, 6: 0}


def test_viewers_without_events_have_an_empty_row_and_others_are_dropped() -> None:
    histories = Histories.of(np.array([3, 1]), events((1, 10, 9, 0), (2, 20, 9, 0)))

    assert histories.user_ids.tolist() == [1, 3]
    assert histories.indptr.tolist() == [0, 1, 1]
    assert histories.item_ids.tolist() == [10]
    assert Histories.of(np.array([5, 7]), events()).indptr.tolist() == [0, 0, 0]


def test_ages_count_from_the_viewers_own_newest_event() -> None:
    rows = [(1, 10, 9, 100), (1, 20, 9, 90), (2, 10, 9, 50), (2, 30, 9, np.nan), (2, 40, 9, 45)]

    histories = Histories.of(np.array([1, 2]), events(*rows))

    np.testing.assert_array_equal(histories.ages, [0, 10, 0, np.nan, 5])


def test_of_several_events_with_a_film_the_newest_counts_and_a_hidden_film_none() -> None:
    rows = ((1, 10, 4, 80), (1, 10, ONLY_WATCHED, 95), (1, 20, 9, 90), (1, 30, HIDDEN, 200))

    histories = Histories.of(np.array([1]), events(*rows))

    np.testing.assert_array_equal(histories.ages, [0, 5, np.nan])


def test_a_model_sees_the_films_that_it_knows() -> None:
    rows = ((1, 10, 9, 0), (1, 25, 8, 0), (1, 30, 7, 0), (2, 99, 6, 0), (3, 20, HIDDEN, 0))
    histories = Histories.of(np.array([1, 2, 3]), events(*rows))

    viewers = histories.viewers(np.array([10, 20, 30], np.int32), NO_FADING)

    assert viewers.grades.indptr.tolist() == [0, 2, 2, 3]
    assert viewers.grades.indices.tolist() == [0, 2, 1]
    assert viewers.grades.data.tolist() == [9, 7, 0]
    assert viewers.decay is None
    assert histories.viewers(np.empty(0, np.int32), NO_FADING).grades.shape == (3, 0)


def test_what_a_viewer_did_long_ago_counts_less() -> None:
    rows = ((1, 5, 9, 100), (1, 10, 9, 90), (1, 20, 9, 80), (1, 30, 9, np.nan))
    histories = Histories.of(np.array([1]), events(*rows))

    viewers = histories.viewers(np.array([10, 20, 30]), RecencySettings(half_life=10, floor=0))

    assert viewers.decay is not None
    assert viewers.decay.tolist() == [0.5, 0.25, 1]


@given(seeds)
def test_many_viewers_in_any_order_are_each_as_alone(seed: int) -> None:
    rng = default_rng(seed)
    users, items = rng.integers(0, 9, 60), rng.integers(0, 12, 60)
    told = Events(users, items, rng.integers(HIDDEN, 11, 60), rng.uniform(0, 1e7, 60))

    together = Histories.of(rng.permutation(10), told)

    assert together.user_ids.tolist() == list(range(10))
    for user in range(10):
        alone = Histories.of(np.array([user]), told)
        row = together.rows(user, user + 1)
        for name in ("user_ids", "indptr", "item_ids", "grades", "ages"):
            np.testing.assert_array_equal(getattr(row, name), getattr(alone, name))
        assert (np.diff(alone.item_ids) > 0).all()


@pytest.mark.parametrize("start", [0, 1, 2])
def test_rows_are_the_viewers_between(start: int) -> None:
    histories = Histories.of(np.array([1, 2]), events((1, 10, 9, 0), (2, 20, 8, 0)))

    assert len(histories.rows(start, 2)) == 2 - start
