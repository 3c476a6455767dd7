"""Which films that a viewer liked speak most for each film of the list."""

from dataclasses import dataclass

import numpy as np

from services.recommender.arrays import FloatArray, IntArray, SparseArray
from services.recommender.entries import with_data
from services.recommender.viewers import Viewers
from services.recommender.weights import GradeCurve, is_liked

from .candidates import NOTHING
from .links import Links
from .ranking import RankedBlock
from .sources import BACKED

REASONS = 2


@dataclass(frozen=True)
class Reasons:
    """`contributors` int32[viewers, length, 2] are columns of liked films, what adds most first;
    `contributions` float32 of the same shape what they add. Where there is none: NOTHING and 0.
    `totals` float32[viewers, length] is all that films of the profile, liked or not, add.
    """

    contributors: IntArray
    contributions: FloatArray
    totals: FloatArray


def find_reasons(links: Links, viewers: Viewers, ranked: RankedBlock) -> Reasons:
    """The two liked films that add most to each film of the lists for which taste speaks.

    The links need not be those of the model that scored: a film to which no link leads has none.
    """
    shape = (*ranked.items.shape, REASONS)
    contributors, contributions = np.full(shape, NOTHING, np.int32), np.zeros(shape, np.float32)
    totals = np.zeros(ranked.items.shape, np.float32)
    is_backed = np.isin(ranked.sources, BACKED)
    profile = _signed_weights(viewers, links.fold_in)
    # One place more, for the films that links are filled up with.
    weights = np.zeros(profile.shape[1] + 1, np.float32)
    for viewer, films in enumerate(ranked.items):
        mine = slice(profile.indptr[viewer], profile.indptr[viewer + 1])
        backed = np.flatnonzero(is_backed[viewer])
        if mine.start == mine.stop or not backed.size:
            continue
        weights[profile.indices[mine]] = profile.data[mine]
        inputs = links.inputs.take(films[backed], axis=0)
        added = links.weights.take(films[backed], axis=0)
        # `take` with a mode accepts int32 positions as they are; without, it would widen them.
        added *= weights.take(inputs, mode="clip")
        totals[viewer, backed] = np.abs(added).sum(axis=1)
        found = _greatest(inputs, added)
        contributors[viewer, backed], contributions[viewer, backed] = found
        weights[profile.indices[mine]] = 0
    return Reasons(contributors, contributions, totals)


def _signed_weights(viewers: Viewers, curve: GradeCurve) -> SparseArray:
    """What each film weighs, below 0 where it was not liked and so must not be named.

    A film that speaks against others by itself adds nothing, and weighs 0.
    """
    weighted = viewers.weighted(curve)
    weights = np.maximum(weighted.data, 0)
    return with_data(weighted, np.where(is_liked(viewers.grades.data), weights, -weights))


def _greatest(inputs: IntArray, added: FloatArray) -> tuple[IntArray, FloatArray]:
    """Inputs and values of the greatest of each row; spoils `added`."""
    contributors = np.full((len(inputs), REASONS), NOTHING, np.int32)
    contributions = np.zeros((len(inputs), REASONS), np.float32)
    # Positions in all rows as one: a pair of a row and a column takes thrice as long to look up.
    starts, flat = np.arange(len(inputs)) * inputs.shape[1], added.ravel()
    for reason in range(min(REASONS, added.shape[1])):
        best = added.argmax(axis=1) + starts
        values = flat.take(best)
        contributors[:, reason] = np.where(values > 0, inputs.take(best), NOTHING)
        contributions[:, reason] = np.maximum(values, 0)
        flat[best] = 0
    return contributors, contributions
