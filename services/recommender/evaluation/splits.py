"""What a protocol makes of the events: a training set, and viewers with films to find."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from services.recommender.arrays import BoolArray, FloatArray, IntArray, SparseArray
from services.recommender.catalogue import Catalogue
from services.recommender.evaluation.events import RatedEvents
from services.recommender.model import TrainingSet
from services.recommender.recency import RecencySettings, fade
from services.recommender.viewers import Viewers


class UnusableEventsError(Exception):
    """The events cannot be evaluated by the protocol; only other events heal it."""


class TooFewUsersError(UnusableEventsError):
    """The events hold too few users with enough of them."""


class MissingTimesError(UnusableEventsError):
    """The protocol goes by time, and the events have none."""


@dataclass(frozen=True)
class HeldOut:
    """Viewers with what is folded in and what their lists should hold.

    `viewers` are the folded-in events, none of which is ever ranked; `targets` [viewers, items] has
    an entry for each film to find, at least one in each row, and `disliked` one for each held-out
    film that was disliked. `ranked` bool[items] are the only films ranked, `samples` int[viewers,
    k] the only ones for each viewer; None where all are. `ages` float64[entries], in the order of
    `viewers.grades.data`, are days before the viewer's last event. One user may have many rows.
    """

    user_ids: IntArray
    viewers: Viewers
    targets: SparseArray
    disliked: SparseArray | None = None
    ranked: BoolArray | None = None
    samples: IntArray | None = None
    ages: FloatArray | None = None

    def faded(self, recency: RecencySettings) -> Self:
        """The same viewers, whose older events count less; unchanged where ages are not known."""
        if self.ages is None:
            return self
        return replace(self, viewers=fade(self.viewers, self.ages, recency))

    def __len__(self) -> int:
        return len(self.viewers)

    def history(self) -> IntArray:
        """How many films are known of each viewer."""
        grades = self.viewers.grades
        known = np.concatenate([[0], np.cumsum(grades.data > 0)])
        lengths: IntArray = np.diff(known[grades.indptr])
        return lengths


@dataclass(frozen=True)
class Split:
    """What to train on and whom to test with.

    `validation_training` is what to train on for the validation part; None where it is `training`.
    """

    training: TrainingSet
    validation: HeldOut
    test: HeldOut
    validation_training: TrainingSet | None = None


SplitEvents = Callable[[RatedEvents, int, Catalogue | None], Split]
