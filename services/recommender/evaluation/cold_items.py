"""Cold items: films that nobody rated yet, ranked by what is known of them."""

from dataclasses import replace

import numpy as np
from numpy.random import default_rng

from services.recommender.arrays import BoolArray, IntArray, SparseArray
from services.recommender.catalogue import Catalogue
from services.recommender.entries import entries
from services.recommender.evaluation.events import RatedEvents
from services.recommender.evaluation.holding_out import draw_parts, part_of, plain, plain_training
from services.recommender.evaluation.splits import HeldOut, Split
from services.recommender.model import TrainingSet
from services.recommender.viewers import Viewers


def split_cold_items(events: RatedEvents, seed: int, catalogue: Catalogue | None = None) -> Split:
    """A fifth of the items loses all its events, and only that fifth is ranked.

    Users, items and training are those of `strong`, but for the cold items, which stay in the item
    axis without an event. A test user's likes of warm items are folded in, those of cold items are
    targets; who has none of either is left out. The validation users have a fifth of their own,
    drawn from the other items, and a training set in which that one is cold.
    """
    rng = default_rng(seed)
    parts = draw_parts(events.likes(), rng)
    items = parts.columns.size
    drawn = rng.permutation(items)
    training = plain_training(events, parts, catalogue)
    likes = plain(events.likes())
    cold = [_mask(items, drawn[: items // 5]), _mask(items, drawn[items // 5 : 2 * (items // 5)])]
    test, validation = (
        _hold_out(events.user_ids[rows], part_of(likes, rows, parts.columns), is_cold)
        for rows, is_cold in zip((parts.test, parts.validation), cold, strict=True)
    )
    return Split(
        training=_without(training, cold[0]),
        validation=validation,
        test=test,
        validation_training=_without(training, cold[1]),
    )


def _mask(items: int, chosen: IntArray) -> BoolArray:
    mask = np.zeros(items, bool)
    mask[chosen] = True
    return mask


def _without(training: TrainingSet, is_cold: BoolArray) -> TrainingSet:
    matrix = training.interactions.matrix
    warm = entries(matrix, ~is_cold[matrix.indices])
    return replace(training, interactions=replace(training.interactions, matrix=warm))


def _hold_out(user_ids: IntArray, likes: SparseArray, is_cold: BoolArray) -> HeldOut:
    on_cold = is_cold[likes.indices]
    fold_in, targets = entries(likes, ~on_cold), entries(likes, on_cold)
    tested = (np.diff(fold_in.indptr) > 0) & (np.diff(targets.indptr) > 0)
    return HeldOut(
        user_ids=user_ids[tested],
        viewers=Viewers(fold_in[tested]),
        targets=targets[tested],
        ranked=is_cold,
    )
