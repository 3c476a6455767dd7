"""Which films of a profile speak for which film, as lists need it: quickly."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from services.recommender import curves
from services.recommender.arrays import FloatArray, IntArray
from services.recommender.cold_items import ColdItems, positions
from services.recommender.item_model import ItemModel
from services.recommender.weights import GradeCurve

# Guessed films linked at once: 512 of them times 20,000 rated ones are 41 MB in float32.
_BLOCK = 512


@dataclass(frozen=True, eq=False)
class Links:
    """What speaks for each film: positive weights of other films, by target.

    `inputs` int32[items, width] ascend in each row and end with the number of items where a film
    has fewer; `weights` float32[items, width], 0 there. `fold_in` is what the scores of a viewer
    weigh. At 20,000 films and 200 neighbours 32 MB.
    """

    inputs: IntArray
    weights: FloatArray
    fold_in: GradeCurve

    @classmethod
    def of(cls, model: ItemModel) -> Self:
        """The positive weights of an item model."""
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
        return cls(inputs, weights, model.fold_in)

    @classmethod
    def carried(cls, model: ItemModel, cold: ColdItems) -> Self:
        """Those of `model`, an item model of the rated films, carried to all films.

        What a rated film adds to a guessed one is, but for films beyond the width, exactly what
        `cold` would make of the weights if `model` were its base.
        """
        own, items = cls.of(model), cold.item_ids.size
        shape = (items, own.inputs.shape[1])
        inputs, weights = np.full(shape, items, np.int32), np.zeros(shape, np.float32)
        inputs[cold.rated] = np.append(cold.rated, items)[own.inputs]
        weights[cold.rated] = own.weights
        for films, added in _added_to_guessed(model, cold):
            found = _greatest(added, shape[1])
            weights[films] = np.maximum(np.take_along_axis(added, found, axis=1), 0)
            inputs[films] = np.where(weights[films] > 0, cold.rated[found], items)
        order = np.argsort(inputs, axis=1, kind="stable")
        return cls(
            np.take_along_axis(inputs, order, axis=1),
            np.take_along_axis(weights, order, axis=1),
            model.fold_in,
        )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        return {
            "inputs": self.inputs,
            "weights": self.weights,
            "fold_in": curves.to_array(self.fold_in),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The inverse of `to_arrays`; arrays may be read-only memory maps and are not copied."""
        fold_in = curves.from_array(arrays["fold_in"])
        return cls(np.asarray(arrays["inputs"]), np.asarray(arrays["weights"]), fold_in)


def _added_to_guessed(model: ItemModel, cold: ColdItems) -> Iterator[tuple[IntArray, FloatArray]]:
    """Guessed films and what each rated one, as input, adds to them: float32[films, rated]."""
    if not cold.rated.size:
        return
    by_coordinate: FloatArray = model.matrix @ cold.taste
    places = positions(cold.rated, cold.item_ids.size)
    for start in range(0, cold.guessed.size, _BLOCK):
        block = slice(start, start + _BLOCK)
        films, trust = cold.guessed[block], cold.trust[block][:, None]
        added = (cold.coordinates[block] @ by_coordinate.T) * (1 - trust)
        # One without events has no column of its own, and a trust of 0 in any other.
        added += model.matrix[:, np.maximum(places[films], 0)].toarray().T * trust
        yield films, added


def _greatest(added: FloatArray, count: int) -> IntArray:
    """Columns of the greatest of each row in any order, int[rows, count]."""
    return np.argpartition(-added, count, axis=1)[:, :count]
