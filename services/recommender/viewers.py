"""Viewers as a model sees them: their scores of films, and how much of each still counts."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from services.recommender.arrays import FloatArray, IntArray, SparseArray
from services.recommender.entries import with_data
from services.recommender.weights import GradeCurve


@dataclass(frozen=True)
class Viewers:
    """What viewers (rows) did with the films of a model's item axis (columns).

    `grades` float32[viewers, items] in CSR form, ascending by column in each row, holds a score of
    1-10 for each film; a stored 0 is a film of which nothing is known but that no list may hold it.
    `decay` float32[entries], in the order of `grades.data`, is the part of each event that still
    counts; None where all do.
    """

    grades: SparseArray
    decay: FloatArray | None = None

    def __post_init__(self) -> None:
        # SciPy puts columns in order where it needs to, also those of matrices that share them.
        if not self.grades.has_sorted_indices:
            raise ValueError("the films of each viewer must ascend")

    def __len__(self) -> int:
        return int(self.grades.shape[0])

    def rows(self, start: int, stop: int) -> Self:
        """The viewers [start, stop)."""
        entries = slice(self.grades.indptr[start], self.grades.indptr[stop])
        decay = None if self.decay is None else self.decay[entries]
        return type(self)(self.grades[start:stop], decay)

    def chosen(self, rows: IntArray) -> Self:
        """The viewers at these rows, in the order of `rows`."""
        if self.decay is None:
            return type(self)(self.grades[rows])
        entries = with_data(self.grades, np.arange(self.decay.size))[rows].data
        return type(self)(self.grades[rows], self.decay[entries])

    def weighted(self, curve: GradeCurve) -> SparseArray:
        """`curve` of each score times its decay, float32[viewers, items] of the same entries."""
        weights = curve(self.grades.data)
        if self.decay is not None:
            weights *= self.decay
        return with_data(self.grades, weights)
