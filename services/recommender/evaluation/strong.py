"""Strong generalisation: how well a model ranks the films that unseen viewers liked.

The protocol of Liang et al. 2018 (arXiv 1802.05814) as docs/ALGORITHM.md writes it down; its draws
of random numbers come in a fixed order, so that a seed means the same split everywhere.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator, default_rng

from services.recommender.arrays import IntArray, SparseArray
from services.recommender.catalogue import Catalogue
from services.recommender.evaluation.events import RatedEvents, entries, interactions, with_data
from services.recommender.evaluation.splits import HeldOut, Split, TooFewUsersError
from services.recommender.model import TrainingSet
from services.recommender.viewers import Viewers
from services.recommender.weights import PLAIN_LIKE

MIN_EVENTS = 5
HELD_OUT_USERS = 10_000


@dataclass(frozen=True)
class Parts:
    """Rows of the users of each part, and columns of the items with an event of a train user."""

    train: IntArray
    validation: IntArray
    test: IntArray
    columns: IntArray


def split_strong(events: RatedEvents, seed: int, catalogue: Catalogue | None = None) -> Split:
    """Likes (8 of 10 or more) alone; a fifth of those of users unknown to training is to be found.

    Users with 5 likes or more count. A sixth of them, at most 10,000, are the test users, as many
    more the validation users, the rest are trained on. Items are those that a train user likes. A
    held-out user with 5 likes of items or more has a fifth of them, rounded down, as targets; the
    others are folded in as likes of unknown grade, and all items but those are ranked.
    """
    likes = _plain(events.likes())
    rng = default_rng(seed)
    parts = draw_parts(likes, rng)
    train = interactions(events, likes, parts.train, parts.columns)
    return _split(events, parts, rng, TrainingSet(train, catalogue=_on(catalogue, train.item_ids)))


def split_strong_graded(
    events: RatedEvents, seed: int, catalogue: Catalogue | None = None
) -> Split:
    """The users, items, fold-in and targets of `strong`; trained on all ratings of those users.

    Only the training matrix differs: it holds each score that a train user gave to one of the
    items, whether they liked it or not.
    """
    rng = default_rng(seed)
    parts = draw_parts(events.likes(), rng)
    train = interactions(events, events.matrix, parts.train, parts.columns)
    training = TrainingSet(train, graded=True, catalogue=_on(catalogue, train.item_ids))
    return _split(events, parts, rng, training)


def draw_parts(likes: SparseArray, rng: Generator) -> Parts:
    """Users apart into train, validation and test.

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


def _split(events: RatedEvents, parts: Parts, rng: Generator, training: TrainingSet) -> Split:
    """Hold out of the validation users first: the order of the draws is part of the protocol."""
    likes = _plain(events.likes())
    validation, test = (
        _hold_out(events.user_ids[rows], likes[rows][:, parts.columns], rng)
        for rows in (parts.validation, parts.test)
    )
    return Split(training, validation, test)


def _hold_out(user_ids: IntArray, likes: SparseArray, rng: Generator) -> HeldOut:
    """Draw the targets of each user in turn; users who keep fewer than 5 likes are left out."""
    likes.sort_indices()
    is_target = np.zeros(likes.nnz, bool)
    counts = np.diff(likes.indptr)
    tested = np.flatnonzero(counts >= MIN_EVENTS)
    for row in tested:
        drawn = rng.choice(counts[row], counts[row] // 5, replace=False)
        is_target[likes.indptr[row] + drawn] = True
    return HeldOut(
        user_ids=user_ids[tested],
        viewers=Viewers(entries(likes, ~is_target)[tested]),
        targets=entries(likes, is_target)[tested],
    )


def _plain(likes: SparseArray) -> SparseArray:
    return with_data(likes, np.full(likes.nnz, PLAIN_LIKE, np.float32))


def _on(catalogue: Catalogue | None, item_ids: IntArray) -> Catalogue | None:
    return None if catalogue is None else catalogue.on_items(item_ids)
