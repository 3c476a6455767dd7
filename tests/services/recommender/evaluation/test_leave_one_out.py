from dataclasses import dataclass

import numpy as np
import pytest

from services.recommender.arrays import FloatArray
from services.recommender.evaluation.leave_one_out import split_leave_one_out
from services.recommender.evaluation.running import measure
from services.recommender.evaluation.splits import TooFewUsersError
from services.recommender.viewers import Viewers
from tests.services.recommender.evaluation.drawing import cells, columns_of, random_ratings


@dataclass
class Fixed:
    """The same scores for everybody."""

    values: list[float]

    def scores(self, viewers: Viewers) -> FloatArray:
        return np.tile(np.array(self.values, np.float32), (len(viewers), 1))


def test_the_last_event_is_held_out_and_the_one_before_for_validation() -> None:
    events = random_ratings(1, users=8, timed=True)
    assert events.times is not None

    split = split_leave_one_out(events, 0)

    assert split.validation_training is not None
    for row in range(8):
        start, stop = events.matrix.indptr[row], events.matrix.indptr[row + 1]
        order = events.matrix.indices[start:stop][np.argsort(events.times[start:stop])].tolist()
        assert columns_of(split.test.targets, row) == order[-1:]
        assert columns_of(split.test.viewers.grades, row) == sorted(order[:-1])
        assert columns_of(split.training.interactions.matrix, row) == sorted(order[:-1])
        assert columns_of(split.validation.targets, row) == [order[-2]]
        assert columns_of(split.validation.viewers.grades, row) == sorted(order[:-2])
        assert columns_of(split.validation_training.interactions.matrix, row) == sorted(order[:-2])
    assert set(split.training.interactions.matrix.data.tolist()) == {8.0}


def test_samples_are_items_without_an_event_of_the_user() -> None:
    events = random_ratings(2, users=6, items=260)

    split = split_leave_one_out(events, 3)

    rated = cells(events.matrix)
    for part in (split.test, split.validation):
        assert part.samples is not None
        assert part.samples.shape == (6, 101)
        for row, samples in enumerate(part.samples.tolist()):
            assert samples == sorted(set(samples))
            assert [item for item in samples if (row, item) in rated] == columns_of(
                part.targets, row
            )


def test_where_too_few_items_are_left_all_of_them_are_samples() -> None:
    events = random_ratings(2, users=6, items=40)

    samples = split_leave_one_out(events, 3).test.samples

    assert samples is not None
    rated = np.diff(events.matrix.indptr)
    assert (samples >= 0).sum(axis=1).tolist() == (events.item_ids.size - rated + 1).tolist()


def test_the_held_out_event_is_ranked_among_its_samples_alone() -> None:
    events = random_ratings(4, users=6, items=260)
    part = split_leave_one_out(events, 1).test
    values = np.random.default_rng(0).permutation(events.item_ids.size).astype(float)

    metrics = measure(Fixed(values.tolist()), part, ("hit@10", "ndcg@10"))

    assert part.samples is not None
    for row in range(6):
        (target,) = columns_of(part.targets, row)
        place = int((values[part.samples[row]] > values[target]).sum())
        assert metrics["hit@10"][row] == (place < 10)
        expected = 1 / np.log2(place + 2) if place < 10 else 0
        assert metrics["ndcg@10"][row] == pytest.approx(expected)


def test_users_of_two_events_are_trained_on_but_not_tested() -> None:
    events = random_ratings(5, users=20, items=4)

    split = split_leave_one_out(events, 0)

    enough = events.user_ids[np.diff(events.matrix.indptr) >= 3]
    assert 0 < enough.size < events.user_ids.size
    assert split.test.user_ids.tolist() == enough.tolist()
    assert split.training.interactions.user_ids.tolist() == events.user_ids.tolist()


def test_too_few_events_are_refused() -> None:
    with pytest.raises(TooFewUsersError, match="3 events"):
        split_leave_one_out(random_ratings(1, items=2), 0)
