"""Which films that a viewer liked speak most for each film of the list."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import scipy.sparse as sp

from services.recommender.arrays import FloatArray, IntArray, SparseArray
from services.recommender.item_model import ItemModel

from .candidates import NOTHING
from .ranking import RankedBlock

REASONS = 2


@dataclass(frozen=True, eq=False)
class Links:
    """What speaks for each film of an item model: its positive weights, by target.

    `inputs` int32[items, width] ascend in each row and end with the number of items where a film
    has fewer; `weights` float32[items, width]. At 20,000 films and 200 neighbours 32 MB.
    """

    inputs: IntArray
    weights: FloatArray

    @classmethod
    def of(cls, model: ItemModel) -> Self:
        by_target = sp.csr_array(model.matrix.T.tocsr())
        by_target.sort_indices()
        items = by_target.shape[0]
        rows = np.repeat(np.arange(items), np.diff(by_target.indptr))[by_target.data > 0]
        counts = np.bincount(rows, minlength=items)
        places = np.arange(rows.size) - np.repeat(np.cumsum(counts) - counts, counts)
        shape = (items, int(counts.max(initial=0)))
        inputs, weights = np.full(shape, items, np.int32), np.zeros(shape, np.float32)
        inputs[rows, places] = by_target.indices[by_target.data > 0]
        weights[rows, places] = by_target.data[by_target.data > 0]
        return cls(inputs, weights)


@dataclass(frozen=True)
class Reasons:
    """`contributors` int32[viewers, length, 2] are columns of liked films, what adds most first;
    `contributions` float32 of the same shape what they add. Where there is none: NOTHING and 0.
    """

    contributors: IntArray
    contributions: FloatArray


def find_reasons(links: Links, liked: SparseArray, ranked: RankedBlock) -> Reasons:
    """The two films of `liked` weights [viewers, items] that add most to each film of the lists.

    A film names none where the whole profile does not speak for it. `ranked.affinities` and the
    links must be those of one item model.
    """
    shape = (*ranked.items.shape, REASONS)
    contributors, contributions = np.full(shape, NOTHING, np.int32), np.zeros(shape, np.float32)
    # One place more, for the films that links are filled up with.
    weights = np.zeros(liked.shape[1] + 1, np.float32)
    for viewer, films in enumerate(ranked.items):
        mine = slice(liked.indptr[viewer], liked.indptr[viewer + 1])
        backed = np.flatnonzero((films != NOTHING) & (ranked.affinities[viewer] > 0))
        if mine.start == mine.stop or not backed.size:
            continue
        weights[liked.indices[mine]] = liked.data[mine]
        found = _greatest(links.inputs[films[backed]], links.weights[films[backed]], weights)
        contributors[viewer, backed], contributions[viewer, backed] = found
        weights[liked.indices[mine]] = 0
    return Reasons(contributors, contributions)


def _greatest(
    inputs: IntArray, link_weights: FloatArray, weights: FloatArray
) -> tuple[IntArray, FloatArray]:
    """Inputs and contributions of the greatest products of each row; spoils `link_weights`."""
    contributors = np.full((len(inputs), REASONS), NOTHING, np.int32)
    contributions = np.zeros((len(inputs), REASONS), np.float32)
    added, each = link_weights, np.arange(len(inputs))
    # `take` with a mode accepts int32 positions as they are; without, it would widen them first.
    added *= weights.take(inputs, mode="clip")
    for reason in range(min(REASONS, added.shape[1])):
        best = added.argmax(axis=1)
        values = added[each, best]
        contributors[:, reason] = np.where(values > 0, inputs[each, best], NOTHING)
        contributions[:, reason] = np.maximum(values, 0)
        added[each, best] = 0
    return contributors, contributions
