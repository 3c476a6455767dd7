"""What each step of the pipeline made of a block of viewers."""

from dataclasses import dataclass

import numpy as np

from services.recommender.arrays import FloatArray, IntArray

from .exploration import Explored


@dataclass(frozen=True)
class Steps:
    """`candidates` and all after it are by position.

    `own` float32[viewers] is how much of a score is the viewer's taste; `blended`
    float32[viewers, items] has -inf where a film is excluded; `candidates` int32[viewers, n] by
    score; `order` their positions by relevance; `relevance` float32 in that order; `picked` the
    positions in that order which won the places of the depth; `arranged` all of them re-ranked;
    `explored` what exploration made of that.
    """

    own: FloatArray
    blended: FloatArray
    candidates: IntArray
    order: IntArray
    relevance: FloatArray
    picked: IntArray
    arranged: IntArray
    explored: Explored | None


def final_order(steps: Steps) -> IntArray:
    """Positions by relevance in the order of the list, int[viewers, candidates]."""
    if steps.explored is None:
        return steps.arranged
    return np.take_along_axis(steps.arranged, steps.explored.order, axis=1)
