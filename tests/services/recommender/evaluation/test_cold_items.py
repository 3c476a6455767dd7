import numpy as np

from services.recommender.evaluation.cold_items import split_cold_items
from services.recommender.evaluation.running import rankings
from services.recommender.evaluation.strong import split_strong
from services.recommender.popularity import fit_popularity
from tests.services.recommender.evaluation.drawing import cells, random_likes


def test_a_fifth_of_the_items_has_no_event_and_holds_all_targets() -> None:
    events = random_likes(1)

    split = split_cold_items(events, 2)

    warm = split_strong(events, 2).training.interactions
    assert split.validation_training is not None
    masks = []
    for part, training in (
        (split.test, split.training),
        (split.validation, split.validation_training),
    ):
        assert part.ranked is not None
        masks.append(part.ranked)
        assert training.interactions.item_ids.tolist() == warm.item_ids.tolist()
        expected = np.where(part.ranked, 0, warm.matrix.toarray())
        assert training.interactions.matrix.toarray().tolist() == expected.tolist()
        assert all(part.ranked[column] for _, column in cells(part.targets))
        assert not any(part.ranked[column] for _, column in cells(part.viewers.grades))
    assert [int(mask.sum()) for mask in masks] == [8, 8]
    assert not (masks[0] & masks[1]).any()


def test_only_cold_items_are_ranked() -> None:
    split = split_cold_items(random_likes(1), 2)

    ranked = rankings(fit_popularity(split.training), split.test)

    assert split.test.ranked is not None
    cold = np.flatnonzero(split.test.ranked).tolist()
    assert ranked[:, :8].tolist() == [cold] * len(split.test)
    assert set(ranked[:, 8:].ravel().tolist()) == {-1}
