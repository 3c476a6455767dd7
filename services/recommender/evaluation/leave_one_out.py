"""Leave one out among 100 sampled items: what Gorse publishes, kept to be compared with it.

Sampled ranks say little of the ranking of all films (Krichene & Rendle 2020); nothing is chosen by
them here.
"""

import numpy as np
from numpy.random import Generator, default_rng

from services.recommender.arrays import BoolArray, IntArray, SparseArray
from services.recommender.catalogue import Catalogue
from services.recommender.evaluation.events import RatedEvents, entries
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
    order = _order(events, rng)
    last, before = _of_rows(matrix, order, tested, 1), _of_rows(matrix, order, tested, 2)
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


def _order(events: RatedEvents, rng: Generator) -> IntArray:
    """The entries row by row, in time or else at random."""
    rank = rng.random(events.matrix.nnz) if events.times is None else events.times
    return np.lexsort((rank, events.rows_of_entries()))


def _of_rows(matrix: SparseArray, order: IntArray, rows: IntArray, place: int) -> BoolArray:
    """Of each of the rows the entry that is the `place`-th from the end in the order."""
    chosen = np.zeros(matrix.nnz, bool)
    chosen[order[matrix.indptr[rows + 1] - place]] = True
    return chosen


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
        is_free = np.ones(matrix.shape[1], bool)
        is_free[matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]] = False
        free = np.flatnonzero(is_free)
        drawn = rng.choice(free, min(SAMPLES, free.size), replace=False)
        samples[row, : drawn.size + 1] = np.sort(np.append(drawn, target))
    return samples


def _training(events: RatedEvents, matrix: SparseArray, catalogue: Catalogue | None) -> TrainingSet:
    return TrainingSet(
        Interactions(events.user_ids, events.item_ids, matrix),
        catalogue=None if catalogue is None else catalogue.on_items(events.item_ids),
    )
