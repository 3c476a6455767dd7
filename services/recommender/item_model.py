"""What training leaves behind and every other process reads: one sparse item-item matrix."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from services.recommender import curves
from services.recommender.arrays import FloatArray, IntArray, SparseArray
from services.recommender.model import Explanation
from services.recommender.viewers import Viewers
from services.recommender.weighted_rows import weighted_rows
from services.recommender.weights import FOLD_IN, GradeCurve

LOCAL_RIDGE = "local_ridge"
CONTENT_PROFILE = "content_profile"
KINDS = (LOCAL_RIDGE, CONTENT_PROFILE)


@dataclass(frozen=True, eq=False)
class ItemModel:
    """Weights B of input item (row) on target item (column) in CSR form, with a popularity prior.

    `item_ids` int32[items], sorted; `indptr` and `indices` int32, `values` float32; `popularity`
    float32[items], any scale, zero where unknown. The diagonal of B is empty. `fold_in` is what
    the scores of a viewer weigh.
    """

    kind: str
    item_ids: IntArray
    indptr: IntArray
    indices: IntArray
    values: FloatArray
    popularity: FloatArray
    fold_in: GradeCurve = FOLD_IN

    def __post_init__(self) -> None:
        items = self.item_ids.size
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of model {self.kind!r}; known are {', '.join(KINDS)}")
        if self.indptr.size != items + 1 or self.popularity.size != items:
            raise ValueError(f"indptr and popularity do not fit {items} items")
        if not self.indices.size == self.values.size == int(self.indptr[-1]):
            raise ValueError("indices and values do not have the length that indptr ends with")

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays to store with `numpy.save`; `kind` becomes a 0-d text array.

        The curve is stored only where it is not the product's own, which most models have.
        """
        curve = {} if self.fold_in == FOLD_IN else {"fold_in": curves.to_array(self.fold_in)}
        return {
            "kind": np.asarray(self.kind),
            "item_ids": self.item_ids,
            "indptr": self.indptr,
            "indices": self.indices,
            "values": self.values,
            "popularity": self.popularity,
            **curve,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The inverse of `to_arrays`; arrays may be read-only memory maps and are not copied.

        Raises KeyError for a missing array and ValueError where lengths do not fit together.
        """
        curve = arrays.get("fold_in")
        return cls(
            kind=str(arrays["kind"]),
            item_ids=np.asarray(arrays["item_ids"]),
            indptr=np.asarray(arrays["indptr"]),
            indices=np.asarray(arrays["indices"]),
            values=np.asarray(arrays["values"]),
            popularity=np.asarray(arrays["popularity"]),
            fold_in=FOLD_IN if curve is None else curves.from_array(curve),
        )

    def scores(self, viewers: Viewers) -> FloatArray:
        """Sum of w_i x B_ij over each viewer's films i, float32[viewers, items]."""
        return weighted_rows(viewers.weighted(self.fold_in), self.matrix)

    def explain(self, viewer: Viewers, items: IntArray) -> Explanation:
        """Each film of the profile adds w_i x B_ij, and nothing else does."""
        profile = viewer.weighted(self.fold_in)
        added = self.matrix[profile.indices][:, items].toarray().astype(np.float64)
        return Explanation(items, profile.indices, added.T * profile.data, {})

    @cached_property
    def matrix(self) -> SparseArray:
        """B as a SciPy array over the same memory."""
        shape = (self.item_ids.size, self.item_ids.size)
        return sp.csr_array((self.values, self.indices, self.indptr), shape=shape, copy=False)
