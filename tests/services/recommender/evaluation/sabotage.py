"""Candidates that a gate has to stop, and how contenders are made of fits."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.random import default_rng

from services.recommender.arrays import FloatArray, IntArray
from services.recommender.blend import fit_blend
from services.recommender.entries import entries
from services.recommender.evaluation.gate import Contender
from services.recommender.evaluation.running import FitScorer, Scorer
from services.recommender.model import TrainingSet
from services.recommender.pipeline.settings import PipelineSettings
from services.recommender.recency import RecencySettings
from services.recommender.viewers import Viewers


def contender(fit: FitScorer, **pipeline: Any) -> Contender:
    return Contender(fit, PipelineSettings(**pipeline), RecencySettings())


@dataclass(frozen=True)
class Shuffled:
    """Scores that stand at other films than those they are of."""

    scorer: Scorer
    columns: IntArray

    def scores(self, viewers: Viewers) -> FloatArray:
        scores: FloatArray = self.scorer.scores(viewers)[:, self.columns]
        return scores


def fit_shuffled(training: TrainingSet) -> Shuffled:
    return shuffled(fit_blend(training), training)


def shuffled(scorer: Scorer, training: TrainingSet) -> Shuffled:
    items = training.interactions.item_ids.size
    return Shuffled(scorer, default_rng(0).permutation(items))


def fit_stale(training: TrainingSet) -> Scorer:
    """Learns from the older half of the events alone."""
    assert training.ages is not None
    events = training.interactions
    old = entries(events.matrix, training.ages >= np.median(training.ages))
    return fit_blend(replace(training, interactions=replace(events, matrix=old), ages=None))
