"""Sums of explanations, of which a model makes others."""

from dataclasses import replace

import numpy as np

from services.recommender.arrays import FloatArray, IntArray
from services.recommender.model import Explanation


def mapped(explained: Explanation, weights: FloatArray, items: IntArray) -> Explanation:
    """Sums of the explained scores by the columns of `weights`, which `items` stand for."""
    by_column = weights.T.astype(np.float64)
    return Explanation(
        items,
        explained.inputs,
        by_column @ explained.contributions,
        {name: by_column @ each for name, each in explained.constants.items()},
    )


def added(one: Explanation, other: Explanation) -> Explanation:
    """Of the same items and inputs; a model may tell of one film a constant that others lack."""
    nothing = np.zeros(one.items.size)
    names = {**one.constants, **other.constants}
    return replace(
        one,
        contributions=one.contributions + other.contributions,
        constants={
            name: one.constants.get(name, nothing) + other.constants.get(name, nothing)
            for name in names
        },
    )
