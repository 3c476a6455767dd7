"""Ratings of invented viewers, as many and as uneven as those of MovieLens 20M.

Viewers and items have tastes in common, so that a model can learn who likes what. Of no use to
judge a model's accuracy by; made to measure time and memory, and to fill a platform with load.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import scipy.sparse as sp
from numpy.random import Generator, default_rng

from services.recommender.arrays import FloatArray, IntArray, SparseArray

# Viewers drawn at once: a matrix of 512 x 20,000 float32 takes 41 MB.
BLOCK_USERS = 512

# MovieLens 20M: everybody rated 20 films or more, half of them 68, one 9,254 of 26,744.
_SHORTEST = 20
_SPREAD = 1.25
_MOST_OF_ITEMS = 0.45
# Zipf-Mandelbrot: popularity of the item of rank r is (r + items / _FLAT) ** -_STEEPNESS.
_FLAT = 50
_STEEPNESS = 2.4
_TASTES = 8
_TASTE_STRENGTH = 1.5
# Shares of the scores 1-10 in MovieLens 20M.
_SHARES = (0.012, 0.034, 0.014, 0.072, 0.044, 0.215, 0.110, 0.278, 0.077, 0.144)


@dataclass(frozen=True)
class HistoryShape:
    """How many ratings viewers have; of `sum_of_squares` products a Gram matrix consists."""

    users: int
    ratings: int
    median: float
    mean: float
    longest: int
    sum_of_squares: int

    @classmethod
    def of(cls, counts: IntArray) -> Self:
        wide = counts.astype(np.int64)
        return cls(
            users=wide.size,
            ratings=int(wide.sum()),
            median=float(np.median(wide)),
            mean=float(wide.mean()),
            longest=int(wide.max()),
            sum_of_squares=int(wide @ wide),
        )


@dataclass(frozen=True)
class Population:
    """Who there is: `histories` int[users] are lengths, `tastes` float32[items, tastes].

    `log_popularity` and `quality` float32[items]; `edges` float32[9] part the scores from one
    another. Blocks of viewers depend on nothing but their number.
    """

    seed: int
    histories: IntArray
    log_popularity: FloatArray
    quality: FloatArray
    tastes: FloatArray
    edges: FloatArray

    @classmethod
    def draw(cls, *, users: int, items: int, ratings: int, seed: int) -> Self:
        """`ratings` comes true within a thousandth where histories are long and items suffice."""
        rng = default_rng(seed)
        rank = rng.permutation(items)
        popularity = -_STEEPNESS * np.log(rank + 1 + items / _FLAT)
        drawn = cls(
            seed=seed,
            histories=_draw_histories(rng, users, items, ratings),
            log_popularity=popularity.astype(np.float32),
            quality=rng.standard_normal(items, np.float32),
            tastes=rng.standard_normal((items, _TASTES), np.float32) / np.float32(_TASTES**0.5),
            edges=np.zeros(0, np.float32),
        )
        edges = np.quantile(drawn.enjoyment(0).data, np.cumsum(_SHARES)[:-1])
        return replace(drawn, edges=edges.astype(np.float32))

    @property
    def blocks(self) -> int:
        return -(-self.histories.size // BLOCK_USERS)

    def scores(self, number: int) -> SparseArray:
        """Scores of 1-10 of the viewers of one block, float32[viewers, items]."""
        enjoyment = self.enjoyment(number)
        enjoyment.data = (np.searchsorted(self.edges, enjoyment.data) + 1).astype(np.float32)
        return enjoyment

    def enjoyment(self, number: int) -> SparseArray:
        """How much the viewers of one block liked what they chose, in deviations from the mean."""
        rng = default_rng([self.seed, number])
        counts = self.histories[number * BLOCK_USERS : (number + 1) * BLOCK_USERS]
        own = rng.standard_normal((counts.size, _TASTES), np.float32)
        affinity = own @ self.tastes.T
        chosen = _choose(rng, _TASTE_STRENGTH * affinity + self.log_popularity, counts)
        rows = np.repeat(np.arange(counts.size), counts)
        mood = rng.standard_normal(counts.size, np.float32)[rows]
        noise = rng.standard_normal(chosen.size, np.float32)
        data = affinity[rows, chosen] + 0.7 * self.quality[chosen] + 0.5 * mood + 0.8 * noise
        indptr = np.concatenate([[0], np.cumsum(counts)])
        enjoyment: SparseArray = sp.csr_array((data, chosen, indptr), shape=affinity.shape)
        return enjoyment


def synthetic_ratings(*, users: int, items: int, ratings: int, seed: int) -> Iterator[SparseArray]:
    """Scores of 1-10, float32[viewers, items], block of viewers after block of viewers."""
    population = Population.draw(users=users, items=items, ratings=ratings, seed=seed)
    return (population.scores(number) for number in range(population.blocks))


def _draw_histories(rng: Generator, users: int, items: int, ratings: int) -> IntArray:
    """Lognormal above a shortest one, scaled until all of them together are `ratings`."""
    longest = _MOST_OF_ITEMS * items
    shortest = min(_SHORTEST, ratings / users / 7)
    drawn = np.exp(_SPREAD * rng.standard_normal(users))
    scale = (ratings / users - shortest) / np.exp(_SPREAD**2 / 2)
    for _ in range(8):
        lengths = np.clip(shortest + scale * drawn, 1, max(longest, 1))
        scale *= (ratings - shortest * users) / max(lengths.sum() - shortest * users, 1)
    histories: IntArray = np.rint(lengths).astype(np.int32)
    return histories


def _choose(rng: Generator, logits: FloatArray, counts: IntArray) -> IntArray:
    """For each row that many columns without replacement, by weights exp(logits), ascending.

    The first ones of a race of exponential times (Efraimidis & Spirakis 2006).
    """
    times = rng.standard_exponential(logits.shape, np.float32) * np.exp(-logits)
    winners = [
        np.sort(np.argpartition(row, count - 1)[:count])
        for row, count in zip(times, counts.tolist(), strict=True)
    ]
    columns: IntArray = np.concatenate(winners).astype(np.int32, copy=False)
    return columns
