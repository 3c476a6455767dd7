"""Steps that protocols share: users apart, and a fifth of their events drawn."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from services.recommender.arrays import BoolArray, IntArray, SparseArray
from services.recommender.catalogue import Catalogue
from services.recommender.entries import with_data
from services.recommender.evaluation.events import RatedEvents
from services.recommender.evaluation.splits import TooFewUsersError
from services.recommender.interactions import Interactions
from services.recommender.model import TrainingSet
from services.recommender.weights import PLAIN_LIKE

MIN_EVENTS = 5
HELD_OUT_USERS = 10_000


@dataclass(frozen=True)
class Parts:
    """Rows of the users of each part, and columns of the items that a train user likes."""

    train: IntArray
    validation: IntArray
    test: IntArray
    columns: IntArray


def draw_parts(likes: SparseArray, rng: Generator) -> Parts:
    """Users with MIN_EVENTS likes or more, apart into train, validation and test.

    A sixth of them, at most HELD_OUT_USERS, are the test users, as many the validation users.
    Raises TooFewUsersError where no user could be held out.
    """
    enough = np.flatnonzero(np.diff(likes.indptr) >= MIN_EVENTS)
    shuffled = enough[rng.permutation(enough.size)]
    count = min(HELD_OUT_USERS, enough.size // 6)
    if count == 0:
        raise TooFewUsersError(f"{enough.size} users with {MIN_EVENTS} likes or more are too few")
    train = np.sort(shuffled[2 * count :])
    return Parts(
        train=train,
        validation=np.sort(shuffled[count : 2 * count]),
        test=np.sort(shuffled[:count]),
        columns=np.unique(likes[train].indices),
    )


def draw_fifth(events: SparseArray, rng: Generator) -> BoolArray:
    """Which entries are held out: of each row in turn a fifth, rounded down.

    Rows of fewer than MIN_EVENTS keep all they have.
    """
    drawn = np.zeros(events.nnz, bool)
    counts = np.diff(events.indptr)
    for row in np.flatnonzero(counts >= MIN_EVENTS):
        places = rng.choice(counts[row], counts[row] // 5, replace=False)
        drawn[events.indptr[row] + places] = True
    return drawn


def part_of(matrix: SparseArray, rows: IntArray, columns: IntArray) -> SparseArray:
    """The chosen rows and columns, entries of a row ascending by column."""
    part: SparseArray = matrix[rows][:, columns]
    part.sort_indices()
    return part


def plain(likes: SparseArray) -> SparseArray:
    """Likes of which nothing else is known."""
    return with_data(likes, np.full(likes.nnz, PLAIN_LIKE, np.float32))


def plain_training(events: RatedEvents, parts: Parts, catalogue: Catalogue | None) -> TrainingSet:
    """Likes of the train users, none better than another."""
    likes = part_of(plain(events.likes()), parts.train, parts.columns)
    return _training(events, parts, likes, catalogue, graded=False)


def graded_training(events: RatedEvents, parts: Parts, catalogue: Catalogue | None) -> TrainingSet:
    """All scores that the train users gave to the items."""
    scores = part_of(events.matrix, parts.train, parts.columns)
    return _training(events, parts, scores, catalogue, graded=True)


def _training(
    events: RatedEvents,
    parts: Parts,
    matrix: SparseArray,
    catalogue: Catalogue | None,
    *,
    graded: bool,
) -> TrainingSet:
    item_ids = events.item_ids[parts.columns]
    return TrainingSet(
        Interactions(events.user_ids[parts.train], item_ids, matrix),
        graded=graded,
        catalogue=None if catalogue is None else catalogue.on_items(item_ids),
    )
