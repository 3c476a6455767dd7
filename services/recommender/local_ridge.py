"""Item-item local ridge: each item is regressed on the items its ratings correlate with most.

EASE (Steck 2019, arXiv 1905.03375) restricted to a neighbourhood per target and solved there anew,
as in fsSLIM (Ning & Karypis 2011) with an L2 penalty only. Formulas: docs/ALGORITHM.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import scipy.sparse as sp
from scipy.linalg import lapack

from services.recommender.arrays import FloatArray, IntArray
from services.recommender.gram import Gram, fit_gram
from services.recommender.item_model import LOCAL_RIDGE, ItemModel
from services.recommender.model import TrainingSet
from services.recommender.weights import FOLD_IN, TRAINING, UNARY, GradeCurve

# Targets whose correlations are held at once: 256 x 20,000 float32 are 20 MB.
_BLOCK = 256
# Below this share of its diagonal a variance in float32 is rounding.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class LocalRidgeSettings:
    """`neighbours` per target; penalty of input item i = ridge * (d_i / mean d) ** exponent.

    Neighbours are those of highest correlation once `selection_shrinkage` is added to each item's
    variance: two items that share all of very few viewers are no better known for that. Weights
    below `weight_floor` become 0 and are not stored: at the default about a quarter of
    them, which no metric notices and every reader saves.
    """

    neighbours: int = 200
    ridge: float = 200.0
    popularity_exponent: float = 0.5
    selection_shrinkage: float = 10.0
    weight_floor: float = 0.002


@dataclass(frozen=True)
class GradedRidgeSettings:
    """`training` turns scores into the weights of the Gram matrix, `fold_in` into a profile's.

    Of more than `max_items` films only those of most events get weights: the Gram matrix of 30,000
    takes 3.6 GB.
    """

    training: GradeCurve
    fold_in: GradeCurve
    max_items: int = 30_000
    solving: LocalRidgeSettings = field(default_factory=LocalRidgeSettings)


BINARY = GradedRidgeSettings(training=UNARY, fold_in=UNARY)
GRADED = GradedRidgeSettings(training=TRAINING, fold_in=FOLD_IN)


@dataclass(frozen=True)
class SolvedBlock:
    """Weights of the targets [start, start + rows): int32 and float32 [targets, neighbours]."""

    start: int
    neighbours: IntArray
    weights: FloatArray


def solve_block(gram: Gram, settings: LocalRidgeSettings, start: int, stop: int) -> SolvedBlock:
    """Solve the targets [start, stop) of `gram.item_ids`; the result depends on no other block."""
    penalty = scaled_penalty(
        gram.products.diagonal(), ridge=settings.ridge, exponent=settings.popularity_exponent
    )
    parts = [
        _select_neighbours(gram, settings, first, min(first + _BLOCK, stop))
        for first in range(start, stop, _BLOCK)
    ]
    width = min(settings.neighbours, max(gram.item_ids.size - 1, 0))
    neighbours = np.concatenate([np.empty((0, width), np.int32), *parts])
    weights = np.empty(neighbours.shape, np.float32)
    for row, inputs in enumerate(neighbours):
        weights[row] = _solve_target(gram.products, penalty, start + row, inputs)
    weights[np.abs(weights) < settings.weight_floor] = 0
    return SolvedBlock(start, neighbours, weights)


def assemble(gram: Gram, blocks: Sequence[SolvedBlock]) -> ItemModel:
    """Turn blocks that cover every target once, in any order, into a model by input item.

    Of the Gram matrix only the items and their popularity are read.
    Raises ValueError where a target is missing or solved twice.
    """
    ordered = sorted(blocks, key=lambda block: block.start)
    items = gram.item_ids.size
    _check_cover(ordered, items)
    neighbours = np.concatenate([np.empty(0, np.int32), *(b.neighbours.ravel() for b in ordered)])
    weights = np.concatenate([np.empty(0, np.float32), *(b.weights.ravel() for b in ordered)])
    width = neighbours.size // items if items else 0
    targets = np.arange(items + 1, dtype=np.int32) * np.int32(width)
    by_input = sp.csc_array((weights, neighbours, targets), shape=(items, items)).tocsr()
    by_input.eliminate_zeros()
    return ItemModel(
        kind=LOCAL_RIDGE,
        item_ids=gram.item_ids,
        indptr=by_input.indptr.astype(np.int32),
        indices=by_input.indices.astype(np.int32),
        values=by_input.data,
        popularity=gram.popularity,
    )


def fit_local_ridge(gram: Gram, settings: LocalRidgeSettings) -> ItemModel:
    """All targets in one go, for data small enough not to need slices."""
    return assemble(gram, [solve_block(gram, settings, 0, gram.item_ids.size)])


def fit(training_set: TrainingSet, settings: GradedRidgeSettings | None = None) -> ItemModel:
    """The model of all films of the item axis, cold ones without a weight."""
    chosen = settings or (GRADED if training_set.graded else BINARY)
    item_ids = training_set.interactions.item_ids
    kept = training_set.interactions.most_interacted(chosen.max_items)
    gram = fit_gram(kept.weighted(chosen.training), max_items=chosen.max_items)
    model = replace(fit_local_ridge(gram, chosen.solving), fold_in=chosen.fold_in)
    return _on_axis(model, item_ids, np.searchsorted(item_ids, kept.item_ids))


def _on_axis(model: ItemModel, item_ids: IntArray, places: IntArray) -> ItemModel:
    """The same weights among more films, where the model's own stand at `places`."""
    lengths, popularity = np.zeros(item_ids.size, np.int32), np.zeros(item_ids.size, np.float32)
    lengths[places] = np.diff(model.indptr)
    popularity[places] = model.popularity
    return replace(
        model,
        item_ids=item_ids,
        indptr=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32),
        indices=places[model.indices].astype(np.int32),
        popularity=popularity,
    )


def scaled_penalty(diagonal: FloatArray, *, ridge: float, exponent: float) -> FloatArray:
    """Each item's penalty; one without events gets the plain ridge, and by it the weight 0."""
    rated = diagonal > 0
    relative = np.ones(diagonal.size)
    if rated.any():
        relative[rated] = diagonal[rated] / diagonal[rated].mean(dtype=np.float64)
    penalty: FloatArray = ridge * relative**exponent
    return penalty.astype(np.float32)


def _select_neighbours(gram: Gram, settings: LocalRidgeSettings, start: int, stop: int) -> IntArray:
    """The items of highest correlation with each target, ascending by position.

    The target's own deviation scales all its candidates alike and is left out.
    """
    diagonal = gram.products.diagonal()
    items = diagonal.size
    count = min(settings.neighbours, items - 1)
    mean = diagonal / np.float32(max(gram.users, 1))
    correlation = gram.products[start:stop] - np.outer(diagonal[start:stop], mean)
    correlation *= _inverse_deviation(diagonal, mean, settings.selection_shrinkage)
    correlation[np.arange(stop - start), np.arange(start, stop)] = -np.inf
    if count == 0:
        return np.empty((stop - start, 0), np.int32)
    chosen = np.argpartition(correlation, items - count, axis=1)[:, items - count :]
    return np.sort(chosen, axis=1).astype(np.int32)


def _inverse_deviation(diagonal: FloatArray, mean: FloatArray, shrinkage: float) -> FloatArray:
    """One over the shrunk standard deviation; zero for an item that everybody rated alike."""
    variance = diagonal - diagonal * mean
    varies = variance > _ROUNDING * diagonal
    shrunk = np.where(varies, variance + np.float32(shrinkage), 1)
    inverse: FloatArray = np.where(varies, 1 / np.sqrt(shrunk), 0)
    return inverse


def _solve_target(
    products: FloatArray, penalty: FloatArray, target: int, inputs: IntArray
) -> FloatArray:
    """(G[N, N] + diag(penalty[N]))⁻¹ G[N, target] by Cholesky."""
    if not inputs.size:
        return np.empty(0, np.float32)
    system = products[inputs[:, None], inputs]
    system.flat[:: inputs.size + 1] += penalty[inputs]
    _, solution, failure = lapack.sposv(system, products[inputs, target], overwrite_a=True)
    if failure:
        raise ValueError(f"the system of target {target} is not positive definite")
    weights: FloatArray = solution
    return weights


def _check_cover(ordered: Sequence[SolvedBlock], items: int) -> None:
    expected = 0
    for block in ordered:
        if block.start != expected:
            raise ValueError(f"blocks meet at target {block.start}, expected {expected}")
        expected += len(block.neighbours)
    if expected != items:
        raise ValueError(f"blocks cover {expected} of {items} targets")
