"""What re-ranking starts from: a candidate's score, less its popularity, plus its freshness."""

import numpy as np

from services.recommender.arrays import BoolArray, FloatArray, IntArray


def relevance(
    scores: FloatArray, listed: BoolArray, *, best: FloatArray, adjustments: FloatArray
) -> FloatArray:
    """Scores in standard deviations of the viewer's best films, plus adjustments; float32.

    Scores and what is parallel to them are [viewers, candidates]. Where `listed` is false there is
    no candidate: -inf. `best` are the scores of candidates by score alone, -inf where there are
    fewer: beside others of far lower scores the differences between these would count for little.
    Scores of either sign can be debiased so: dividing a negative one would raise it.
    """
    among = np.isfinite(best)
    counts = np.maximum(among.sum(axis=1), 1)
    known = np.where(among, best, 0).astype(np.float64)
    means = (known.sum(axis=1) / counts)[:, None]
    apart = np.where(among, known - means, 0)
    deviation = np.sqrt(np.einsum("vc,vc->v", apart, apart) / counts)
    centred = np.where(listed, scores.astype(np.float64) - means, 0)
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
