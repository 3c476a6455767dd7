import numpy as np
import pytest

from services.recommender.pipeline.links import Links
from services.recommender.similar_items import FEWEST_EVENTS, MOST_SIMILAR, similar_items
from services.recommender.weights import FOLD_IN

KNOWN = FEWEST_EVENTS


def links_of(weights: list[list[float]]) -> Links:
    """From what each item (row) says of each other (column)."""
    by_target = np.array(weights, np.float32).T
    inputs = np.tile(np.arange(len(weights), dtype=np.int32), (len(weights), 1))
    return Links(np.where(by_target > 0, inputs, len(weights)), by_target, FOLD_IN)


def similar(weights: list[list[float]], events: list[int]) -> dict[int, list[int]]:
    found = similar_items(links_of(weights), np.array(events, np.int32))
    return {item: others.tolist() for item, others in found}


def test_how_alike_two_are_is_the_mean_of_what_either_says_of_the_other() -> None:
    weights = [
        [0.0, 0.5, 0.4, 0.0],
        [0.1, 0.0, 0.0, 0.0],
        [0.4, 0.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.0],
    ]

    # .3 and .4: what 0 says of 1 alone is more.
    assert similar(weights, [KNOWN] * 4) == {0: [2, 1], 1: [0], 2: [0]}


def test_one_way_is_enough_and_equal_ones_keep_their_order() -> None:
    weights = [[0.0, 0.2, 0.0], [0.0, 0.0, 0.0], [0.2, 0.0, 0.0]]

    assert similar(weights, [KNOWN] * 3) == {0: [1, 2], 1: [0], 2: [0]}


@pytest.mark.parametrize("known", [0, 1])
def test_what_few_know_is_like_nothing(known: int) -> None:
    events = [KNOWN if item == known else KNOWN - 1 for item in range(2)]

    assert similar([[0.0, 0.5], [0.5, 0.0]], events) == {}


def test_there_are_at_most_so_many() -> None:
    items = MOST_SIMILAR + 10
    weights = np.zeros((items, items))
    weights[0, 1:] = np.linspace(0.1, 1, items - 1)

    found = similar(weights.tolist(), [KNOWN] * items)

    assert found[0] == list(range(items - 1, items - 1 - MOST_SIMILAR, -1))


def test_nothing_is_like_anything_without_items() -> None:
    empty = Links(np.zeros((0, 0), np.int32), np.zeros((0, 0), np.float32), FOLD_IN)

    assert list(similar_items(empty, np.zeros(0, np.int32))) == []
