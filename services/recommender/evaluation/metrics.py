"""Ranking metrics with binary relevance, one value for each user."""

import numpy as np

from services.recommender.arrays import BoolArray, FloatArray, IntArray, SparseArray

# A place of a ranking for which there is no film left.
NOTHING = -1


def rank(scores: FloatArray, depth: int) -> IntArray:
    """Columns of the `depth` best scores of each row, best first; equal ones in column order.

    Films with a score of -inf are not ranked; places that stay empty hold NOTHING.
    """
    depth = min(depth, scores.shape[1])
    if depth == 0:
        return np.empty((len(scores), 0), np.intp)
    columns = _best_columns(scores, depth)
    values = np.take_along_axis(scores, columns, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    ranked = np.take_along_axis(columns, order, axis=1)
    return np.where(np.take_along_axis(values, order, axis=1) > -np.inf, ranked, NOTHING)


def _best_columns(scores: FloatArray, depth: int) -> IntArray:
    """The `depth` columns of each row that belong to its ranking, ascending."""
    place = scores.shape[1] - depth
    threshold = np.partition(scores, place, axis=1)[:, place, None]
    chosen = scores > threshold
    tied = scores == threshold
    room = depth - np.count_nonzero(chosen, axis=1, keepdims=True)
    chosen |= tied & (np.cumsum(tied, axis=1, dtype=np.int32) <= room)
    return np.nonzero(chosen)[1].reshape(len(scores), depth)


def hits(ranked: IntArray, relevant: SparseArray) -> BoolArray:
    """Which places of each ranking hold a film that has an entry in `relevant`."""
    wanted = np.asarray(relevant.toarray() > 0)
    found: BoolArray = np.take_along_axis(wanted, ranked, axis=1) & (ranked != NOTHING)
    return found


def recall(hits: BoolArray, counts: IntArray, depth: int) -> FloatArray:
    """Targets found among the first `depth`, of those that can be found there."""
    found: FloatArray = hits[:, :depth].sum(axis=1) / np.minimum(depth, counts)
    return found


def ndcg(hits: BoolArray, counts: IntArray, depth: int) -> FloatArray:
    """Discounted gain over that of a list which starts with all targets, both cut at `depth`."""
    discounts = 1 / np.log2(np.arange(2, depth + 2))
    ideal = np.cumsum(discounts)[np.minimum(depth, counts) - 1]
    gain: FloatArray = hits[:, :depth] @ discounts[: hits.shape[1]] / ideal
    return gain


def accuracy(name: str, hits: BoolArray, counts: IntArray) -> FloatArray:
    """A metric by its name, such as "recall@20"; of a single target recall is called "hit"."""
    kind, _, depth = name.partition("@")
    return (ndcg if kind == "ndcg" else recall)(hits, counts, int(depth))
