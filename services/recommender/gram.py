"""Item-item products of the interaction matrix: all that training needs to know of the users."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from services.recommender.arrays import FloatArray, IntArray, SparseArray
from services.recommender.interactions import Interactions

# A dense float32 Gram matrix of this many items is 1.6 GB.
MAX_ITEMS = 20_000
# Rows of the Gram matrix computed at once; 80 MB dense at MAX_ITEMS.
_BLOCK = 1_000


@dataclass(frozen=True)
class Gram:
    """XᵀX of `users` viewers, float32[items, items], and `popularity`, its diagonal."""

    item_ids: IntArray
    users: int
    products: FloatArray
    popularity: FloatArray

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays to store with `numpy.save`; scalars become 0-d arrays."""
        return {
            "item_ids": self.item_ids,
            "users": np.asarray(self.users, np.int64),
            "products": self.products,
            "popularity": self.popularity,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The inverse of `to_arrays`; arrays may be read-only memory maps and are not copied."""
        return cls(
            item_ids=np.asarray(arrays["item_ids"]),
            users=int(arrays["users"]),
            products=np.asarray(arrays["products"]),
            popularity=np.asarray(arrays["popularity"]),
        )


def fit_gram(interactions: Interactions, *, max_items: int = MAX_ITEMS) -> Gram:
    """The Gram matrix of the `max_items` most interacted items.

    Working memory besides the result is bounded by blocks of rows.
    """
    kept = interactions.most_interacted(max_items)
    products = _products(kept.matrix)
    popularity = np.array(products.diagonal(), np.float32)
    return Gram(kept.item_ids.astype(np.int32), kept.user_ids.size, products, popularity)


def _products(matrix: SparseArray) -> FloatArray:
    """Upper triangle by sparse products, block of rows by block of rows, and its mirror image."""
    items = matrix.shape[1]
    products = np.empty((items, items), np.float32)
    columns = matrix.tocsc()
    rest = matrix
    for start in range(0, items, _BLOCK):
        stop = min(start + _BLOCK, items)
        block = (columns[:, start:stop].T @ rest).toarray()
        products[start:stop, start:] = block
        products[stop:, start:stop] = block[:, stop - start :].T
        rest = rest[:, stop - start :]
    return products
