"""Candidates that TMDb's own recommendations lead to from what a viewer liked."""

import numpy as np

from services.recommender.arrays import FloatArray, IntArray, SparseArray
from services.recommender.related_films import GRADED

from .candidates import NOTHING, TieOrder

EDGES_FROM = GRADED.curve


def admit_related(
    candidates: IntArray,
    scores: FloatArray,
    led_to: SparseArray,
    ties: TieOrder,
    *,
    places: int,
) -> IntArray:
    """`candidates`, the last `places` of them given to the films that edges speak most for.

    `scores` float32[viewers, items] are -inf where a film is no candidate; `led_to`
    float32[viewers, items] what edges add up to. Candidates stay in the order of their scores.
    Where fewer films are led to, or are candidates anyway, those of best scores keep their places.
    """
    admitted = candidates.copy()
    for viewer in range(len(candidates)):
        best = candidates[viewer]
        if best.size and best[-1] != NOTHING:
            films = _led_to(led_to, scores, viewer)
            admitted[viewer] = _with(best, films, scores[viewer], ties, places)
    return admitted


def _led_to(led_to: SparseArray, scores: FloatArray, viewer: int) -> IntArray:
    """What may be listed of the films that edges lead to, those of most weight first."""
    mine = slice(led_to.indptr[viewer], led_to.indptr[viewer + 1])
    films, weights = led_to.indices[mine], led_to.data[mine]
    possible = (weights > 0) & np.isfinite(scores[viewer, films])
    films, weights = films[possible], weights[possible]
    best_first: IntArray = films[np.lexsort((films, -weights))]
    return best_first


def _with(
    best: IntArray, films: IntArray, scores: FloatArray, ties: TieOrder, places: int
) -> IntArray:
    """As many as before, the first of `films` at the expense of the last of the `best`."""
    certain, contested = np.split(best, [max(best.size - places, 0)])
    rivals = np.concatenate([films[~np.isin(films, certain)][: contested.size], contested])
    _, first = np.unique(rivals, return_index=True)
    chosen = rivals[np.sort(first)[: contested.size]]
    ordered = chosen[np.lexsort((-ties.ranks[chosen], -scores[chosen]))]
    return np.concatenate([certain, ordered])
