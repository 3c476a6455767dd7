"""Candidates that TMDb's own recommendations lead to from what a viewer liked."""

import numpy as np

from services.recommender.arrays import BoolArray, FloatArray, IntArray, SparseArray
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
    for viewer, best in enumerate(candidates):
        if best.size and best[-1] != NOTHING:
            certain, contested = np.split(best, [max(best.size - places, 0)])
            possible = np.isfinite(scores[viewer])
            possible[certain] = False
            films = _led_to(led_to, viewer, possible, count=contested.size)
            chosen = _first_of(np.concatenate([films, contested]), count=contested.size)
            order = np.lexsort((-ties.ranks[chosen], -scores[viewer, chosen]))
            admitted[viewer, certain.size :] = chosen[order]
    return admitted


def _led_to(led_to: SparseArray, viewer: int, possible: BoolArray, *, count: int) -> IntArray:
    """At most `count` of the possible films that edges lead to, those of most weight first."""
    mine = slice(led_to.indptr[viewer], led_to.indptr[viewer + 1])
    films = led_to.indices[mine]
    weights = np.where(possible[films], led_to.data[mine], 0)
    # Edges lead to thousands of films, of which few are to be sorted.
    least = np.partition(weights, -count)[-count] if 0 < count < weights.size else 0
    kept = (weights > 0) & (weights >= least)
    films, weights = films[kept], weights[kept]
    best_first: IntArray = films[np.lexsort((films, -weights))]
    return best_first[:count]


def _first_of(films: IntArray, *, count: int) -> IntArray:
    """Each film once, where it is first, and `count` of them."""
    _, first = np.unique(films, return_index=True)
    return films[np.sort(first)[:count]]
