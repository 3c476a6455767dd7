"""Places of a list that learn: a film of few events is drawn, and how probable that was is kept.

A rebuilt list shows the same films: chance is a function of seed, viewer and revision.
"""

from dataclasses import dataclass

import numpy as np

from services.recommender.arrays import BoolArray, FloatArray, IntArray
from services.recommender.mixing import GOLDEN, mixed


@dataclass(frozen=True)
class Explored:
    """`order` int[viewers, candidates] is the new order of positions; `is_explored` says which of
    them were drawn. `propensities` float32[viewers, candidates] is the probability of the film at
    its place, given those above it: their product is that of the whole list.
    """

    order: IntArray
    is_explored: BoolArray
    propensities: FloatArray


def uniforms(user_ids: IntArray, revisions: IntArray, *, seed: int, count: int) -> FloatArray:
    """float64[viewers, count] in (0, 1), the same for a viewer and revision wherever they stand."""
    state = mixed(np.full(len(user_ids), seed).astype(np.uint64) + GOLDEN)
    for part in (user_ids, revisions):
        state = mixed(state + np.asarray(part).astype(np.uint64))
    steps = np.arange(1, count + 1, dtype=np.uint64) * GOLDEN
    bits = mixed(state[:, None] + steps) >> np.uint64(11)
    drawn: FloatArray = (bits + 0.5) * 2.0**-53
    return drawn


def pool_of(events: IntArray, listed: BoolArray, *, start: int, size: int) -> IntArray:
    """int[viewers, <= size] positions, from `start` on, of the films of the fewest events.

    Both are [viewers, candidates] in the order of the list; the earlier wins a tie. A viewer with
    fewer candidates gets positions at which `listed` is false.
    """
    rest = np.where(listed, events, np.inf)[:, start:]
    return start + np.argsort(rest, axis=1, kind="stable")[:, :size]


def explore(
    candidates: int,
    *,
    pool: IntArray,
    logits: FloatArray,
    places: tuple[int, ...],
    rate: float,
    chances: FloatArray,
) -> Explored:
    """Give each of `places` with probability `rate` to a film drawn by a softmax of `logits`.

    `pool` int[viewers, pool] are positions after all places, in the order of the list, with
    float64 logits, -inf for no film; `chances` float64[viewers, places + pool] in (0, 1). Films
    are drawn without replacement (Gumbel's trick); those they push aside stand after them.
    """
    viewers, each = len(pool), np.arange(len(pool))
    coins, noise = chances[:, : len(places)], chances[:, len(places) :]
    drawn, probabilities = _draws(pool, logits, noise, count=len(places))
    propensities = np.ones((viewers, candidates), np.float32)
    films = np.full((viewers, len(places)), -1, np.intp)
    taken = np.zeros(viewers, np.intp)
    for number, place in enumerate(places):
        probability = probabilities[each, taken]
        possible = probability > 0
        opened = possible & (coins[:, number] < rate)
        if place < candidates:
            kept = np.where(possible, 1 - rate, 1)
            propensities[:, place] = np.where(opened, rate * probability, kept)
        films[opened, number] = drawn[each, taken][opened]
        taken += opened
    order, is_explored = _insert(films, places, candidates)
    return Explored(order, is_explored, propensities)


def _draws(
    pool: IntArray, logits: FloatArray, noise: FloatArray, *, count: int
) -> tuple[IntArray, FloatArray]:
    """The first `count` films drawn, and the probability of each after those before it.

    One column more than `count`; the probability 0 says that no film was left.
    """
    gumbel = logits - np.log(-np.log(noise))
    order = np.argsort(-gumbel, axis=1, kind="stable")
    finite = np.where(np.isfinite(logits), logits, -np.inf)
    greatest = np.maximum(finite.max(axis=1, initial=-np.inf), np.finfo(np.float64).min)
    weights = np.exp(finite - greatest[:, None])
    taken = np.take_along_axis(weights, order, axis=1)
    # Added up from the last film drawn on, what is left never rounds below what is taken of it.
    left = np.cumsum(taken[:, ::-1], axis=1)[:, ::-1]
    films = np.full((len(pool), count + 1), -1, np.intp)
    probabilities = np.zeros((len(pool), count + 1))
    first = slice(0, min(count, order.shape[1]))
    films[:, first] = np.take_along_axis(pool, order[:, first], axis=1)
    probabilities[:, first] = (taken / np.where(taken > 0, left, 1))[:, first]
    return films, probabilities


def _insert(
    films: IntArray, places: tuple[int, ...], candidates: int
) -> tuple[IntArray, BoolArray]:
    """Put positions `films` int[viewers, places] (-1: none) at their places, the others around."""
    rows, numbers = np.nonzero(films >= 0)
    at = np.asarray(places, np.intp)[numbers]
    is_explored = np.zeros((len(films), candidates), bool)
    is_explored[rows, at] = True
    is_moved = np.zeros((len(films), candidates), bool)
    is_moved[rows, films[rows, numbers]] = True
    order = np.empty((len(films), candidates), np.intp)
    free = np.argsort(is_explored, axis=1, kind="stable")
    np.put_along_axis(order, free, np.argsort(is_moved, axis=1, kind="stable"), axis=1)
    order[rows, at] = films[rows, numbers]
    return order, is_explored
