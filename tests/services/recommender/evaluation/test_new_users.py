from itertools import pairwise

import numpy as np

from services.recommender.evaluation.new_users import split_new_users
from services.recommender.evaluation.strong import split_strong
from tests.services.recommender.evaluation.drawing import columns_of, random_likes


def test_the_same_user_is_tested_with_more_and_more_known_likes() -> None:
    events = random_likes(1, users=30, items=90)

    split = split_new_users(events, 2)

    users = len(split.test) // 6
    assert users == 4
    assert split.test.user_ids.tolist() == split.test.user_ids[:users].tolist() * 6
    assert split.test.history().tolist() == np.repeat([1, 2, 3, 5, 10, 20], users).tolist()
    for row in range(users):
        rows = [row + step * users for step in range(6)]
        known = [set(columns_of(split.test.viewers.grades, each)) for each in rows]
        wanted = [set(columns_of(split.test.targets, each)) for each in rows]
        everything = known[0] | wanted[0]
        assert len(everything) >= 25
        assert all(one | other == everything for one, other in zip(known, wanted, strict=True))
        assert all(fewer < more for fewer, more in pairwise(known))


def test_it_is_trained_on_what_strong_is() -> None:
    events = random_likes(3, users=40, items=90)

    new, strong = split_new_users(events, 1).training, split_strong(events, 1).training

    assert new.interactions.user_ids.tolist() == strong.interactions.user_ids.tolist()
    assert (
        new.interactions.matrix.toarray().tolist() == strong.interactions.matrix.toarray().tolist()
    )


def test_who_likes_fewer_than_25_items_is_no_viewer() -> None:
    split = split_new_users(random_likes(1, items=24), 0)

    assert len(split.test) == 0
    assert split.test.targets.shape == (0, 24)
