"""What viewers did with films, one score for each film, before a model says which it knows."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import scipy.sparse as sp

from services.recommender.arrays import FloatArray, IntArray, SparseArray
from services.recommender.recency import RecencySettings, fade
from services.recommender.viewers import Viewers
from services.recommender.weights import WATCHED_SCORE

# What stands for the score of an event that has none.
ONLY_WATCHED = 0
HIDDEN = -1

_SECONDS_PER_DAY = 86_400


@dataclass(frozen=True)
class Events:
    """Parallel arrays, in any order, one row for each thing that a viewer did with a film.

    `scores` are 1-10, 10 for a favourite, or ONLY_WATCHED or HIDDEN; `times` float64 seconds from
    whenever, NaN where unknown.
    """

    user_ids: IntArray
    item_ids: IntArray
    scores: IntArray
    times: FloatArray


@dataclass(frozen=True)
class Histories:
    """Films of viewers in CSR form; `user_ids` ascending, also of those without any film.

    The films of each ascend. `grades` float32[films] are scores of 1-10; a hidden film has 0 and
    tells nothing, whatever else was done with it. `ages` float64[films] are days before the
    viewer's own newest event, so that a list does not depend on when it is built.
    """

    user_ids: IntArray
    indptr: IntArray
    item_ids: IntArray
    grades: FloatArray
    ages: FloatArray

    def __len__(self) -> int:
        return self.user_ids.size

    @classmethod
    def of(cls, user_ids: IntArray, events: Events) -> Self:
        """The histories of `user_ids`; events of other viewers are dropped."""
        users = np.unique(np.asarray(user_ids, np.int64))
        merged = _merge(_chosen(events, np.flatnonzero(np.isin(events.user_ids, users))))
        indptr = np.searchsorted(merged.user_ids, np.append(users, np.iinfo(np.int64).max))
        ages = _ages(merged, indptr)
        return cls(users, indptr, merged.item_ids, merged.scores.astype(np.float32), ages)

    @classmethod
    def of_nobody(cls) -> Self:
        """A viewer who did nothing."""
        nothing = np.empty(0, np.int64)
        return cls.of(np.zeros(1, np.int64), Events(nothing, nothing, nothing, np.empty(0)))

    def rows(self, start: int, stop: int) -> Self:
        """The viewers [start, stop)."""
        films = slice(self.indptr[start], self.indptr[stop])
        return type(self)(
            self.user_ids[start:stop],
            self.indptr[start : stop + 1] - self.indptr[start],
            self.item_ids[films],
            self.grades[films],
            self.ages[films],
        )

    def chosen(self, rows: IntArray) -> Self:
        """The viewers of these rows, which ascend."""
        lengths = np.diff(self.indptr)[rows]
        indptr = np.concatenate([[0], np.cumsum(lengths)])
        films = np.repeat(self.indptr[rows] - indptr[:-1], lengths) + np.arange(indptr[-1])
        return type(self)(
            self.user_ids[rows], indptr, self.item_ids[films], self.grades[films], self.ages[films]
        )

    def viewers(self, item_ids: IntArray, recency: RecencySettings) -> Viewers:
        """As a model of these films, ascending, sees them; films that it does not know are out."""
        columns = np.searchsorted(item_ids, self.item_ids)
        known = columns < item_ids.size
        known[known] = item_ids[columns[known]] == self.item_ids[known]
        passed = np.concatenate([[0], np.cumsum(known)])
        shape = (len(self), item_ids.size)
        grades: SparseArray = sp.csr_array(
            (
                self.grades[known],
                columns[known].astype(np.int32),
                passed[self.indptr].astype(np.int32),
            ),
            shape=shape,
        )
        return fade(Viewers(grades), self.ages[known], recency)


def _chosen(events: Events, rows: IntArray) -> Events:
    return Events(
        events.user_ids[rows], events.item_ids[rows], events.scores[rows], events.times[rows]
    )


def _merge(events: Events) -> Events:
    """One row for each viewer and film, ascending: the greatest score and the newest time."""
    order = np.lexsort((events.item_ids, events.user_ids))
    users, items = events.user_ids[order], events.item_ids[order]
    is_first = np.ones(order.size, bool)
    is_first[1:] = (np.diff(users) != 0) | (np.diff(items) != 0)
    first = np.flatnonzero(is_first)
    if not first.size:
        return events
    scores = events.scores[order]
    greatest = np.maximum.reduceat(scores, first)
    grades = np.where(greatest == ONLY_WATCHED, WATCHED_SCORE, greatest)
    grades[np.minimum.reduceat(scores, first) == HIDDEN] = 0
    times = np.fmax.reduceat(events.times[order], first)
    return Events(users[first], items[first], grades, times)


def _ages(merged: Events, indptr: IntArray) -> FloatArray:
    """Days before the viewer's newest event that tells anything; NaN where unknown."""
    telling = np.where(merged.scores > 0, merged.times, np.nan)
    rows = np.repeat(np.arange(indptr.size - 1), np.diff(indptr))
    newest = np.full(indptr.size - 1, -np.inf)
    np.fmax.at(newest, rows, telling)
    ages: FloatArray = (newest[rows] - telling) / _SECONDS_PER_DAY
    return ages
