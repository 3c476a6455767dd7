import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from services.recommender.evaluation.events import RatedEvents
from tests.services.recommender.matrices import seeds


def test_events_become_a_matrix_with_ascending_ids() -> None:
    events = RatedEvents.from_arrays(
        user_ids=[9, 4, 9], item_ids=[30, 30, 20], scores=[1, 7.5, 10], times=[5, 6, 7]
    )

    assert events.user_ids.tolist() == [4, 9]
    assert events.item_ids.tolist() == [20, 30]
    assert events.matrix.toarray().tolist() == [[0, 7.5], [10, 1]]
    assert events.times is not None
    assert events.times.tolist() == [6, 7, 5]
    assert events.likes().toarray().tolist() == [[0, 0], [10, 0]]
    assert events.rows_of_entries().tolist() == [0, 1, 1]


def test_of_equal_pairs_the_last_counts() -> None:
    events = RatedEvents.from_arrays(
        user_ids=[1, 1, 1], item_ids=[2, 2, 2], scores=[3, 5, 9], times=[10, 30, 20]
    )

    assert events.matrix.toarray().tolist() == [[5]]
    assert events.times is not None
    assert events.times.tolist() == [30]


def test_of_equal_pairs_without_times_the_greatest_score_counts() -> None:
    events = RatedEvents.from_arrays(user_ids=[1, 1, 1], item_ids=[2, 2, 2], scores=[3, 9, 5])

    assert events.matrix.toarray().tolist() == [[9]]
    assert events.times is None


@settings(max_examples=40)
@given(seed=seeds, gap=st.sampled_from([1, 10**9]), timed=st.booleans())
def test_any_order_of_any_ids_gives_what_a_loop_does(seed: int, gap: int, *, timed: bool) -> None:
    rng = default_rng(seed)
    size = int(rng.integers(1, 60))
    users, items, scores = (rng.integers(1, most, size) for most in (6, 8, 11))
    times = rng.integers(0, 4, size)

    events = RatedEvents.from_arrays(
        user_ids=users * gap, item_ids=items * gap, scores=scores, times=times if timed else None
    )

    latest: dict[tuple[int, int], tuple[int, int]] = {}
    for user, item, score, time in zip(users, items, scores, times, strict=True):
        pair, rank = (int(user) * gap, int(item) * gap), int(time if timed else score)
        if pair not in latest or rank >= latest[pair][0]:
            latest[pair] = (rank, int(score))
    made = {
        (int(events.user_ids[row]), int(events.item_ids[column])): int(score)
        for row, column, score in zip(
            events.rows_of_entries(), events.matrix.indices, events.matrix.data, strict=True
        )
    }
    assert list(made) == sorted(latest)
    assert made == {pair: score for pair, (_, score) in latest.items()}


def test_no_events_are_an_empty_matrix() -> None:
    events = RatedEvents.from_arrays(user_ids=[], item_ids=[], scores=[])

    assert events.matrix.shape == (0, 0)
    assert events.likes().shape == (0, 0)


@pytest.mark.parametrize("score", [0.5, 10.5, np.nan])
def test_a_score_outside_the_scale_is_refused(score: float) -> None:
    with pytest.raises(ValueError, match="from 1 to 10"):
        RatedEvents.from_arrays(user_ids=[1, 2], item_ids=[1, 2], scores=[5, score])


def test_arrays_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="parallel"):
        RatedEvents.from_arrays(user_ids=[1, 2], item_ids=[1, 2], scores=[5, 6], times=[1])
