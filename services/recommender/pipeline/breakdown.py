"""An explained score, cut down to what a viewer reads: nothing is left out of the sum."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from services.recommender.arrays import BoolArray, FloatArray, IntArray
from services.recommender.model import Explanation
from services.recommender.viewers import Viewers
from services.recommender.weights import LIKED_SCORE

from .reasons import REASONS

LARGEST = 20


@dataclass(frozen=True)
class Contribution:
    """What the film of a column adds to the score."""

    column: int
    value: float


@dataclass(frozen=True)
class Reason:
    """A liked film that speaks for the one explained; `share` is of all that speaks for it."""

    column: int
    value: float
    share: float


@dataclass(frozen=True)
class Breakdown:
    """`contributions` (the largest of either sign first), `rest` of the other `rest_films` films
    and `constants` add up to `score`.
    """

    score: float
    reasons: tuple[Reason, ...]
    contributions: tuple[Contribution, ...]
    rest: float
    rest_films: int
    constants: Mapping[str, float]


def break_down(told: Explanation, viewer: Viewers, *, largest: int = LARGEST) -> Breakdown:
    """The first film of `told`, explained to the only viewer of `viewer`."""
    values = told.contributions[0]
    order = np.lexsort((told.inputs, -np.abs(values)))
    first, rest = order[:largest], order[largest:]
    constants = {name: float(constant[0]) for name, constant in told.constants.items()}
    contributions = tuple(
        Contribution(int(told.inputs[place]), float(values[place])) for place in first
    )
    return Breakdown(
        score=float(told.totals()[0]),
        reasons=_reasons(told.inputs, values, _liked(told.inputs, viewer)),
        contributions=contributions,
        rest=float(values[rest].sum()),
        rest_films=int(rest.size),
        constants=constants,
    )


def _reasons(inputs: IntArray, values: FloatArray, liked: BoolArray) -> tuple[Reason, ...]:
    speaking = np.flatnonzero(liked & (values > 0))
    total = values[values > 0].sum()
    best = speaking[np.lexsort((inputs[speaking], -values[speaking]))][:REASONS]
    return tuple(
        Reason(int(inputs[place]), float(values[place]), float(values[place] / total))
        for place in best
    )


def _liked(inputs: IntArray, viewer: Viewers) -> BoolArray:
    columns = viewer.grades.indices[viewer.grades.data >= LIKED_SCORE]
    liked: BoolArray = np.isin(inputs, columns)
    return liked
