"""Items like an item, by what a model's weights say of both: for whoever looks at one of them."""

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp

from services.recommender.arrays import BoolArray, FloatArray, IntArray, SparseArray
from services.recommender.pipeline.links import Links

MOST_SIMILAR = 40
# What so few viewers did says little of an item.
FEWEST_EVENTS = 5


def similar_items(links: Links, events: IntArray) -> Iterator[tuple[int, IntArray]]:
    """Positions of items and of at most MOST_SIMILAR others each, the most alike first.

    `events` int[items] are how many viewers each item is known by; items with fewer than
    FEWEST_EVENTS are left out on both sides. How much two items are alike is the mean of what
    either speaks for the other: in a ridge regression the weights of both directions are the same
    partial covariance, over the unexplained variance of one or the other (Steck 2019,
    "Embarrassingly Shallow Autoencoders", the closed form).
    """
    alike = _alike(links, events >= FEWEST_EVENTS)
    for item in range(alike.shape[0]):
        row = slice(alike.indptr[item], alike.indptr[item + 1])
        if row.stop > row.start:
            yield item, _most_alike(alike.indices[row], alike.data[row])


def _alike(links: Links, is_known: BoolArray) -> SparseArray:
    """float32[items, items], symmetric."""
    items, width = links.inputs.shape
    targets = np.repeat(np.arange(items), width)
    inputs, weights = links.inputs.ravel(), links.weights.ravel()
    chosen = (weights > 0) & is_known[targets]
    chosen[chosen] &= is_known[inputs[chosen]]
    shape = (items, items)
    one_way = sp.csr_array((weights[chosen], (targets[chosen], inputs[chosen])), shape=shape)
    return sp.csr_array((one_way + one_way.T) * np.float32(0.5))


def _most_alike(items: IntArray, weights: FloatArray) -> IntArray:
    """Of equal ones that with the lower number."""
    order = np.lexsort((items, -weights))
    return items[order[:MOST_SIMILAR]]
