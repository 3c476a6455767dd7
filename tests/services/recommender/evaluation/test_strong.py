import numpy as np
import pytest
from numpy.random import default_rng

from services.recommender.evaluation.events import RatedEvents
from services.recommender.evaluation.splits import HeldOut, TooFewUsersError
from services.recommender.evaluation.strong import split_strong, split_strong_graded
from tests.services.recommender.evaluation.drawing import (
    cells,
    columns_of,
    random_likes,
    random_ratings,
)


def test_likes_start_at_eight_points_and_users_need_five_of_them() -> None:
    users = np.repeat(np.arange(13), 5)
    scores = np.full(users.size, 8)
    scores[-1] = 7
    events = RatedEvents.from_arrays(
        user_ids=users, item_ids=np.tile(np.arange(5), 13), scores=scores
    )

    split = split_strong(events, 0)

    everybody = [split.training.interactions.user_ids, split.validation.user_ids]
    assert sorted(np.concatenate([*everybody, split.test.user_ids]).tolist()) == list(range(12))
    assert split.training.interactions.matrix.toarray().tolist() == [[8] * 5] * 8
    assert not split.training.graded


def test_a_split_draws_its_random_numbers_in_the_order_of_the_protocol() -> None:
    likes = random_likes(1)
    users = likes.user_ids
    rng = default_rng(7)
    permuted = rng.permutation(users)
    size = len(users) // 6
    parts = {"test": sorted(permuted[:size]), "validation": sorted(permuted[size : 2 * size])}
    train_users = sorted(permuted[2 * size :])
    events = {int(user): columns_of(likes.matrix, row) for row, user in enumerate(users)}
    train_items = sorted({item for user in train_users for item in events[int(user)]})
    expected: dict[str, list[tuple[list[int], list[int]]]] = {}
    for part in ("validation", "test"):
        expected[part] = []
        for user in parts[part]:
            kept = [item for item in events[int(user)] if item in train_items]
            drawn = set(rng.choice(len(kept), len(kept) // 5, replace=False).tolist())
            targets = [kept[place] for place in sorted(drawn)]
            expected[part].append((sorted(set(kept) - set(targets)), targets))

    split = split_strong(likes, 7)

    training = split.training.interactions
    assert training.user_ids.tolist() == train_users
    assert training.item_ids.tolist() == [int(likes.item_ids[item]) for item in train_items]
    for part, held_out in (("validation", split.validation), ("test", split.test)):
        assert held_out.user_ids.tolist() == parts[part]
        drawn_rows = [
            (
                [train_items[place] for place in columns_of(held_out.viewers.grades, row)],
                [train_items[place] for place in columns_of(held_out.targets, row)],
            )
            for row in range(len(held_out))
        ]
        assert drawn_rows == expected[part]


def test_events_on_items_unknown_to_training_are_dropped_and_short_users_left_out() -> None:
    everyone = {user: [1, 2, 3, 4, 5] for user in range(12)}
    # Whoever is held out of these likes one film of their own, and keeps too little without it.
    rows = [(user, item) for user, items in everyone.items() for item in items[:4]]
    rows += [(user, 100 + user) for user in everyone]
    users, items = zip(*rows, strict=True)
    events = RatedEvents.from_arrays(user_ids=users, item_ids=items, scores=[10] * len(rows))

    split = split_strong(events, 0)

    assert split.training.interactions.user_ids.size == 8
    assert len(split.test) == 0
    assert len(split.validation) == 0


def test_too_few_users_are_refused() -> None:
    events = RatedEvents.from_arrays(user_ids=[1] * 5, item_ids=range(5), scores=[10] * 5)

    with pytest.raises(TooFewUsersError, match="1 user"):
        split_strong(events, 0)


def test_strong_graded_differs_in_the_training_matrix_alone() -> None:
    events = random_ratings(2)

    plain, graded = split_strong(events, 3), split_strong_graded(events, 3)

    assert graded.training.graded
    matrix = graded.training.interactions
    assert matrix.user_ids.tolist() == plain.training.interactions.user_ids.tolist()
    assert matrix.item_ids.tolist() == plain.training.interactions.item_ids.tolist()
    rows = np.searchsorted(events.user_ids, matrix.user_ids)
    columns = np.searchsorted(events.item_ids, matrix.item_ids)
    expected = events.matrix.toarray()[np.ix_(rows, columns)]
    assert matrix.matrix.toarray().tolist() == expected.tolist()
    for one, other in ((plain.test, graded.test), (plain.validation, graded.validation)):
        assert one.viewers.grades.toarray().tolist() == other.viewers.grades.toarray().tolist()
        assert one.targets.toarray().tolist() == other.targets.toarray().tolist()


@pytest.mark.parametrize("split", [split_strong, split_strong_graded])
def test_no_target_is_folded_in_and_no_held_out_user_is_trained_on(split: object) -> None:
    assert callable(split)
    made = split(random_ratings(4), 5)

    for part in (made.validation, made.test):
        assert isinstance(part, HeldOut)
        assert len(part) == 10
        assert not cells(part.viewers.grades) & cells(part.targets)
        assert np.diff(part.targets.indptr).min() >= 1
        assert not np.isin(part.user_ids, made.training.interactions.user_ids).any()
        assert set(part.viewers.grades.data.tolist()) == {8.0}
    assert not np.isin(made.test.user_ids, made.validation.user_ids).any()
