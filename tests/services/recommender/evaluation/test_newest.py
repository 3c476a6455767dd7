from dataclasses import replace

import numpy as np
import pytest

from services.recommender.evaluation.events import RatedEvents
from services.recommender.evaluation.newest import MIN_VIEWERS, HeldOutBy, split_newest
from services.recommender.evaluation.splits import TooFewUsersError
from tests.services.recommender.evaluation.drawing import columns_of

USERS, OLD, NEW = 25, 40, 10


def steady() -> RatedEvents:
    """Everybody likes 40 films, one each day, and then, as the newest 20 %, 10 of 12 others."""
    users, items, times = [], [], []
    for user in range(USERS):
        new = [OLD + (user + step) % 12 for step in range(NEW)]
        users += [user] * (OLD + NEW)
        items += [*range(OLD), *new]
        times += range(OLD + NEW)
    # The new films were known before to one who comes no more.
    users += [USERS] * 12
    items += range(OLD, OLD + 12)
    times += [0] * 12
    scores = [9] * len(users)
    return RatedEvents.from_arrays(user_ids=users, item_ids=items, scores=scores, times=times)


def test_the_later_half_of_the_newest_events_is_to_be_found() -> None:
    split = split_newest(steady(), 0)

    assert split.held_out_by is HeldOutBy.TIME
    # A fifth of the events: those of the last ten days and some of a day more.
    assert split.since == OLD - 1
    assert split.part.user_ids.tolist() == list(range(USERS))
    # The film of that day was not known before; of ten others five are held out.
    items = split.training.interactions.item_ids
    assert items[columns_of(split.part.targets, 0)].tolist() == list(range(OLD + 5, OLD + 10))
    assert split.part.history().tolist() == [OLD - 1 + 5] * USERS
    assert split.training.interactions.matrix.nnz == USERS * (OLD - 1) + 12
    assert split.training.ages is not None


def test_without_times_a_fifth_of_each_users_events_is_drawn() -> None:
    events = replace(steady(), times=None)

    split = split_newest(events, 0)

    assert (split.held_out_by, split.since) == (HeldOutBy.RANDOM, None)
    assert split.part.history().tolist() == [40] * USERS + [10]
    assert np.diff(split.part.targets.indptr).tolist() == [10] * USERS + [2]
    assert split.training.interactions.matrix.nnz == 40 * USERS + 10
    held_out, known = split.part.targets, split.part.viewers.grades
    assert held_out.multiply(known).nnz == 0
    other = split_newest(events, 1)
    assert columns_of(split.part.targets, 0) != columns_of(other.part.targets, 0)


def test_times_that_are_all_the_same_say_nothing() -> None:
    events = steady()

    split = split_newest(replace(events, times=np.full(events.matrix.nnz, 7)), 0)

    assert split.held_out_by is HeldOutBy.RANDOM


def test_what_nobody_liked_is_not_to_be_found() -> None:
    events = steady()
    matrix = events.matrix.copy()
    matrix.data[:] = 5

    with pytest.raises(TooFewUsersError, match="0 viewers"):
        split_newest(replace(events, matrix=matrix), 0)


def test_too_few_viewers_cannot_be_compared() -> None:
    events = steady()
    kept = events.user_ids[events.rows_of_entries()] < MIN_VIEWERS - 1
    few = RatedEvents.from_arrays(
        user_ids=events.rows_of_entries()[kept],
        item_ids=events.matrix.indices[kept],
        scores=events.matrix.data[kept],
        times=events.times[kept] if events.times is not None else None,
    )

    with pytest.raises(TooFewUsersError, match=f"{MIN_VIEWERS - 1} viewers"):
        split_newest(few, 0)
