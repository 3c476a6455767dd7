"""Leave one out among 100 sampled items: what Gorse publishes, kept to be compared with it.

Sampled ranks say little of the ranking of all films (Krichene & Rendle 2020); nothing is chosen by
them here.
"""

import numpy as np
from numpy.random import Generator, default_rng

from services.recommender.arrays import BoolArray, IntArray, SparseArray
from services.recommender.catalogue import Catalogue
from services.recommender.entries import entries
from services.recommender.evaluation.events import RatedEvents
from services.recommender.evaluation.holding_out import HELD_OUT_USERS, plain
from services.recommender.evaluation.metrics import NOTHING
from services.recommender.evaluation.splits import HeldOut, Split, TooFewUsersError
from services.recommender.interactions import Interactions
from services.recommender.model import TrainingSet
from services.recommender.viewers import Viewers

SAMPLES = 100
# One event to test with, one to choose settings with, and one to know the viewer by.
MIN_EVENTS = 3


def split_leave_one_out(
    events: RatedEvents, seed: int, catalogue: Catalogue | None = None
) -> Split:
    """One event of each user, ranked among 100 items that the user has no event with.

    Follows Gorse (`SplitCF` and `Evaluate`), which follows He et al. 2017 (arXiv 1708.05031): every
    rating is an event, whatever its score. Of up to 10,000 users with 3 events or more one event is
    held out: their last, or where there are no times one drawn at random. Training is all other
    events of all users, so the users are known to it; the rest of a user's events is folded in. The
    100 items are drawn without replacement. Items without an event left stay in the item axis. For
    validation another event of each user is held out, and trained on is what then remains.
    """
    rng = default_rng(seed)
    matrix = plain(events.matrix)
    tested = _draw_users(matrix, rng)
    last, before = _last_two(events, tested, rng)
    test = _hold_out(events, entries(matrix, ~last), entries(matrix, last), tested, rng)
    kept = ~(last | before)
    validation = _hold_out(events, entries(matrix, kept), entries(matrix, before), tested, rng)
    return Split(
        training=_training(events, entries(matrix, ~last), catalogue),
        validation=validation,
        test=test,
        validation_training=_training(events, entries(matrix, kept), catalogue),
    )


def _draw_users(matrix: SparseArray, rng: Generator) -> IntArray:
    """Rows of the users to test with, ascending."""
    enough = np.flatnonzero(np.diff(matrix.indptr) >= MIN_EVENTS)
    if not enough.size:
        raise TooFewUsersError(f"no user has {MIN_EVENTS} events or more")
    return np.sort(enough[rng.permutation(enough.size)[:HELD_OUT_USERS]])


def _last_two(events: RatedEvents, rows: IntArray, rng: Generator) -> tuple[BoolArray, BoolArray]:
    """The last entry of each of the rows and the one before it, in time or else at random."""
    row_of = events.rows_of_entries()
    chosen = np.flatnonzero(np.isin(row_of, rows))
    rank = rng.random(chosen.size) if events.times is None else events.times[chosen]
    order = chosen[np.lexsort((rank, row_of[chosen]))]
    ends = np.cumsum(np.diff(events.matrix.indptr)[rows])
    last, before = np.zeros((2, events.matrix.nnz), bool)
    last[order[ends - 1]] = True
    before[order[ends - 2]] = True
    return last, before


def _hold_out(
    events: RatedEvents,
    known: SparseArray,
    held_out: SparseArray,
    rows: IntArray,
    rng: Generator,
) -> HeldOut:
    targets = held_out[rows]
    return HeldOut(
        user_ids=events.user_ids[rows],
        viewers=Viewers(known[rows]),
        targets=targets,
        samples=_samples(events.matrix[rows], targets.indices, rng),
    )


def _samples(matrix: SparseArray, targets: IntArray, rng: Generator) -> IntArray:
    """The target of each row and its sampled items, ascending; NOTHING where there are no more."""
    samples = np.full((targets.size, SAMPLES + 1), NOTHING, np.int64)
    for row, target in enumerate(targets):
        known = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]
        free = matrix.shape[1] - known.size
        drawn = _others(known, rng.choice(free, min(SAMPLES, free), replace=False))
        samples[row, : drawn.size + 1] = np.sort(np.append(drawn, target))
    return samples


def _others(known: IntArray, places: IntArray) -> IntArray:
    """The items at those places among all that are not known; `known` is ascending."""
    others: IntArray = places + np.searchsorted(known - np.arange(known.size), places, side="right")
    return others


def _training(events: RatedEvents, matrix: SparseArray, catalogue: Catalogue | None) -> TrainingSet:
    return TrainingSet(
        Interactions(events.user_ids, events.item_ids, matrix),
        catalogue=None if catalogue is None else catalogue.on_items(events.item_ids),
    )
