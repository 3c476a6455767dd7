"""Whether a candidate may follow the active configuration: both on the newest held-out films.

Compared are final lists, as viewers would read them, without chance; popularity stands beside them.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from services.recommender.arrays import FloatArray, IntArray
from services.recommender.evaluation.blocks import blocks
from services.recommender.evaluation.bootstrap import Interval, paired_interval
from services.recommender.evaluation.metrics import NOTHING
from services.recommender.evaluation.newest import NewestSplit
from services.recommender.evaluation.running import (
    FitScorer,
    Scorer,
    measure,
    measure_rankings,
)
from services.recommender.evaluation.splits import HeldOut
from services.recommender.pipeline.films import Films
from services.recommender.pipeline.ranking import Pipeline, ScoredViewers
from services.recommender.pipeline.settings import PipelineSettings
from services.recommender.popularity import fit_popularity
from services.recommender.recency import RecencySettings

METRIC = "ndcg@20"
_DEPTH = 20


class Outcome(StrEnum):
    PASSED = "passed"
    LOST_TO_ACTIVE = "lost to the active configuration"
    LOST_TO_POPULARITY = "lost to popularity"


@dataclass(frozen=True)
class Contender:
    """A way to lists: what is fitted, and how its scores become them."""

    fit: FitScorer
    pipeline: PipelineSettings
    recency: RecencySettings
    this_year: int | None = None

    def values(self, split: NewestSplit) -> FloatArray:
        """The metric of each viewer, float64[viewers]."""
        part = split.part.faded(self.recency)
        settings = replace(self.pipeline, exploration_rate=0.0)
        pipeline = Pipeline(settings, Films.of(split.training), self.this_year)
        lists = _final_lists(self.fit(split.training), pipeline, part)
        return measure_rankings(lists, part, (METRIC,))[METRIC]


@dataclass(frozen=True)
class Verdict:
    """`against_active` is None where there is nothing active, or nothing else than the candidate.

    `margin` is by how much a candidate may be worse than the active configuration at most.
    """

    outcome: Outcome
    viewers: int
    against_popularity: Interval
    against_active: Interval | None
    margin: float


def popularity_values(split: NewestSplit) -> FloatArray:
    """The metric of each viewer for the most popular films, float64[viewers]."""
    return measure(fit_popularity(split.training), split.part, (METRIC,))[METRIC]


def judge(
    candidate: FloatArray,
    *,
    popularity: FloatArray,
    active: FloatArray | None,
    margin: float,
    seed: int,
) -> Verdict:
    """Values of the same viewers; `margin` is a share of the mean of the active configuration.

    The candidate has to show that it is not worse than that: doubt speaks against it.
    """
    beside = paired_interval(candidate, popularity, seed=seed)
    versus = None if active is None else paired_interval(candidate, active, seed=seed)
    allowed = 0.0 if active is None else margin * float(active.mean())
    return Verdict(
        _outcome(beside, versus, allowed), candidate.size, beside, versus, margin=allowed
    )


def is_below(interval: Interval) -> bool:
    """Whether the values are worse for certain."""
    return interval.high < 0


def _outcome(beside: Interval, versus: Interval | None, allowed: float) -> Outcome:
    if versus is not None and versus.low <= -allowed and versus.low < 0:
        return Outcome.LOST_TO_ACTIVE
    return Outcome.LOST_TO_POPULARITY if is_below(beside) else Outcome.PASSED


def _final_lists(scorer: Scorer, pipeline: Pipeline, part: HeldOut) -> IntArray:
    """Columns of the first films of each list, NOTHING where there are no more."""
    lists = np.full((len(part), _DEPTH), NOTHING, np.int32)
    for start, stop in blocks(len(part)):
        first = _ranked(scorer, pipeline, part, start, stop)[:, :_DEPTH]
        lists[start:stop, : first.shape[1]] = first
    return lists


def _ranked(scorer: Scorer, pipeline: Pipeline, part: HeldOut, start: int, stop: int) -> IntArray:
    viewers = part.viewers.rows(start, stop)
    user_ids = part.user_ids[start:stop]
    scores = scorer.scores(viewers)
    if not np.isfinite(scores).all():
        raise ValueError("every score must be finite")
    scored = ScoredViewers(scores, viewers, user_ids, np.zeros_like(user_ids))
    return pipeline.rank(scored).items
