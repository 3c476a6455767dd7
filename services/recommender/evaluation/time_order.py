"""Time order: what was learned before a moment, tested on what viewers did after it."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from services.recommender.arrays import BoolArray, FloatArray, IntArray
from services.recommender.catalogue import Catalogue
from services.recommender.entries import entries
from services.recommender.evaluation.events import (
    DISLIKED_TO,
    LIKED_FROM,
    RatedEvents,
    days,
)
from services.recommender.evaluation.holding_out import HELD_OUT_USERS
from services.recommender.evaluation.splits import (
    HeldOut,
    MissingTimesError,
    Split,
    TooFewUsersError,
)
from services.recommender.interactions import Interactions
from services.recommender.model import TrainingSet
from services.recommender.viewers import Viewers

TEST_FROM = 0.8
VALIDATION_FROM = 0.7


@dataclass(frozen=True)
class Timeline:
    """The events with the row and the moment of each."""

    events: RatedEvents
    rows: IntArray
    times: IntArray

    @classmethod
    def of(cls, events: RatedEvents) -> Self:
        """Raises MissingTimesError or TooFewUsersError where there is nothing to go by."""
        if events.times is None:
            raise MissingTimesError("these ratings have no times; the protocol goes by them")
        if not events.times.size:
            raise TooFewUsersError("there are no ratings")
        return cls(events, events.rows_of_entries(), events.times)

    @property
    def end(self) -> int:
        """The first moment after all events."""
        return int(self.times.max()) + 1

    def moment(self, share: float) -> int:
        """The moment before which that share of the events lies."""
        place = int(share * self.times.size)
        return int(np.partition(self.times, place)[place])


def split_time(events: RatedEvents, seed: int, catalogue: Catalogue | None = None) -> Split:
    """Trained on what happened before the moment before which 80 % of the events lie.

    Viewers are the users with events from that moment on. Of a viewer's events on items of training
    the later fifth of those after the moment, rounded down, is held out; everything before is
    folded in with its score and its age in days before the last event folded in. Held-out likes (8
    of 10 or more) are targets, films of 4 of 10 or less are disliked; who has no target is left
    out. Of more than 10,000 viewers every so-manieth is tested. Validation is the same with the
    events from 70 % to 80 %, trained on what was before 70 %. Nothing is drawn: all seeds agree.
    """
    del seed
    timeline = Timeline.of(events)
    validation_from, test_from = timeline.moment(VALIDATION_FROM), timeline.moment(TEST_FROM)
    training, test = period(timeline, test_from, timeline.end, catalogue)
    validation_training, validation = period(timeline, validation_from, test_from, catalogue)
    return Split(training, validation, test, validation_training)


def period(
    timeline: Timeline, start: int, stop: int, catalogue: Catalogue | None, *, held_out: int = 5
) -> tuple[TrainingSet, HeldOut]:
    """Trained on all before `start`, tested with those who did something in [start, stop).

    Held out of what each did then is the latest of `held_out` equal parts, rounded down.
    """
    events = timeline.events
    before = timeline.times < start
    is_trained = np.zeros(events.item_ids.size, bool)
    is_trained[events.matrix.indices[before]] = True
    columns = np.flatnonzero(is_trained)
    usable = is_trained[events.matrix.indices]
    within = usable & ~before & (timeline.times < stop)
    latest = _latest(timeline, within, parts=held_out)
    folded = (usable & before) | (within & ~latest)
    training = _training(timeline, before, columns, catalogue)
    return training, _hold_out(timeline, folded, latest, columns)


def _latest(timeline: Timeline, within: BoolArray, *, parts: int) -> BoolArray:
    """Of each user's events within, the last part; of one moment those of higher item ids."""
    chosen = np.flatnonzero(within)
    order = chosen[np.lexsort((timeline.times[chosen], timeline.rows[chosen]))]
    counts = np.bincount(timeline.rows[chosen], minlength=timeline.events.user_ids.size)
    ends = np.cumsum(counts)[timeline.rows[order]]
    is_late = np.arange(order.size) >= ends - (counts // parts)[timeline.rows[order]]
    latest = np.zeros(within.size, bool)
    latest[order[is_late]] = True
    return latest


def _hold_out(
    timeline: Timeline, folded: BoolArray, held_out: BoolArray, columns: IntArray
) -> HeldOut:
    events = timeline.events
    scores = events.matrix.data
    targets = entries(events.matrix, held_out & (scores >= LIKED_FROM))
    tested = thinned(np.flatnonzero(np.diff(targets.indptr) > 0))
    is_tested = np.zeros(events.user_ids.size, bool)
    is_tested[tested] = True
    folded &= is_tested[timeline.rows]
    disliked = entries(events.matrix, held_out & (scores <= DISLIKED_TO))
    return HeldOut(
        user_ids=events.user_ids[tested],
        viewers=Viewers(entries(events.matrix, folded)[tested][:, columns]),
        targets=targets[tested][:, columns],
        disliked=disliked[tested][:, columns],
        ages=_ages(timeline, folded),
    )


def thinned(rows: IntArray) -> IntArray:
    if rows.size <= HELD_OUT_USERS:
        return rows
    return rows[np.linspace(0, rows.size - 1, HELD_OUT_USERS).astype(np.int64)]


def _ages(timeline: Timeline, folded: BoolArray) -> FloatArray:
    """Days from each chosen event to the last one of its row, in the order of the matrix."""
    rows, times = timeline.rows[folded], timeline.times[folded]
    last = np.zeros(timeline.events.user_ids.size, np.int64)
    np.maximum.at(last, rows, times)
    return days(last[rows] - times)


def _training(
    timeline: Timeline, before: BoolArray, columns: IntArray, catalogue: Catalogue | None
) -> TrainingSet:
    events = timeline.events
    matrix = entries(events.matrix, before)
    rows = np.flatnonzero(np.diff(matrix.indptr) > 0)
    times = timeline.times[before]
    item_ids = events.item_ids[columns]
    return TrainingSet(
        Interactions(events.user_ids[rows], item_ids, matrix[rows][:, columns]),
        graded=True,
        ages=days(times.max(initial=0) - times),
        catalogue=None if catalogue is None else catalogue.on_items(item_ids),
    )
