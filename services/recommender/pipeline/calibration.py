"""Genres of a list as its viewer's own (Steck 2018, "Calibrated recommendations").

A film spreads itself evenly over its genres. What it would add to the agreement of a list depends
on the viewer, its genres and how many it has, so one small table for each viewer and place says it
for all films.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from services.recommender.arrays import BoolArray, FloatArray, IntArray, SparseArray


@dataclass(frozen=True)
class GenreTable:
    """`slots` int32[most genres of a film, items]: (genres of the film - 1) x genres + genre.

    A slot that a film does not need is `most x genres`, where every table holds a 0.
    `shares` float32[items, genres] is how a film spreads itself.
    """

    slots: IntArray
    shares: FloatArray

    @classmethod
    def of(cls, genres: BoolArray) -> Self:
        """From bool[items, genres]."""
        items, width = genres.shape
        counts = genres.sum(axis=1)
        most = int(counts.max(initial=0))
        slots = np.full((most, items), most * width, np.int32)
        rows, columns = np.nonzero(genres)
        nth = np.arange(rows.size) - np.repeat(np.cumsum(counts) - counts, counts)
        slots[nth, rows] = (counts[rows] - 1) * width + columns
        shares = genres / np.maximum(counts, 1)[:, None]
        return cls(slots, shares.astype(np.float32))

    @property
    def genres(self) -> int:
        return int(self.shares.shape[1])


def genre_shares(weights: SparseArray, table: GenreTable) -> FloatArray:
    """What part of each viewer's films is of each genre, float32[viewers, genres].

    Rows sum to 1, but for films without genres; weights below 0 tell nothing about it.
    """
    counted = weights.copy()
    counted.data = np.maximum(counted.data, 0)
    totals: FloatArray = np.asarray(counted.sum(axis=1), np.float32).ravel()
    shares: FloatArray = np.asarray(counted @ table.shares, np.float32)
    return shares / np.where(totals > 0, totals, np.float32(1))[:, None]


class Calibration:
    """The gain of each candidate for the next place, kept up to date for a block of viewers.

    `columns` int32[viewers, candidates] are films, `wanted` float32[viewers, genres] the viewer's
    genres, `strengths` float32[viewers] the relevance of one nat.
    """

    def __init__(
        self,
        table: GenreTable,
        columns: IntArray,
        *,
        wanted: FloatArray,
        strengths: FloatArray,
        smoothing: float,
    ) -> None:
        viewers, genres = wanted.shape
        self._table = table
        self._columns = columns
        self._wanted = wanted
        self._weights = (wanted * strengths[:, None])[:, None, :]
        self._floor = (smoothing * wanted + np.finfo(np.float32).tiny)[:, None, :]
        self._kept = np.float32(1 - smoothing)
        most = len(table.slots)
        self._additions = (1 / np.arange(1, most + 1, dtype=np.float32))[None, :, None]
        self._gains = np.zeros((viewers, most * genres + 1), np.float32)
        offsets = np.arange(viewers)[:, None] * self._gains.shape[1]
        self._cells = [slots[columns] + offsets for slots in table.slots]
        self._listed = np.zeros((viewers, 1, genres), np.float32)
        self._places = 1

    def values(self) -> FloatArray:
        """float32[viewers, candidates]: how much nearer each would bring the list, next."""
        part = self._kept / np.float32(self._places)
        without = np.log(self._listed * part + self._floor)
        with_it = np.log((self._listed + self._additions) * part + self._floor)
        gains = (with_it - without) * self._weights
        self._gains[:, :-1] = gains.reshape(len(gains), self._gains.shape[1] - 1)
        total = np.zeros(self._columns.shape, np.float32)
        for cells in self._cells:
            total += self._gains.ravel().take(cells)
        return total

    def add(self, picked: IntArray) -> None:
        """The candidate at position `picked` of each viewer now stands in the list."""
        films = self._columns[np.arange(len(picked)), picked]
        self._listed[:, 0] += self._table.shares[films]
        self._places += 1
