"""No protocol lets a model see what it is to find."""

import numpy as np
import pytest

from services.recommender.evaluation.protocols import PROTOCOLS
from services.recommender.evaluation.splits import HeldOut, Split
from services.recommender.model import TrainingSet
from tests.services.recommender.evaluation.drawing import cells, random_ratings

UNSEEN_USERS = ("strong", "strong-graded", "graded", "new-users", "cold-items")


def trained_pairs(training: TrainingSet) -> set[tuple[int, int]]:
    users, items = training.interactions.user_ids, training.interactions.item_ids
    return {
        (int(users[row]), int(items[column])) for row, column in cells(training.interactions.matrix)
    }


def target_pairs(part: HeldOut, training: TrainingSet) -> set[tuple[int, int]]:
    items = training.interactions.item_ids
    wanted = cells(part.targets) | (set() if part.disliked is None else cells(part.disliked))
    return {(int(part.user_ids[row]), int(items[column])) for row, column in wanted}


def drawn_in(split: Split) -> list[object]:
    return [
        [part.user_ids.tolist(), part.viewers.grades.toarray().tolist(), cells(part.targets)]
        for part in (split.validation, split.test)
    ]


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", PROTOCOLS)
def test_what_is_to_be_found_is_neither_folded_in_nor_trained_on(name: str, seed: int) -> None:
    events = random_ratings(seed, users=90, items=70, timed=True)

    split = PROTOCOLS[name].split(events, seed, None)

    validation_training = split.validation_training or split.training
    for part, training in ((split.test, split.training), (split.validation, validation_training)):
        assert len(part) > 5
        assert part.targets.shape == part.viewers.grades.shape
        assert part.targets.shape[1] == training.interactions.item_ids.size
        assert np.diff(part.targets.indptr).min() >= 1
        held_out = cells(part.targets) | (set() if part.disliked is None else cells(part.disliked))
        assert not held_out & cells(part.viewers.grades)
        assert not target_pairs(part, training) & trained_pairs(training)


@pytest.mark.parametrize("name", UNSEEN_USERS)
def test_held_out_users_are_unknown_to_training(name: str) -> None:
    split = PROTOCOLS[name].split(random_ratings(2, users=90, items=70), 3, None)

    trained = split.training.interactions.user_ids
    assert not np.isin(split.test.user_ids, trained).any()
    assert not np.isin(split.validation.user_ids, trained).any()
    assert not np.isin(split.test.user_ids, split.validation.user_ids).any()


@pytest.mark.parametrize("name", PROTOCOLS)
def test_settings_are_not_chosen_by_what_the_test_is_to_find(name: str) -> None:
    split = PROTOCOLS[name].split(random_ratings(4, users=90, items=70, timed=True), 5, None)

    training = split.validation_training or split.training
    tested = target_pairs(split.test, split.training)
    assert not tested & target_pairs(split.validation, training)
    assert not tested & trained_pairs(training)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_seed_means_the_same_split_every_time(name: str) -> None:
    events = random_ratings(6, users=90, items=70, timed=name == "time")
    first, again, other = (PROTOCOLS[name].split(events, seed, None) for seed in (1, 1, 2))

    assert drawn_in(first) == drawn_in(again)
    assert (drawn_in(first) != drawn_in(other)) == PROTOCOLS[name].seeded
