"""The events of a training: whose and of which films its survey says, range of users by range."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from apps.recommendations.models import ModelVersion
from services.leasing import Clock, Lease, LeaseLostError
from services.recommender.arrays import IntArray, SparseArray
from services.recommender.interactions import Interactions
from services.recommender.weights import HIGHEST_SCORE

from . import run_arrays
from .loading import UserRange, Watermarks, read_favorites, read_ratings

ITEM_IDS, USER_RANGES = "item_ids", "user_ranges"


@dataclass(frozen=True)
class Selection:
    """Which rows of a range are learned from; `item_ids` are ascending."""

    item_ids: IntArray
    with_simulated: bool
    newest: Watermarks

    @classmethod
    def of(cls, version: ModelVersion) -> "Selection":
        return cls(
            run_arrays.load(version, ITEM_IDS),
            version.simulated_user_count > 0,
            Watermarks(version.highest_rating_id, version.highest_favorite_id),
        )


def load_ranges(version: ModelVersion) -> IntArray:
    """int64[ranges, 3]: first and last user id, users."""
    return run_arrays.load(version, USER_RANGES)


def read_block(users: UserRange, selection: Selection) -> Interactions:
    """Scores of 1-10 of the users who have any row; a favourite counts as a score of 10."""
    simulated, newest = selection.with_simulated, selection.newest
    ratings = read_ratings(users, with_simulated=simulated, newest=newest)
    favorites = read_favorites(users, with_simulated=simulated, newest=newest)
    everyone = np.union1d(ratings.user_ids, favorites.user_ids)
    items = selection.item_ids
    scores = _matrix(everyone, items, ratings.user_ids, ratings.movie_ids, ratings.scores)
    if favorites.user_ids.size:
        best = np.full(favorites.user_ids.size, HIGHEST_SCORE)
        liked = _matrix(everyone, items, favorites.user_ids, favorites.movie_ids, best)
        scores = sp.csr_array(scores.maximum(liked))
    return Interactions(everyone, items, scores)


def read_all(lease: Lease[ModelVersion], version: ModelVersion, *, clock: Clock) -> Interactions:
    """Scores of all users. Raises LeaseLostError after the range in which nobody waits any more."""
    selection = Selection.of(version)
    blocks = []
    for first, last, _ in load_ranges(version).tolist():
        blocks.append(read_block(UserRange(first, last), selection))
        if not lease.extend(at=clock()):
            raise LeaseLostError(f"{version} is no longer being trained")
    return _joined(blocks)


def _joined(blocks: Sequence[Interactions]) -> Interactions:
    """The users of all blocks, which follow each other and have the same items."""
    return Interactions(
        np.concatenate([block.user_ids for block in blocks]),
        blocks[0].item_ids,
        sp.csr_array(sp.vstack([block.matrix for block in blocks], format="csr")),
    )


def _matrix(
    users: IntArray, items: IntArray, user_ids: IntArray, movie_ids: IntArray, scores: IntArray
) -> SparseArray:
    """float32[users, items] without the films that are not among the items.

    Positions take 32 bits, because SciPy keeps those of twice the size that it is given.
    """
    columns = np.minimum(np.searchsorted(items, movie_ids), items.size - 1)
    kept = np.flatnonzero(items[columns] == movie_ids)
    rows = np.searchsorted(users, user_ids[kept])
    places = (rows.astype(np.int32), columns[kept].astype(np.int32))
    given = scores[kept].astype(np.float32)
    matrix: SparseArray = sp.csr_array((given, places), shape=(users.size, items.size))
    return matrix
