"""Viewers whom training never saw, whose real ratings answer what they are asked."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.random import default_rng

from services.recommender.arrays import IntArray, SparseArray
from services.recommender.blend import Blend, fit_blend
from services.recommender.entries import entries
from services.recommender.evaluation.events import LIKED_FROM, RatedEvents
from services.recommender.evaluation.holding_out import (
    draw_fifth,
    draw_parts,
    graded_training,
    part_of,
)
from services.recommender.evaluation.running import Part
from services.recommender.ials import IALS
from services.recommender.interactions import Interactions
from services.recommender.model import TrainingSet
from services.recommender.onboarding import OnboardingSettings, Questionnaire, fit_questionnaire
from services.recommender.popularity_shrinkage import PopularityShrinkage, fit_shrunk
from services.recommender.viewers import Viewers

# So few that all of them can answer ten questions, if they are the right ones.
MIN_ANSWERS = 10
_BLOCK = 256


@dataclass(frozen=True)
class Platform:
    """What was learned from the train users: the model that makes lists, and what to ask."""

    events: Interactions
    model: PopularityShrinkage
    questionnaire: Questionnaire


@dataclass(frozen=True)
class NewViewers:
    """Scores [viewers, items] that can be told, and others that are held out and never asked for.

    Those of `targets` are liked films among the latter, which lists should hold.
    """

    user_ids: IntArray
    known: SparseArray
    held_out: SparseArray
    targets: SparseArray

    def __len__(self) -> int:
        return int(self.known.shape[0])

    def first(self, count: int | None) -> "NewViewers":
        return self.chosen(slice(count))

    def chosen(self, rows: slice | IntArray) -> "NewViewers":
        return NewViewers(
            self.user_ids[rows], self.known[rows], self.held_out[rows], self.targets[rows]
        )

    def blocks(self) -> Iterator["NewViewers"]:
        for start in range(0, len(self), _BLOCK):
            yield self.chosen(slice(start, start + _BLOCK))


def split(
    events: RatedEvents, *, seed: int, on: Part, settings: OnboardingSettings
) -> tuple[Platform, NewViewers]:
    """A fifth of each viewer's ratings is held out; who has not enough of either is left out."""
    rng = default_rng(seed)
    parts = draw_parts(events.likes(), rng)
    drawn: dict[Part, NewViewers] = {}
    for name, rows in (("validation", parts.validation), ("test", parts.test)):
        scores = part_of(events.matrix, rows, parts.columns)
        is_held_out = draw_fifth(scores, rng)
        drawn[name] = _with_enough(
            NewViewers(
                user_ids=events.user_ids[rows],
                known=entries(scores, ~is_held_out),
                held_out=entries(scores, is_held_out),
                targets=entries(scores, is_held_out & (scores.data >= LIKED_FROM)),
            )
        )
    return _learn(graded_training(events, parts, None), settings), drawn[on]


def _with_enough(viewers: NewViewers) -> NewViewers:
    answers, targets = (np.diff(each.indptr) for each in (viewers.known, viewers.targets))
    return viewers.chosen(np.flatnonzero((answers >= MIN_ANSWERS) & (targets > 0)))


def _learn(training: TrainingSet, settings: OnboardingSettings) -> Platform:
    model = fit_shrunk(training, fit_blend)
    matrix = training.interactions.matrix
    counts = np.bincount(matrix.indices, minlength=matrix.shape[1])
    factors = _factors(model)
    return Platform(
        training.interactions, model, fit_questionnaire(factors, Viewers(matrix), counts, settings)
    )


def _factors(model: PopularityShrinkage) -> IALS:
    if not isinstance(model.model, Blend):
        raise TypeError("only a blend has factors")
    return next(part.model for part in model.model.parts if isinstance(part.model, IALS))
