"""Item-item products of the interaction matrix: all that training needs to know of the users."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from services.recommender.arrays import FloatArray, IntArray, SparseArray
from services.recommender.interactions import Interactions
from services.recommender.products import ProductSums

# A dense float32 Gram matrix of this many items is 1.6 GB.
MAX_ITEMS = 20_000
# Users handed over at once.
_RANGE = 8_192


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


class GramBuilder:
    """The Gram matrix of users that come in ranges, in memory for the result and one range."""

    def __init__(self, item_ids: IntArray) -> None:
        self._item_ids = item_ids.astype(np.int32)
        self._sums = ProductSums(item_ids.size)
        self._users = 0

    def add(self, block: SparseArray) -> None:
        """Weights of some more users, float32[users, items]."""
        self._sums.add(block)
        self._users += block.shape[0]

    def save(self, file: BinaryIO) -> None:
        """Write what was added so far, to go on from in another process."""
        np.save(file, np.asarray(self._users, np.int64))
        self._sums.save(file)

    @classmethod
    def load(cls, file: BinaryIO, item_ids: IntArray) -> Self:
        """What `save` wrote, bit for bit. Raises ValueError or EOFError for what it did not."""
        loaded = cls(item_ids)
        loaded._users = int(np.load(file, allow_pickle=False))
        loaded._sums = ProductSums.load(file, item_ids.size)
        return loaded

    def finish(self) -> Gram:
        """The matrix of all users that were added; nothing can be added any more."""
        products = self._sums.finish()
        popularity = np.array(products.diagonal(), np.float32)
        return Gram(self._item_ids, self._users, products, popularity)


def fit_gram(interactions: Interactions, *, max_items: int = MAX_ITEMS) -> Gram:
    """The Gram matrix of the `max_items` most interacted items."""
    kept = interactions.most_interacted(max_items)
    builder = GramBuilder(kept.item_ids)
    for start in range(0, kept.user_ids.size, _RANGE):
        builder.add(kept.matrix[start : start + _RANGE])
    return builder.finish()
