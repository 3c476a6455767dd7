"""What a viewer rated higher than they usually do, as weights of the features of those films.

A linear profile: the weight of a feature is how much more of it there is in films that the viewer
liked, by how far above their own mean they rated them, than in what everybody watches. A film's
score is the sum over its features, and its quality.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from services.recommender.arrays import FloatArray, IntArray, SparseArray
from services.recommender.catalogue import Features
from services.recommender.content_vectors import GROUP_WEIGHTS, content_vectors
from services.recommender.entries import read_stored, stored, with_data
from services.recommender.features import sums_of_rows
from services.recommender.model import Explanation, TrainingSet
from services.recommender.quality import MIDDLE, qualities
from services.recommender.scaling import z_scores
from services.recommender.viewers import Viewers
from services.recommender.weights import HIGHEST_SCORE, UNARY

# Viewers scored at once: 64 x 60,000 films in float32 are 15 MB.
_BLOCK = 64
_TASTED = ("genre", "director", "cast", "keyword", "decade")


def _tasted_groups() -> Mapping[str, float]:
    return {group: GROUP_WEIGHTS[group] for group in _TASTED}


@dataclass(frozen=True)
class RatingProfileSettings:
    """`feature_weights` by group of features, of which no others count.

    A film speaks for its features by the tenths that its score is above the viewer's mean, and by
    `presence` whatever its score: that it was watched is taste as well. `usual_scores` more films
    stand in each profile, with everybody's mean score and everybody's features. Quality is an
    average as if `usual_votes` more had voted like everybody; each standard deviation of it adds
    `quality_weight`.
    """

    feature_weights: Mapping[str, float] = field(default_factory=_tasted_groups)
    presence: float = 1.0
    usual_scores: float = 5.0
    usual_votes: float = 20_000.0
    quality_weight: float = 0.006


@dataclass(frozen=True, eq=False)
class RatingProfile:
    """`vectors` float32[items, features] in CSR form; `quality` float32[items].

    `typical` float32[items] is the inner product of each film with everybody's mean film.
    """

    item_ids: IntArray
    vectors: SparseArray
    typical: FloatArray
    quality: FloatArray
    usual_score: float
    usual_scores: float
    presence: float

    def scores(self, viewers: Viewers) -> FloatArray:
        """float32[viewers, items]."""
        scores = np.empty((len(viewers), self.item_ids.size), np.float32)
        for start in range(0, len(viewers), _BLOCK):
            block = viewers.rows(start, min(start + _BLOCK, len(viewers)))
            opinions = self._opinions(block)
            liked = (opinions @ self.vectors @ self._by_feature).toarray()
            total = sums_of_rows(opinions)
            scores[start : start + _BLOCK] = liked - np.outer(total, self.typical)
        scores += self.quality
        return scores

    def explain(self, viewer: Viewers, items: IntArray) -> Explanation:
        opinions = self._opinions(viewer)
        alike = self.vectors[items] @ self.vectors[opinions.indices].T
        beyond = alike.toarray().astype(np.float64) - self.typical[items, None]
        constants = {"quality": self.quality[items].astype(np.float64)}
        return Explanation(items, opinions.indices, beyond * opinions.data, constants)

    def _opinions(self, viewers: Viewers) -> SparseArray:
        """How much each film of a profile speaks for its features, on the same entries."""
        grades = viewers.grades
        counted = viewers.weighted(UNARY).data
        lengths = np.diff(grades.indptr)
        rows = np.repeat(np.arange(lengths.size), lengths)
        counts = np.bincount(rows, counted, lengths.size) + self.usual_scores
        totals = np.bincount(rows, counted * grades.data, lengths.size)
        counts = np.where(counts > 0, counts, 1)
        means = (totals + self.usual_scores * self.usual_score) / counts
        above = (grades.data - means[rows]) / HIGHEST_SCORE
        opinions = counted * (above + self.presence) / counts[rows]
        return with_data(grades, opinions.astype(np.float32))

    @cached_property
    def _by_feature(self) -> SparseArray:
        return self.vectors.T.tocsr()

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        return {
            "item_ids": self.item_ids,
            **stored(self.vectors),
            "features": np.asarray(self.vectors.shape[1]),
            "typical": self.typical,
            "quality": self.quality,
            "usual_score": np.asarray(self.usual_score),
            "usual_scores": np.asarray(self.usual_scores),
            "presence": np.asarray(self.presence),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        item_ids = np.asarray(arrays["item_ids"])
        shape = (item_ids.size, int(arrays["features"]))
        return cls(
            item_ids=item_ids,
            vectors=read_stored(arrays, shape),
            typical=np.asarray(arrays["typical"]),
            quality=np.asarray(arrays["quality"]),
            usual_score=float(arrays["usual_score"]),
            usual_scores=float(arrays["usual_scores"]),
            presence=float(arrays["presence"]),
        )


def fit_rating_profile(
    training_set: TrainingSet, settings: RatingProfileSettings | None = None
) -> RatingProfile:
    """Without a catalogue everybody gets the best films."""
    chosen = settings or RatingProfileSettings()
    interactions = training_set.interactions
    scores = interactions.matrix.data
    vectors = content_vectors(_tasted(training_set, chosen), weights=chosen.feature_weights)
    quality = z_scores(qualities(training_set, chosen.usual_votes))
    return RatingProfile(
        item_ids=interactions.item_ids,
        vectors=vectors,
        typical=_typical(vectors, interactions.matrix.indices),
        quality=(chosen.quality_weight * quality).astype(np.float32),
        usual_score=float(scores.mean(dtype=np.float64)) if scores.size else MIDDLE,
        usual_scores=chosen.usual_scores,
        presence=chosen.presence,
    )


def _tasted(training_set: TrainingSet, settings: RatingProfileSettings) -> list[Features]:
    if training_set.catalogue is None:
        return [frozenset()] * training_set.interactions.item_ids.size
    return [
        frozenset(name for name in each if name.partition(":")[0] in settings.feature_weights)
        for each in training_set.catalogue.features
    ]


def _typical(vectors: SparseArray, watched: IntArray) -> FloatArray:
    """Inner products of films with the mean vector of all events on films `watched`."""
    counts = np.bincount(watched, minlength=vectors.shape[0])
    mean = vectors.T @ (counts / max(counts.sum(), 1))
    return np.asarray(vectors @ mean, np.float32)
