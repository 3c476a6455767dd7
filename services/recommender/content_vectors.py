"""Films as tf-idf vectors of their features: a film's facts count the more, the rarer they are."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import scipy.sparse as sp

from services.recommender.arrays import FloatArray, SparseArray

_DECADE = "decade"
_YEARS = 10

# Measured by films that nobody rated (docs/ALGORITHM.md). A keyword or a member of the cast counts
# for little by itself, but films have many of them.
GROUP_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "genre": 1.0,
        "director": 0.8,
        "decade": 0.5,
        "language": 0.5,
        "keyword": 0.4,
        "cast": 0.4,
        "company": 0.4,
    }
)
DECADE_SPILL = 0.5


def content_vectors(
    features: Sequence[Collection[str]],
    *,
    weights: Mapping[str, float] = GROUP_WEIGHTS,
    decade_spill: float = DECADE_SPILL,
) -> SparseArray:
    """Rows of unit length, float32[films, features]: group weight x inverse document frequency.

    A film's decade spills over to the decade before and after at `decade_spill` of its weight. A
    film without features is a row of zeros. Raises ValueError for a feature that is of none of the
    groups in `weights`, or a decade that is no number.
    """
    weighted = [_weighted_features(each, weights, decade_spill) for each in features]
    columns = {name: index for index, name in enumerate(sorted(set().union(*weighted)))}
    lengths = [len(each) for each in weighted]
    names = np.fromiter((columns[name] for each in weighted for name in each), np.int64)
    values = np.fromiter((value for each in weighted for value in each.values()), np.float32)
    values *= _inverse_frequency(features, columns)[names]
    rows = np.repeat(np.arange(len(lengths)), lengths)
    squares = np.bincount(rows, weights=values**2, minlength=len(lengths))
    values /= np.sqrt(np.where(squares > 0, squares, 1))[rows].astype(np.float32)
    shape = (len(lengths), len(columns))
    return sp.csr_array((values, (rows, names)), shape=shape)


def _weighted_features(
    features: Collection[str], weights: Mapping[str, float], decade_spill: float
) -> dict[str, float]:
    weighted: dict[str, float] = {}
    for feature in sorted(features):
        group, _, value = feature.partition(":")
        if group not in weights:
            raise ValueError(f"feature {feature!r} belongs to no known group")
        weight = weights[group]
        weighted[feature] = max(weight, weighted.get(feature, 0))
        if group == _DECADE:
            for near in (int(value) - _YEARS, int(value) + _YEARS):
                name = f"{_DECADE}:{near}"
                weighted[name] = max(weight * decade_spill, weighted.get(name, 0))
    return weighted


def _inverse_frequency(
    features: Sequence[Collection[str]], columns: Mapping[str, int]
) -> FloatArray:
    """log(1 + items / items with the feature); a decade reached only by spilling counts as one."""
    counts = np.zeros(len(columns))
    for each in features:
        for feature in set(each):
            counts[columns[feature]] += 1
    return np.log1p(len(features) / np.maximum(counts, 1)).astype(np.float32)
