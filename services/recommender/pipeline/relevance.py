"""What re-ranking starts from: a candidate's score, less its popularity, plus its freshness."""

import numpy as np

from services.recommender.arrays import BoolArray, FloatArray, IntArray


def relevance(scores: FloatArray, listed: BoolArray, *, adjustments: FloatArray) -> FloatArray:
    """Scores in standard deviations of the viewer's candidates, plus adjustments; float32.

    All are [viewers, candidates]. Where `listed` is false there is no candidate: -inf.
    Scores of either sign can be debiased so: dividing a negative one would raise it.
    """
    counts = np.maximum(listed.sum(axis=1), 1)
    known = np.where(listed, scores, 0).astype(np.float64)
    centred = np.where(listed, known - (known.sum(axis=1) / counts)[:, None], 0)
    deviation = np.sqrt(np.einsum("vc,vc->v", centred, centred) / counts)
    centred /= np.where(deviation > 0, deviation, 1)[:, None]
    return np.where(listed, centred + adjustments, -np.inf).astype(np.float32)


def log_popularity(popularity: FloatArray) -> FloatArray:
    """float32[items]; a film with less than one event is as popular as with one."""
    return np.log(np.maximum(popularity, 1)).astype(np.float32)


def freshness(years: IntArray, *, this_year: int, half_life: float) -> FloatArray:
    """1 for a film of this year or later, halved every `half_life` years; 0 for unknown years."""
    ages = np.maximum(this_year - years, 0)
    return np.where(years > 0, np.exp2(-ages / half_life), 0).astype(np.float32)


def by_relevance(values: FloatArray) -> IntArray:
    """Positions of each row's values, greatest first; equal ones keep their order."""
    return np.argsort(-values, axis=1, kind="stable")
