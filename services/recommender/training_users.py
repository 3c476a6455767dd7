"""Which training user a viewer is: the one with the same scores, told by nothing but these."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from services.recommender.arrays import BoolArray, IntArray, SparseArray
from services.recommender.entries import entries
from services.recommender.mixing import GOLDEN, mixed
from services.recommender.viewers import Viewers

NOBODY = -1


@dataclass(frozen=True, eq=False)
class TrainingUsers:
    """`grades` float32[users, items], and the users' rows in the ascending order of their `keys`.

    A key, uint64[users], is only where to look: whoever is found there has to have the same films
    and scores. Films that tell nothing do not count, and whose events have faded is nobody.
    """

    grades: SparseArray
    keys: IntArray
    rows: IntArray

    @classmethod
    def of(cls, grades: SparseArray) -> Self:
        keys = _keys(grades)
        rows = np.argsort(keys, kind="stable")
        return cls(grades, keys[rows], rows)

    def find(self, viewers: Viewers) -> IntArray:
        """The row of a training user with the same scores, or NOBODY, for each viewer."""
        found = np.full(len(viewers), NOBODY)
        if not self.rows.size:
            return found
        told = _without_zeros(viewers.grades)
        keys = _keys(told)
        places = np.minimum(np.searchsorted(self.keys, keys), self.rows.size - 1)
        rows = self.rows[places]
        lengths = np.diff(self.grades.indptr)[rows]
        alike = (self.keys[places] == keys) & (lengths == np.diff(told.indptr)) & ~_fades(viewers)
        alike[alike] = _are_equal(told[alike], self.grades[rows[alike]])
        found[alike] = rows[alike]
        return found


def _keys(grades: SparseArray) -> IntArray:
    """Of each row one number that depends on all its entries, uint64[rows]."""
    bits = np.ascontiguousarray(grades.data, np.float32).view(np.uint32)
    entries_as_bits = (grades.indices.astype(np.uint64) << np.uint64(32)) | bits
    # Sums wrap around, and so do their differences.
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(mixed(entries_as_bits + GOLDEN))])
    keys: IntArray = np.diff(sums[grades.indptr])
    return keys


def _without_zeros(grades: SparseArray) -> SparseArray:
    tells = grades.data > 0
    return grades if tells.all() else entries(grades, tells)


def _fades(viewers: Viewers) -> BoolArray:
    """Which viewers have an event that counts in part only."""
    fades = np.zeros(len(viewers), bool)
    if viewers.decay is not None:
        in_part = (viewers.decay != 1) & (viewers.grades.data > 0)
        fades[_row_of_entries(viewers.grades)[in_part]] = True
    return fades


def _are_equal(one: SparseArray, other: SparseArray) -> BoolArray:
    """Which rows of two matrices are equal that have as many entries in each row."""
    differs = (one.indices != other.indices) | (one.data != other.data)
    equal = np.ones(one.shape[0], bool)
    equal[_row_of_entries(one)[differs]] = False
    return equal


def _row_of_entries(matrix: SparseArray) -> IntArray:
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
