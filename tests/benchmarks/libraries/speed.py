"""Whether a compiled library would make lists sooner than NumPy and SciPy do, on one core."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import scipy.sparse as sp
import similaripy
from implicit.cpu.topk import topk
from implicit.nearest_neighbours import ItemItemRecommender, NearestNeighboursScorer

from services.recommender.arrays import FloatArray, IntArray
from services.recommender.pipeline.candidates import NOTHING, TieOrder, select_candidates
from tests.benchmarks.machine import describe_machine
from tests.benchmarks.tables import show_facts

from . import report
from .made_up import MadeUp
from .races import Lists, race
from .versions import library_versions

LIST_LENGTH = 200
# Viewers scored at once; the dense scores of 256 viewers x 20,000 items take 20 MB.
_BLOCK = 256
SIZES: Mapping[str, Mapping[str, int]] = {
    "as ml-1m": {"viewers": 2000, "items": 3500},
    "20,000 items": {"viewers": 2000, "items": 20_000},
}
SMALL = {"small": {"viewers": 60, "items": 300}}


def measure_speed(*, small: bool) -> dict[str, Any]:
    machine = describe_machine() | library_versions()
    show_facts("Machine and libraries", machine)
    return {
        "machine": machine,
        "list_length": LIST_LENGTH,
        "sizes": {
            name: _measure(name, MadeUp.draw(**size, seed=0))
            for name, size in (SMALL if small else SIZES).items()
        },
    }


def _measure(name: str, data: MadeUp) -> dict[str, Any]:
    show_facts(f"Made-up data: {name}", data.describe())
    lists = {"item-item": item_item_lists(data), "factors": factor_lists(data)}
    measured = {kind: race(makers, viewers=data.fold_in.shape[0]) for kind, makers in lists.items()}
    for kind, rows in measured.items():
        report.show_speed(f"{LIST_LENGTH} films of {kind} for each viewer: {name}", rows)
    return {"data": data.describe(), **measured}


def item_item_lists(data: MadeUp) -> dict[str, Lists]:
    """The best films by fold_in @ weights, none of them folded in; ours first."""
    return {
        "ours (SciPy, NumPy)": lambda: _ours(
            data, lambda rows: (data.fold_in[rows] @ data.weights).toarray()
        ),
        "similaripy": lambda: _similaripy(data),
        "implicit": lambda: _implicit_neighbours(data),
    }


def factor_lists(data: MadeUp) -> dict[str, Lists]:
    """The best films by users @ items.T, none of them folded in; ours first."""
    return {
        "ours (NumPy)": lambda: _ours(data, lambda rows: data.users[rows] @ data.items.T),
        "implicit": lambda: _implicit_factors(data),
    }


def _ours(data: MadeUp, scores_of: Callable[[slice], FloatArray]) -> IntArray:
    """As the pipeline does: dense scores of a block of viewers, then the best of each."""
    viewers, items = data.fold_in.shape
    ties = TieOrder.of(item_ids=np.arange(items), popularity=np.zeros(items, np.float32))
    return np.concatenate(
        [
            _best(data.fold_in, slice(start, min(start + _BLOCK, viewers)), scores_of, ties)
            for start in range(0, viewers, _BLOCK)
        ]
    )


def _best(
    fold_in: sp.csr_matrix, rows: slice, scores_of: Callable[[slice], FloatArray], ties: TieOrder
) -> IntArray:
    scores = scores_of(rows)
    known = fold_in[rows]
    scores[np.repeat(np.arange(known.shape[0]), np.diff(known.indptr)), known.indices] = -np.inf
    return select_candidates(scores, ties, LIST_LENGTH)


def _similaripy(data: MadeUp) -> IntArray:
    lists = similaripy.dot_product(
        data.fold_in,
        data.weights,
        k=LIST_LENGTH,
        filter_cols=data.fold_in,
        verbose=False,
        format_output="csr",
        num_threads=1,
    )
    return _padded(lists)


def _implicit_neighbours(data: MadeUp) -> IntArray:
    model = ItemItemRecommender(num_threads=1)
    model.similarity = data.weights
    model.scorer = NearestNeighboursScorer(data.weights)
    viewers = np.arange(data.fold_in.shape[0])
    found: IntArray = model.recommend(viewers, data.fold_in, N=LIST_LENGTH)[0]
    return found


def _implicit_factors(data: MadeUp) -> IntArray:
    found: IntArray = topk(
        data.items, data.users, LIST_LENGTH, filter_query_items=data.fold_in, num_threads=1
    )[0]
    return found


def _padded(lists: sp.csr_array) -> IntArray:
    """The columns of each row, NOTHING where there are fewer than in others."""
    padded = np.full((lists.shape[0], LIST_LENGTH), NOTHING)
    counts = np.diff(lists.indptr)
    rows = np.repeat(np.arange(lists.shape[0]), counts)
    padded[rows, np.arange(lists.nnz) - np.repeat(lists.indptr[:-1], counts)] = lists.indices
    return padded
