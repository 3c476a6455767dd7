"""Filling the first places of many lists at once, one place after another."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from services.recommender.arrays import FloatArray, IntArray


class Term(Protocol):
    """What a candidate gains or loses by the films that already stand above the next place."""

    def values(self) -> FloatArray: ...

    def add(self, picked: IntArray) -> None: ...


def pick(relevance: FloatArray, terms: Sequence[Term], *, depth: int) -> IntArray:
    """int[viewers, places] positions of the candidates that win each place, in turn.

    One step for a place of all viewers. Of equal candidates the first wins; one whose relevance is
    -inf is none, and where nothing is left the number of candidates stands for it.
    """
    viewers, candidates = relevance.shape
    each = np.arange(viewers)
    left = relevance.copy()
    places = np.full((viewers, min(depth, candidates)), candidates, np.intp)
    for place in range(places.shape[1]):
        total = left.copy()
        for term in terms:
            total += term.values()
        picked = total.argmax(axis=1)
        available = left[each, picked] > -np.inf
        places[available, place] = picked[available]
        left[each, picked] = -np.inf
        for term in terms:
            term.add(picked)
    return places


def arrange(picked: IntArray, *, candidates: int, page: int) -> IntArray:
    """int[viewers, candidates]: all positions, those picked first, each page of them ascending.

    Positions of candidates ascend by falling relevance, so that a page stands by relevance.
    """
    first = np.full((len(picked), candidates + 1), picked.shape[1], np.int16)
    pages = np.arange(picked.shape[1], dtype=np.int16) // page
    np.put_along_axis(first, picked, pages[None, :], axis=1)
    return np.argsort(first[:, :candidates], axis=1, kind="stable")
