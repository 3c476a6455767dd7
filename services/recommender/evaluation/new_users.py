"""Short histories: from how many likes on a model does better than popularity."""

import numpy as np
import scipy.sparse as sp
from numpy.random import Generator, default_rng

from services.recommender.arrays import IntArray, SparseArray
from services.recommender.catalogue import Catalogue
from services.recommender.entries import entries
from services.recommender.evaluation.events import RatedEvents
from services.recommender.evaluation.holding_out import draw_parts, part_of, plain, plain_training
from services.recommender.evaluation.splits import HeldOut, Split
from services.recommender.viewers import Viewers

KNOWN = (1, 2, 3, 5, 10, 20)
MIN_LIKES = 25


def split_new_users(events: RatedEvents, seed: int, catalogue: Catalogue | None = None) -> Split:
    """1, 2, 3, 5, 10 and 20 likes of a user unknown to training, all their others to be found.

    Users, items and training are those of `strong`. A held-out user with 25 likes of items or more
    is a viewer six times: the likes come in one random order, and the first 1, 2, ... are folded
    in, the others are targets. What a length of history means is read from the learning curve.
    """
    rng = default_rng(seed)
    parts = draw_parts(events.likes(), rng)
    likes = plain(events.likes())
    validation, test = (
        _hold_out(events.user_ids[rows], part_of(likes, rows, parts.columns), rng)
        for rows in (parts.validation, parts.test)
    )
    return Split(plain_training(events, parts, catalogue), validation, test)


def _hold_out(user_ids: IntArray, likes: SparseArray, rng: Generator) -> HeldOut:
    enough = np.flatnonzero(np.diff(likes.indptr) >= MIN_LIKES)
    likes = likes[enough]
    places = _random_order(likes, rng)
    fold_ins = [entries(likes, places < known) for known in KNOWN]
    targets = [entries(likes, places >= known) for known in KNOWN]
    return HeldOut(
        user_ids=np.tile(user_ids[enough], len(KNOWN)),
        viewers=Viewers(sp.vstack(fold_ins, format="csr")),
        targets=sp.vstack(targets, format="csr"),
    )


def _random_order(events: SparseArray, rng: Generator) -> IntArray:
    """The place of each entry in a random order of its row, from 0 on."""
    places = np.empty(events.nnz, np.int64)
    for start, stop in zip(events.indptr[:-1], events.indptr[1:], strict=True):
        places[start:stop] = rng.permutation(stop - start)
    return places
