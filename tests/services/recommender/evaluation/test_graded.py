import numpy as np
from numpy.random import default_rng

from services.recommender.evaluation.strong import split_graded, split_strong_graded
from tests.services.recommender.evaluation.drawing import columns_of, random_ratings


def test_a_fifth_of_all_ratings_is_held_out_and_sorted_by_score() -> None:
    events = random_ratings(1, users=90)

    split = split_graded(events, 2)

    rng = default_rng(2)
    users = rng.permutation(events.user_ids)
    size = users.size // 6
    items = split.training.interactions.item_ids.tolist()
    expected = {}
    for user in (*sorted(users[size : 2 * size]), *sorted(users[:size])):
        row = int(np.searchsorted(events.user_ids, user))
        scores = {
            int(events.item_ids[column]): float(events.matrix.toarray()[row, column])
            for column in columns_of(events.matrix, row)
        }
        known = [item for item in scores if item in items]
        drawn = rng.choice(len(known), len(known) // 5, replace=False).tolist()
        held_out = {known[place]: scores[known[place]] for place in drawn}
        if any(score >= 8 for score in held_out.values()):
            expected[int(user)] = (
                {item: scores[item] for item in known if item not in held_out},
                sorted(item for item, score in held_out.items() if score >= 8),
                sorted(item for item, score in held_out.items() if score <= 4),
            )

    made = {}
    for part in (split.validation, split.test):
        assert part.disliked is not None
        for row, user in enumerate(part.user_ids.tolist()):
            made[user] = (
                {
                    items[column]: float(part.viewers.grades.toarray()[row, column])
                    for column in columns_of(part.viewers.grades, row)
                },
                [items[column] for column in columns_of(part.targets, row)],
                [items[column] for column in columns_of(part.disliked, row)],
            )
    assert made == expected


def test_it_is_trained_on_what_strong_graded_is() -> None:
    events = random_ratings(3)

    graded, strong = split_graded(events, 1).training, split_strong_graded(events, 1).training

    assert graded.graded
    assert (
        graded.interactions.matrix.toarray().tolist()
        == strong.interactions.matrix.toarray().tolist()
    )
