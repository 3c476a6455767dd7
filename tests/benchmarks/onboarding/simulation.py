"""New viewers are asked, answer from what they really rated, and get a list."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import scipy.sparse as sp

from services.recommender.arrays import BoolArray, FloatArray, IntArray
from services.recommender.evaluation.metrics import accuracy, hits, rank
from services.recommender.onboarding import NOT_SEEN
from services.recommender.viewers import Viewers

from .held_out import NewViewers, Platform
from .strategies import Strategy

# Who has not given enough answers by then keeps those that there are.
MOST_QUESTIONS = 60
AFTER_QUESTIONS = (5, 10)
AFTER_ANSWERS = (0, 1, 2, 3, 5, 10, 20)
DEPTH = 20
METRICS = (f"ndcg@{DEPTH}", f"recall@{DEPTH}")


@dataclass(frozen=True)
class Interview:
    """Films asked about as columns of the item axis, and answers; both [viewers, questions]."""

    columns: IntArray
    scores: FloatArray

    @classmethod
    def joined(cls, parts: list[Self]) -> Self:
        return cls(
            np.concatenate([each.columns for each in parts]),
            np.concatenate([each.scores for each in parts]),
        )

    @property
    def answers(self) -> IntArray:
        """How many films each viewer knew after each question."""
        return np.cumsum(self.scores != NOT_SEEN, axis=1)

    def after_questions(self, count: int) -> BoolArray:
        asked = np.arange(self.scores.shape[1]) < count
        return (self.scores != NOT_SEEN) & asked

    def after_answers(self, count: int) -> BoolArray:
        known: BoolArray = (self.scores != NOT_SEEN) & (self.answers <= count)
        return known

    def questions_for(self, answers: int) -> FloatArray:
        """How many it took each viewer to give so many answers, MOST_QUESTIONS if they did not."""
        return (self.answers < answers).sum(axis=1) + (self.answers[:, -1] >= answers)


def interview(platform: Platform, viewers: NewViewers, strategy: Strategy) -> Interview:
    return Interview.joined([_interview(platform, each, strategy) for each in viewers.blocks()])


def _interview(platform: Platform, viewers: NewViewers, strategy: Strategy) -> Interview:
    films = np.searchsorted(platform.events.item_ids, platform.questionnaire.item_ids)
    known = viewers.known[:, films].toarray()
    open_ = viewers.held_out[:, films].toarray() == 0
    asker = strategy(platform, len(viewers))
    everybody = np.arange(len(viewers))
    questions, answers = [], []
    for _ in range(MOST_QUESTIONS):
        places = asker.ask(open_)
        scores = known[everybody, places]
        open_[everybody, places] = False
        asker.hear(places, scores)
        questions.append(films[places])
        answers.append(scores)
    return Interview(np.array(questions).T, np.array(answers).T)


def quality(
    platform: Platform, viewers: NewViewers, held: Interview, told: BoolArray
) -> dict[str, FloatArray]:
    """Metrics of each viewer's list after the answers `told`.

    All that a viewer could have told is not ranked: so every list ranks the same films.
    """
    rows, questions = np.nonzero(told)
    columns = held.columns[rows, questions]
    grades = sp.csr_array(
        (held.scores[rows, questions], (rows, columns)), shape=viewers.known.shape
    ).astype(np.float32)
    grades.sort_indices()
    scores = np.array(platform.model.scores(Viewers(grades)))
    scores[
        np.repeat(np.arange(len(viewers)), np.diff(viewers.known.indptr)), viewers.known.indices
    ] = -np.inf
    found = hits(rank(scores, DEPTH), viewers.targets)
    counts = np.diff(viewers.targets.indptr)
    return {name: accuracy(name, found, counts) for name in METRICS}
