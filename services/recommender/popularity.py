"""What everybody watches: of all times, of late, and within the genres of a viewer's own films."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from services.recommender import curves
from services.recommender.arrays import FloatArray, IntArray
from services.recommender.features import evidence, incidence
from services.recommender.model import Explanation, TrainingSet
from services.recommender.recency import recency
from services.recommender.viewers import Viewers
from services.recommender.weights import TRAINING, UNARY, GradeCurve

POPULARITY = "popularity"


@dataclass(frozen=True)
class PopularitySettings:
    """`curve` says what an event counts by its score.

    It counts half as much after `half_life` days, but never less than `floor`; without a half-life
    the same for ever.
    """

    curve: GradeCurve = UNARY
    half_life: float | None = None
    floor: float = 0.0


@dataclass(frozen=True)
class GenrePopularitySettings:
    """`curve` as of popularity; `fold_in` says what a film of the viewer's counts by its score.

    Popularity whatever the genre counts as much as `prior` films of weight 1 do.
    """

    curve: GradeCurve = UNARY
    fold_in: GradeCurve = UNARY
    prior: float = 5.0


BINARY = PopularitySettings()
GRADED = PopularitySettings(curve=TRAINING)
BINARY_RECENT = replace(BINARY, half_life=365.0)
GRADED_RECENT = replace(GRADED, half_life=365.0)
BINARY_BY_GENRE = GenrePopularitySettings()
GRADED_BY_GENRE = GenrePopularitySettings(curve=TRAINING, fold_in=TRAINING)


@dataclass(frozen=True, eq=False)
class Popularity:
    """The same scores for everybody, float32[items]."""

    item_ids: IntArray
    popularity: FloatArray

    def scores(self, viewers: Viewers) -> FloatArray:
        return np.tile(self.popularity, (len(viewers), 1))

    def explain(self, viewer: Viewers, items: IntArray) -> Explanation:
        inputs = viewer.grades.indices
        nothing = np.zeros((items.size, inputs.size))
        constants = {POPULARITY: self.popularity[items].astype(np.float64)}
        return Explanation(items, inputs, nothing, constants)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        return {"item_ids": self.item_ids, POPULARITY: self.popularity}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        return cls(arrays["item_ids"], arrays[POPULARITY])


@dataclass(frozen=True, eq=False)
class GenrePopularity:
    """Popularity, times how much of what a viewer watched shares its genres with a film.

    `genres` float32[items, genres] is 1 for the genres of a film. A film of the viewer's counts by
    the part of its genres that the other has.
    """

    item_ids: IntArray
    popularity: FloatArray
    genres: FloatArray
    fold_in: GradeCurve
    prior: float

    def scores(self, viewers: Viewers) -> FloatArray:
        weights = viewers.weighted(self.fold_in)
        known = evidence(weights, self.prior).astype(np.float32)
        shared = (weights @ self._shares) @ self.genres.T + np.float32(self.prior)
        scores: FloatArray = shared * self.popularity / known[:, None]
        return scores

    def explain(self, viewer: Viewers, items: IntArray) -> Explanation:
        weights = viewer.weighted(self.fold_in)
        inputs = weights.indices
        scale = self.popularity[items].astype(np.float64) / evidence(weights, self.prior)
        shared = self.genres[items] @ self._shares[inputs].T
        return Explanation(
            items,
            inputs,
            scale[:, None] * shared * weights.data,
            {POPULARITY: scale * self.prior},
        )

    @cached_property
    def _shares(self) -> FloatArray:
        counts = self.genres.sum(axis=1, keepdims=True)
        shares: FloatArray = self.genres / np.maximum(counts, 1)
        return shares

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        return {
            "item_ids": self.item_ids,
            POPULARITY: self.popularity,
            "genres": self.genres,
            "fold_in": curves.to_array(self.fold_in),
            "prior": np.asarray(self.prior),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The inverse of `to_arrays`; arrays may be read-only memory maps and are not copied."""
        return cls(
            item_ids=arrays["item_ids"],
            popularity=arrays[POPULARITY],
            genres=arrays["genres"],
            fold_in=curves.from_array(arrays["fold_in"]),
            prior=float(arrays["prior"]),
        )


def fit_popularity(
    training_set: TrainingSet, settings: PopularitySettings | None = None
) -> Popularity:
    """What was watched most; without ages of events whenever that was."""
    chosen = settings or (GRADED if training_set.graded else BINARY)
    return Popularity(training_set.interactions.item_ids, _popularity(training_set, chosen))


def fit_popularity_recent(
    training_set: TrainingSet, settings: PopularitySettings | None = None
) -> Popularity:
    return fit_popularity(
        training_set, settings or (GRADED_RECENT if training_set.graded else BINARY_RECENT)
    )


def fit_popularity_by_genre(
    training_set: TrainingSet, settings: GenrePopularitySettings | None = None
) -> GenrePopularity:
    """Without a catalogue the same order for everybody."""
    chosen = settings or (GRADED_BY_GENRE if training_set.graded else BINARY_BY_GENRE)
    items = training_set.interactions.item_ids
    catalogue = training_set.catalogue
    known = catalogue.of_group("genre") if catalogue else [frozenset[str]()] * items.size
    return GenrePopularity(
        item_ids=items,
        popularity=_popularity(training_set, PopularitySettings(chosen.curve)),
        genres=incidence(known)[1].toarray(),
        fold_in=chosen.fold_in,
        prior=chosen.prior,
    )


def _popularity(training_set: TrainingSet, settings: PopularitySettings) -> FloatArray:
    """Sum of what events count, float32[items]."""
    matrix = training_set.interactions.matrix
    counted = settings.curve(matrix.data).astype(np.float64)
    if settings.half_life is not None and training_set.ages is not None:
        counted *= recency(training_set.ages, half_life=settings.half_life, floor=settings.floor)
    return np.bincount(matrix.indices, counted, matrix.shape[1]).astype(np.float32)
