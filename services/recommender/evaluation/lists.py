"""What lists are like besides right: surprising, varied, true to taste, spread over the items."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import scipy.sparse as sp

from services.recommender.arrays import FloatArray, IntArray, SparseArray
from services.recommender.catalogue import Catalogue
from services.recommender.evaluation.blocks import blocks
from services.recommender.evaluation.metrics import NOTHING, hits
from services.recommender.evaluation.splits import HeldOut
from services.recommender.features import incidence, per_row
from services.recommender.model import TrainingSet

LIST_LENGTH = 20
# Steck 2018 mixes that much of the viewer's own genres into the list's, against infinite distance.
SMOOTHING = 0.01
# Co-ratings are those of this many training users, evenly spread: more cost as much as training.
CO_RATING_USERS = 5_000


@dataclass(frozen=True)
class ListMeasures:
    """What the training set says of items, to measure lists by.

    `bits` float64[items] are -log2 of the share of training users with an event on the item;
    `directions` [items, users] hold who has one, each row of length 1; `genres` [items, genres] how
    an item spreads over its genres, None where nothing is known of the items; `ranked` is how many
    items may be in a list.
    """

    bits: FloatArray
    directions: SparseArray
    genres: SparseArray | None
    ranked: int

    @classmethod
    def of(cls, training: TrainingSet, part: HeldOut) -> Self:
        matrix = training.interactions.matrix
        users, items = matrix.shape
        counts = np.bincount(matrix.indices, minlength=items)
        return cls(
            bits=-np.log2(np.maximum(counts, 1) / max(users, 1)),
            directions=_directions(matrix),
            genres=None if training.catalogue is None else _genres(training.catalogue),
            ranked=items if part.ranked is None else int(part.ranked.sum()),
        )

    def of_each(self, ranked: IntArray, part: HeldOut) -> dict[str, FloatArray]:
        """Metrics of each viewer's list, float64[viewers]; NaN where one says nothing of it."""
        lists = ranked[:, :LIST_LENGTH]
        metrics = {
            f"novelty@{LIST_LENGTH}": _mean_of_places(self.bits, lists),
            f"diversity@{LIST_LENGTH}": self._diversity(lists),
        }
        if self.genres is not None:
            metrics[f"calibration@{LIST_LENGTH}"] = _divergence(
                _normalised(part.viewers.grades @ self.genres),
                _normalised(_membership(lists, self.bits.size) @ self.genres),
            )
        if part.disliked is not None:
            metrics[f"disliked@{LIST_LENGTH}"] = _disliked(lists, part.disliked)
        return metrics

    def of_all(self, ranked: IntArray) -> dict[str, float]:
        """Metrics of all lists together: how many items are in any, how unevenly."""
        lists = ranked[:, :LIST_LENGTH]
        counts = np.bincount(lists[lists != NOTHING], minlength=self.bits.size)
        listed = np.sort(counts[counts > 0])
        return {
            f"coverage@{LIST_LENGTH}": listed.size / max(self.ranked, 1),
            f"gini@{LIST_LENGTH}": _gini(listed, self.ranked),
        }

    def _diversity(self, lists: IntArray) -> FloatArray:
        """One minus the mean cosine of two items of the list; NaN for a list of fewer.

        The cosines of all pairs add up to the squared length of the sum of the items' directions.
        """
        own = np.diff(self.directions.indptr) > 0
        lengths = np.count_nonzero(lists != NOTHING, axis=1)
        pairs = lengths * (lengths - 1.0)
        squared = np.zeros(len(lists))
        for start, stop in blocks(len(lists)):
            members = _membership(lists[start:stop], self.bits.size)
            total = members @ self.directions
            squared[start:stop] = total.multiply(total).sum(axis=1) - members @ own
        return 1 - _ratio(squared, pairs)


def _directions(matrix: SparseArray) -> SparseArray:
    users = matrix.shape[0]
    step = np.linspace(0, users - 1, min(users, CO_RATING_USERS)).astype(np.int64)
    sample = matrix[step].T.tocsr()
    lengths = np.sqrt(np.diff(sample.indptr))
    data = np.repeat(1 / np.maximum(lengths, 1), np.diff(sample.indptr))
    directions: SparseArray = sp.csr_array(
        (data.astype(np.float32), sample.indices, sample.indptr), shape=sample.shape
    )
    return directions


def _genres(catalogue: Catalogue) -> SparseArray:
    return per_row(incidence(catalogue.of_group("genre"))[1])


def _membership(lists: IntArray, items: int) -> SparseArray:
    """A 1 for each item of each list, float32[lists, items]."""
    filled = lists != NOTHING
    pointers = np.concatenate([[0], np.cumsum(np.count_nonzero(filled, axis=1))])
    ones = np.ones(int(pointers[-1]), np.float32)
    members: SparseArray = sp.csr_array((ones, lists[filled], pointers), shape=(len(lists), items))
    return members


def _ratio(numerators: FloatArray, denominators: FloatArray | IntArray) -> FloatArray:
    """NaN where there is nothing to divide by."""
    ratio = np.full(numerators.shape, np.nan)
    np.divide(numerators, denominators, out=ratio, where=denominators > 0)
    return ratio


def _mean_of_places(values: FloatArray, lists: IntArray) -> FloatArray:
    filled = lists != NOTHING
    lengths = np.count_nonzero(filled, axis=1)
    totals = np.where(filled, values[lists], 0).sum(axis=1)
    return _ratio(totals, lengths)


def _normalised(weights: SparseArray) -> FloatArray:
    """Each row as shares that add up to 1; NaN where it has nothing."""
    dense = weights.toarray().astype(np.float64)
    totals = dense.sum(axis=1, keepdims=True)
    return _ratio(dense, totals)


def _divergence(wanted: FloatArray, listed: FloatArray) -> FloatArray:
    """Kullback-Leibler divergence of each list's genres from its viewer's, in nats."""
    mixed = (1 - SMOOTHING) * listed + SMOOTHING * wanted
    ratio = np.divide(wanted, mixed, out=np.ones_like(wanted), where=mixed > 0)
    terms = wanted * np.log(np.where(ratio > 0, ratio, 1))
    divergence: FloatArray = np.where(np.isnan(mixed), np.nan, terms).sum(axis=1)
    return divergence


def _disliked(lists: IntArray, disliked: SparseArray) -> FloatArray:
    counts = np.zeros(len(lists))
    for start, stop in blocks(len(lists)):
        counts[start:stop] = hits(lists[start:stop], disliked[start:stop]).sum(axis=1)
    return counts


def _gini(listed: IntArray, items: int) -> float:
    """Gini coefficient of ascending counts, all other items of that many having none."""
    total = int(listed.sum())
    if not total:
        return 0.0
    places = items - listed.size + np.arange(1, listed.size + 1)
    return float((2 * places - items - 1) @ listed) / (items * total)
