"""Candidates that TMDb's own recommendations lead to from what a viewer liked."""

import numpy as np

from services.recommender.arrays import FloatArray, IntArray
from services.recommender.related_films import GRADED

from .candidates import NOTHING, TieOrder, select_candidates

# A film of 5 or 6 points leads to others weakly, one of 4 or fewer to none.
EDGES_FROM = GRADED.curve


def admit_related(
    candidates: IntArray,
    scores: FloatArray,
    led_to: FloatArray,
    ties: TieOrder,
    *,
    places: int,
) -> IntArray:
    """`candidates`, the last `places` of them given to the films that edges speak most for.

    `scores` float32[viewers, items] are -inf where a film is no candidate; `led_to`
    float32[viewers, items] what edges add up to. Candidates stay in the order of their scores.
    Where fewer films are led to, or are candidates anyway, those of best scores keep their places.
    """
    certain, contested = np.split(candidates, [max(candidates.shape[1] - places, 0)], axis=1)
    weights = np.where((led_to > 0) & (scores > -np.inf), led_to, np.float32(-np.inf))
    np.put_along_axis(weights, np.maximum(certain, 0), -np.inf, axis=1)
    chosen = _first_of(select_candidates(weights, ties, contested.shape[1]), contested)
    return np.concatenate([certain, _by_score(chosen, scores, ties)], axis=1)


def _first_of(films: IntArray, contested: IntArray) -> IntArray:
    """As many as are contested: `films`, and for as long as they do not suffice the others."""
    known = (contested[:, :, None] == films[:, None, :]).any(axis=2)
    rivals = np.concatenate([films, np.where(known, NOTHING, contested)], axis=1)
    first = np.argsort(rivals == NOTHING, axis=1, kind="stable")[:, : contested.shape[1]]
    return np.take_along_axis(rivals, first, axis=1)


def _by_score(films: IntArray, scores: FloatArray, ties: TieOrder) -> IntArray:
    known = np.take_along_axis(scores, np.maximum(films, 0), axis=1)
    known = np.where(films == NOTHING, -np.inf, known)
    order = np.lexsort((-ties.ranks[films], -known), axis=1)
    return np.take_along_axis(films, order, axis=1)
