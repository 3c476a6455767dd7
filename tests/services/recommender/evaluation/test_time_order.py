import numpy as np
import pytest

from services.recommender.evaluation.events import RatedEvents
from services.recommender.evaluation.splits import MissingTimesError, TooFewUsersError
from services.recommender.evaluation.time_order import split_time
from tests.services.recommender.evaluation.drawing import columns_of, random_ratings

DAY = 86_400


def known_history() -> RatedEvents:
    """User 1 fills the past, user 2 has three old events and six new ones, a day between each."""
    past = [(1, item, 8, item) for item in range(29)] + [(2, item, 6, item) for item in (0, 1, 2)]
    new = [(2, 3, 8, 40), (2, 4, 2, 41), (2, 99, 9, 42), (2, 6, 8, 43), (2, 7, 8, 44)]
    newest = [(2, 8, 7, 45), (2, 5, 10, 46), (3, 9, 8, 47)]
    users, items, scores, days = zip(*past, *new, *newest, strict=True)
    return RatedEvents.from_arrays(
        user_ids=users, item_ids=items, scores=scores, times=np.array(days) * DAY
    )


def test_the_later_fifth_after_the_cut_is_to_be_found() -> None:
    split = split_time(known_history(), 0)

    items = split.training.interactions.item_ids
    assert split.training.interactions.user_ids.tolist() == [1, 2]
    assert items.tolist() == list(range(29))
    assert split.training.graded
    assert split.test.user_ids.tolist() == [2]
    assert split.test.disliked is not None
    assert columns_of(split.test.targets, 0) == [5]
    assert columns_of(split.test.disliked, 0) == []
    folded = split.test.viewers.grades.toarray()[0]
    assert {int(item): float(folded[item]) for item in np.flatnonzero(folded)} == {
        0: 6, 1: 6, 2: 6, 3: 8, 4: 2, 6: 8, 7: 8, 8: 7,
    }  # fmt: skip


def test_ages_go_back_from_the_last_event_folded_in() -> None:
    split = split_time(known_history(), 0)

    assert split.test.ages is not None
    assert split.test.ages.tolist() == [45, 44, 43, 5, 4, 2, 1, 0]
    assert split.training.ages is not None
    newest = 28
    by_user = [*(newest - np.arange(29)), *(newest - np.arange(3))]
    assert split.training.ages.tolist() == by_user


def test_a_period_is_what_a_loop_over_users_says() -> None:
    events = random_ratings(3, users=25, items=70, timed=True)
    assert events.times is not None
    stamps = np.sort(events.times)
    cuts = [int(stamps[int(share * stamps.size)]) for share in (0.7, 0.8)] + [int(stamps[-1]) + 1]

    split = split_time(events, 0)

    assert split.validation_training is not None
    for part, training, start, stop in (
        (split.validation, split.validation_training, cuts[0], cuts[1]),
        (split.test, split.training, cuts[1], cuts[2]),
    ):
        items = training.interactions.item_ids.tolist()
        found = []
        for row, user in enumerate(events.user_ids.tolist()):
            entries = slice(events.matrix.indptr[row], events.matrix.indptr[row + 1])
            history = sorted(
                zip(
                    events.times[entries].tolist(),
                    events.item_ids[events.matrix.indices[entries]].tolist(),
                    events.matrix.data[entries].tolist(),
                    strict=True,
                )
            )
            known = [each for each in history if each[1] in items and each[0] < stop]
            after = [each for each in known if each[0] >= start]
            late = after[len(after) - len(after) // 5 :]
            targets = sorted(item for _, item, score in late if score >= 8)
            if targets:
                folded = sorted((item, score) for _, item, score in known[: len(known) - len(late)])
                found.append((user, folded, targets))
        made = [
            (
                user,
                [
                    (items[column], float(part.viewers.grades.toarray()[row, column]))
                    for column in columns_of(part.viewers.grades, row)
                ],
                [items[column] for column in columns_of(part.targets, row)],
            )
            for row, user in enumerate(part.user_ids.tolist())
        ]
        assert len(made) > 3
        assert made == found
        assert part.ages is not None
        assert part.ages.size == part.viewers.grades.nnz


def test_ratings_without_times_are_refused() -> None:
    with pytest.raises(MissingTimesError, match="no times"):
        split_time(random_ratings(1), 0)


def test_no_ratings_are_too_few() -> None:
    with pytest.raises(TooFewUsersError, match="no ratings"):
        split_time(RatedEvents.from_arrays(user_ids=[], item_ids=[], scores=[], times=[]), 0)
