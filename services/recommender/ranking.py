"""From a profile to a ranked list with its reasons, one small pure step after another."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import repeat

import numpy as np

from services.recommender.arrays import FloatArray, IntArray, SparseArray
from services.recommender.item_model import LOCAL_RIDGE, ItemModel
from services.recommender.profiles import Profile
from services.recommender.scaling import z_scores

LIST_LENGTH = 200
REASONS = 2
NO_CONTRIBUTOR = -1

# Likes at which a viewer's own taste weighs as much as what everybody likes.
SHRINKAGE = 4.0


class Source(IntEnum):
    """Why a film is in the list; the numbers are stored."""

    PERSONAL = 1
    SIMILAR = 2
    POPULAR = 3


@dataclass(frozen=True)
class Ranking:
    """The best k films, best first.

    `item_ids` int32[k], `scores` float32[k] descending, `sources` uint8[k] of Source;
    `contributors` int32[k, 2] are the liked films that added most, `contributions` float32[k, 2]
    what they added (weight x B); where there is none, NO_CONTRIBUTOR and 0. `affinities`
    float32[k] is what the whole profile adds up to, before popularity has its say.
    """

    item_ids: IntArray
    scores: FloatArray
    sources: IntArray
    contributors: IntArray
    contributions: FloatArray
    affinities: FloatArray


def recommend(
    model: ItemModel,
    profile: Profile,
    *,
    limit: int = LIST_LENGTH,
    shrinkage: float = SHRINKAGE,
    excluded: Sequence[IntArray] = (),
) -> Ranking:
    """The `limit` best films for one viewer, fewer where the model knows no more.

    `excluded` are arrays of the model's rows that the list must not hold, whatever they overlap.
    """
    rows, known = model.locate(profile.item_ids)
    rows, weights, liked = rows[known], profile.weights[known], profile.liked[known]
    inputs = model.matrix[rows]
    affinity = score_items(inputs, weights)
    evidence = float(weights.sum())
    blended = shrink_to_popularity(
        affinity, model.popularity_z, evidence=evidence, shrinkage=shrinkage
    )
    for unwanted in (rows, *excluded):
        blended[unwanted] = -np.inf
    top = select_top(blended, model.popularity, limit)
    backed = affinity[top] > 0
    positions, contributions = explain(inputs, np.where(liked, weights, 0), top)
    contributions[~backed] = 0
    contributors = np.full(positions.shape, NO_CONTRIBUTOR, np.int32)
    named = contributions > 0
    contributors[named] = model.item_ids[rows[positions[named]]]
    return Ranking(
        item_ids=model.item_ids[top],
        scores=blended[top].astype(np.float32),
        sources=np.where(backed, _backed_source(model), Source.POPULAR).astype(np.uint8),
        contributors=contributors,
        contributions=contributions,
        affinities=affinity[top].astype(np.float32),
    )


def recommend_many(
    model: ItemModel,
    profiles: Iterable[Profile],
    *,
    limit: int = LIST_LENGTH,
    excluded: Iterable[Sequence[IntArray]] = repeat(()),
) -> Iterator[Ranking]:
    """`recommend` for each profile in turn; memory holds one viewer's scores at a time.

    `excluded` has an entry for each profile, in their order.
    """
    return (
        recommend(model, profile, limit=limit, excluded=unwanted)
        for profile, unwanted in zip(profiles, excluded, strict=False)
    )


def popular(model: ItemModel, *, limit: int = LIST_LENGTH) -> Ranking:
    """What a viewer without any history gets."""
    nothing = Profile(np.empty(0, np.int64), np.empty(0, np.float32), np.empty(0, bool))
    return recommend(model, nothing, limit=limit)


def score_items(inputs: SparseArray, weights: FloatArray) -> FloatArray:
    """Sum of w_i x B_ij over the profile's rows of B, float64[items]."""
    affinity: FloatArray = inputs.T @ weights
    return affinity.astype(np.float64)


def shrink_to_popularity(
    affinity: FloatArray, popularity_z: FloatArray, *, evidence: float, shrinkage: float
) -> FloatArray:
    """Mix k / (k + shrinkage) of taste with the rest of popularity, both in standard deviations.

    `evidence` k is the sum of the profile's weights, so that a like counts about 1 and a film that
    the viewer disliked little. With a `shrinkage` of 0 any evidence is trusted alone.
    """
    own = evidence / (evidence + shrinkage) if evidence else 0.0
    return own * z_scores(affinity) + (1 - own) * popularity_z


def select_top(scores: FloatArray, popularity: FloatArray, limit: int) -> IntArray:
    """Positions of the `limit` best finite scores; ties: the more popular, then the lower id."""
    limit = min(limit, scores.size)
    if limit == 0:
        return np.empty(0, np.intp)
    threshold = np.partition(scores, scores.size - limit)[scores.size - limit]
    candidates = np.flatnonzero((scores >= threshold) & np.isfinite(scores))
    order = np.lexsort((candidates, -popularity[candidates], -scores[candidates]))
    return candidates[order[:limit]]


def explain(inputs: SparseArray, weights: FloatArray, top: IntArray) -> tuple[IntArray, FloatArray]:
    """The rows of `inputs` that add most to each item of `top`, and what they add.

    int[k, 2] and float32[k, 2], greatest first; what adds nothing or takes away counts as 0.
    """
    added = _dense_columns(inputs, top)
    added *= weights
    return _two_greatest(added)


def _dense_columns(inputs: SparseArray, columns: IntArray) -> FloatArray:
    """The chosen columns of `inputs`, one in each row: float32[columns, rows].

    A flat index of every entry is cheaper here than SciPy's column indexing.
    """
    height = inputs.shape[0]
    offsets = np.full(inputs.shape[1], -1, np.int32)
    offsets[columns] = np.arange(columns.size, dtype=np.int32) * np.int32(height)
    # `take` with a mode accepts int32 positions as they are; indexing would widen them first.
    entry_offsets = offsets.take(inputs.indices, mode="clip")
    chosen = np.flatnonzero(entry_offsets >= 0)
    rows = np.repeat(np.arange(height, dtype=np.int32), np.diff(inputs.indptr))
    dense = np.zeros(columns.size * height, np.float32)
    dense[entry_offsets.take(chosen) + rows.take(chosen)] = inputs.data.take(chosen)
    return dense.reshape(columns.size, height)


def _two_greatest(added: FloatArray) -> tuple[IntArray, FloatArray]:
    """Positions and values of the two greatest of each row, negative ones as 0; spoils `added`."""
    positions = np.zeros((len(added), REASONS), np.intp)
    greatest = np.zeros((len(added), REASONS), np.float32)
    each = np.arange(len(added))
    for reason in range(min(REASONS, added.shape[1])):
        positions[:, reason] = added.argmax(axis=1)
        greatest[:, reason] = added[each, positions[:, reason]]
        added[each, positions[:, reason]] = 0
    return positions, np.maximum(greatest, 0)


def _backed_source(model: ItemModel) -> Source:
    return Source.PERSONAL if model.kind == LOCAL_RIDGE else Source.SIMILAR
