"""Item-item similarity from plain facts, for films that nobody has rated yet.

Films are tf-idf vectors over features such as "genre:drama", "decade:1990" and "language:en"; the
weight of an input on a target is their cosine. The result has the form of the rating models, so
that scoring and "because you liked" work alike.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike

from services.recommender.arrays import FloatArray, IntArray, SparseArray
from services.recommender.item_model import CONTENT_PROFILE, ItemModel

_BLOCK = 512
_DECADE = "decade"
_YEARS = 10

# Genres decide; decade and language tell films of the same genres apart.
FEATURE_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {"genre": 1.0, "decade": 0.5, "language": 0.5}
)


@dataclass(frozen=True)
class ContentProfileSettings:
    """`neighbours` kept per target; `feature_weights` by the part of a feature before its colon.

    A film's decade spills over to the decade before and after at `decade_spill` of its weight.
    Cosines are raised to `sharpness`, so that a few close films outweigh many vaguely similar ones.
    """

    neighbours: int = 200
    feature_weights: Mapping[str, float] = field(default_factory=lambda: FEATURE_WEIGHTS)
    decade_spill: float = 0.5
    sharpness: float = 2.0


def fit_content_profile(
    item_ids: ArrayLike,
    features: Sequence[Collection[str]],
    *,
    popularity: ArrayLike,
    settings: ContentProfileSettings,
) -> ItemModel:
    """Model of items, in any order, from one collection of "group:value" features for each.

    Raises ValueError for a feature of unknown group, a decade that is no number, or arrays that are
    not parallel.
    """
    ids, prior = np.asarray(item_ids, np.int32), np.asarray(popularity, np.float32)
    if not ids.size == len(features) == prior.size:
        raise ValueError("item_ids, features and popularity must be parallel")
    order = np.argsort(ids, kind="stable")
    if np.any(np.diff(ids[order]) == 0):
        raise ValueError("item_ids must be unique")
    vectors = _vectors([features[position] for position in order], settings)
    by_input = _nearest(vectors, settings)
    return ItemModel(
        kind=CONTENT_PROFILE,
        item_ids=ids[order],
        indptr=by_input.indptr.astype(np.int32),
        indices=by_input.indices.astype(np.int32),
        values=by_input.data,
        popularity=prior[order],
    )


def _vectors(features: Sequence[Collection[str]], settings: ContentProfileSettings) -> SparseArray:
    """Rows of unit length: group weight x inverse document frequency, decades blurred."""
    weighted = [_weighted_features(each, settings) for each in features]
    columns = {name: index for index, name in enumerate(sorted(set().union(*weighted)))}
    rows = np.repeat(np.arange(len(weighted)), [len(each) for each in weighted])
    names = [columns[name] for each in weighted for name in each]
    values = np.asarray([value for each in weighted for value in each.values()], np.float32)
    shape = (len(weighted), len(columns))
    matrix = sp.csr_array((values, (rows, np.asarray(names, np.intp))), shape=shape)
    matrix.data *= _inverse_frequency(features, columns)[matrix.indices]
    squares = np.bincount(rows, weights=matrix.data**2, minlength=len(weighted))
    matrix.data /= np.sqrt(squares)[rows].astype(np.float32)
    return matrix


def _weighted_features(
    features: Collection[str], settings: ContentProfileSettings
) -> dict[str, float]:
    weights: dict[str, float] = {}
    for feature in sorted(features):
        group, _, value = feature.partition(":")
        if group not in settings.feature_weights:
            raise ValueError(f"feature {feature!r} belongs to no known group")
        weight = settings.feature_weights[group]
        weights[feature] = max(weight, weights.get(feature, 0))
        if group == _DECADE:
            for near in (int(value) - _YEARS, int(value) + _YEARS):
                name = f"{_DECADE}:{near}"
                weights[name] = max(weight * settings.decade_spill, weights.get(name, 0))
    return weights


def _inverse_frequency(
    features: Sequence[Collection[str]], columns: Mapping[str, int]
) -> FloatArray:
    """log(1 + items / items with the feature); a decade reached only by spilling counts as one."""
    counts = np.zeros(len(columns))
    for each in features:
        for feature in set(each):
            counts[columns[feature]] += 1
    return np.log1p(len(features) / np.maximum(counts, 1)).astype(np.float32)


def _nearest(vectors: SparseArray, settings: ContentProfileSettings) -> SparseArray:
    """The sharpened cosines of each target's nearest items, by input item."""
    items = vectors.shape[0]
    parts = [
        _nearest_of_block(vectors, start, min(start + _BLOCK, items), settings)
        for start in range(0, items, _BLOCK)
    ]
    by_target = sp.vstack(parts, format="csr") if parts else sp.csr_array((0, 0), dtype=np.float32)
    return sp.csr_array(by_target.T.tocsr())


def _nearest_of_block(
    vectors: SparseArray, start: int, stop: int, settings: ContentProfileSettings
) -> SparseArray:
    cosines = (vectors[start:stop] @ vectors.T).toarray()
    cosines[np.arange(stop - start), np.arange(start, stop)] = 0
    chosen = _largest(cosines, settings.neighbours)
    kept = np.zeros_like(cosines)
    np.put_along_axis(kept, chosen, np.take_along_axis(cosines, chosen, axis=1), axis=1)
    return sp.csr_array(kept**settings.sharpness)


def _largest(scores: FloatArray, count: int) -> IntArray:
    """Columns of the `count` largest entries of each row; of equal ones the first columns."""
    return np.argsort(-scores, axis=1, kind="stable")[:, :count]
