"""What a gate compares on: what viewers did last, by models that learned from what was before."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.random import default_rng

from services.recommender.arrays import BoolArray
from services.recommender.catalogue import Catalogue
from services.recommender.entries import entries
from services.recommender.evaluation.events import LIKED_FROM, RatedEvents
from services.recommender.evaluation.holding_out import draw_fifth
from services.recommender.evaluation.splits import (
    HeldOut,
    TooFewUsersError,
    UnusableEventsError,
)
from services.recommender.evaluation.time_order import Timeline, period, thinned
from services.recommender.interactions import Interactions
from services.recommender.model import TrainingSet
from services.recommender.viewers import Viewers

WINDOW_FROM = 0.8
# Of fewer viewers no interval is narrow enough to tell anything.
MIN_VIEWERS = 20


class HeldOutBy(StrEnum):
    """How the films to find were chosen."""

    TIME = "time"
    RANDOM = "random"


@dataclass(frozen=True)
class NewestSplit:
    """`since` is the moment at which the window begins, in seconds since 1970; None if random."""

    training: TrainingSet
    part: HeldOut
    held_out_by: HeldOutBy
    since: int | None = None


def split_newest(events: RatedEvents, seed: int, catalogue: Catalogue | None = None) -> NewestSplit:
    """By time where the events have times that leave enough viewers, else at random.

    By time: trained on what happened before the moment before which 80 % of the events lie. Viewers
    are the users with events from then on; the later half of these, rounded down, is held out, all
    before it is folded in. At random: a fifth of the events of each user with 5 or more, rounded
    down, is held out; trained on, and folded in, are all others. Held-out likes (8 of 10 or more)
    of films that were trained on are to be found; who has none is no viewer.
    Raises TooFewUsersError where neither leaves MIN_VIEWERS viewers.
    """
    by_time = _by_time(events, catalogue)
    split = _at_random(events, seed, catalogue) if by_time is None else by_time
    if len(split.part) < MIN_VIEWERS:
        raise TooFewUsersError(f"{len(split.part)} viewers with films to find are too few")
    return split


def _by_time(events: RatedEvents, catalogue: Catalogue | None) -> NewestSplit | None:
    """None where the events tell too little of when they were."""
    try:
        timeline = Timeline.of(events)
    except UnusableEventsError:
        return None
    since = timeline.moment(WINDOW_FROM)
    # Where most events are of one moment, next to nothing is before it.
    if 2 * np.count_nonzero(timeline.times < since) < timeline.times.size:
        return None
    training, part = period(timeline, since, timeline.end, catalogue, held_out=2)
    if len(part) < MIN_VIEWERS:
        return None
    return NewestSplit(training, part, HeldOutBy.TIME, since)


def _at_random(events: RatedEvents, seed: int, catalogue: Catalogue | None) -> NewestSplit:
    held_out = draw_fifth(events.matrix, default_rng(seed))
    training = _training(events, ~held_out, catalogue)
    columns = np.searchsorted(events.item_ids, training.interactions.item_ids)
    targets = entries(events.matrix, held_out & (events.matrix.data >= LIKED_FROM))[:, columns]
    tested = thinned(np.flatnonzero(np.diff(targets.indptr) > 0))
    known = entries(events.matrix, ~held_out)[:, columns]
    part = HeldOut(events.user_ids[tested], Viewers(known[tested]), targets[tested])
    return NewestSplit(training, part, HeldOutBy.RANDOM)


def _training(events: RatedEvents, kept: BoolArray, catalogue: Catalogue | None) -> TrainingSet:
    matrix = entries(events.matrix, kept)
    rows = np.flatnonzero(np.diff(matrix.indptr) > 0)
    columns = np.unique(matrix.indices)
    item_ids = events.item_ids[columns]
    return TrainingSet(
        Interactions(events.user_ids[rows], item_ids, matrix[rows][:, columns]),
        graded=True,
        catalogue=None if catalogue is None else catalogue.on_items(item_ids),
    )
