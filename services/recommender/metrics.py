"""Ranking metrics with binary relevance, one value for each user."""

import numpy as np

from services.recommender.arrays import BoolArray, FloatArray, IntArray, SparseArray

METRIC_DEPTH = 100
METRICS = ("recall@20", "recall@50", "ndcg@10", "ndcg@100")


def rank(scores: FloatArray, depth: int) -> IntArray:
    """Columns of the `depth` best scores of each row, best first; equal ones in column order."""
    return np.argsort(-scores, axis=1, kind="stable")[:, :depth]


def score_ranking(ranked: IntArray, targets: SparseArray) -> dict[str, FloatArray]:
    """Every metric of METRICS, float64[users]; each user has at least one target."""
    hits = _hits(ranked, targets)
    counts = np.diff(targets.indptr)
    return {name: _metric(name, hits, counts) for name in METRICS}


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


def _metric(name: str, hits: BoolArray, counts: IntArray) -> FloatArray:
    kind, _, depth = name.partition("@")
    return (recall if kind == "recall" else ndcg)(hits, counts, int(depth))


def _hits(ranked: IntArray, targets: SparseArray) -> BoolArray:
    relevant = np.asarray(targets.toarray() > 0)
    return np.take_along_axis(relevant, ranked, axis=1)
