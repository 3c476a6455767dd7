"""Item-item similarity from plain facts, for films that nobody has rated yet.

The weight of an input on a target is the cosine of their tf-idf vectors over features such as
"genre:drama", "decade:1990" and "language:en". The result has the form of the rating models, so
that scoring and "because you liked" work alike.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from services.recommender.arrays import BoolArray, FloatArray, IntArray, SparseArray
from services.recommender.content_vectors import DECADE_SPILL, GROUP_WEIGHTS, content_vectors
from services.recommender.features import evidence
from services.recommender.item_model import CONTENT_PROFILE, ItemModel
from services.recommender.model import Explanation, TrainingSet
from services.recommender.scaling import z_scores
from services.recommender.viewers import Viewers
from services.recommender.weights import FOLD_IN, UNARY, GradeCurve

# Targets whose cosines are held at once: 128 x 60,000 films in float32 are 31 MB.
_BLOCK = 128


@dataclass(frozen=True)
class ContentProfileSettings:
    """`neighbours` kept per target; `feature_weights` by the part of a feature before its colon.

    A film's decade spills over to the decade before and after at `decade_spill` of its weight.
    Cosines are raised to `sharpness`: above 1, a few close films outweigh many vaguely similar
    ones.
    """

    neighbours: int = 200
    feature_weights: Mapping[str, float] = field(default_factory=lambda: GROUP_WEIGHTS)
    decade_spill: float = DECADE_SPILL
    sharpness: float = 1.0


def fit_content_profile(
    item_ids: ArrayLike,
    features: Sequence[Collection[str]],
    *,
    popularity: ArrayLike,
    settings: ContentProfileSettings,
) -> ItemModel:
    """Model of items, in any order, from one collection of "group:value" features for each.

    Raises ValueError for a feature of unknown group, a decade that is no number, or arrays that are
    not parallel.
    """
    ids, prior = np.asarray(item_ids, np.int64), np.asarray(popularity, np.float32)
    if not ids.size == len(features) == prior.size:
        raise ValueError("item_ids, features and popularity must be parallel")
    order = np.argsort(ids, kind="stable")
    if np.any(np.diff(ids[order]) == 0):
        raise ValueError("item_ids must be unique")
    by_input = _nearest(_vectors([features[position] for position in order], settings), settings)
    return ItemModel(
        kind=CONTENT_PROFILE,
        item_ids=ids[order].astype(np.int32),
        indptr=by_input.indptr.astype(np.int32),
        indices=by_input.indices.astype(np.int32),
        values=by_input.data,
        popularity=prior[order],
    )


@dataclass(frozen=True)
class ContentRankingSettings(ContentProfileSettings):
    """What the model of a training set needs besides.

    `fold_in` says what a film of the viewer's weighs by its score; their similarity to it counts as
    if `shrinkage` more of weight 1 were similar to nothing. TMDb's number of votes adds
    `vote_weight` for each standard deviation of its logarithm.
    """

    fold_in: GradeCurve = UNARY
    shrinkage: float = 1.0
    vote_weight: float = 0.025


BINARY = ContentRankingSettings()
GRADED = ContentRankingSettings(fold_in=FOLD_IN)


@dataclass(frozen=True, eq=False)
class ContentProfile:
    """Mean similarity to a viewer's films, plus `prior` float32[items] for everybody."""

    similarities: ItemModel
    prior: FloatArray
    shrinkage: float

    @property
    def item_ids(self) -> IntArray:
        return self.similarities.item_ids

    def scores(self, viewers: Viewers) -> FloatArray:
        """float32[viewers, items]."""
        weights = viewers.weighted(self.similarities.fold_in)
        scale = 1 / evidence(weights, self.shrinkage)
        scores = self.similarities.scores(viewers)
        scores *= scale.astype(np.float32)[:, None]
        scores += self.prior
        return scores

    def explain(self, viewer: Viewers, items: IntArray) -> Explanation:
        explained = self.similarities.explain(viewer, items)
        weights = viewer.weighted(self.similarities.fold_in)
        return replace(
            explained,
            contributions=explained.contributions / evidence(weights, self.shrinkage),
            constants={"votes": self.prior[items].astype(np.float64)},
        )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        own = {"prior": self.prior, "shrinkage": np.asarray(self.shrinkage)}
        return {**self.similarities.to_arrays(), **own}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        return cls(
            similarities=ItemModel.from_arrays(arrays),
            prior=np.asarray(arrays["prior"]),
            shrinkage=float(arrays["shrinkage"]),
        )


def fit(
    training_set: TrainingSet, settings: ContentRankingSettings | None = None
) -> ContentProfile:
    """Learns from nobody's events; without a catalogue all films are alike."""
    chosen = settings or (GRADED if training_set.graded else BINARY)
    items = training_set.interactions.item_ids
    catalogue = training_set.catalogue
    votes = np.log1p(catalogue.vote_counts) if catalogue else np.zeros(items.size, np.float32)
    similarities = fit_content_profile(
        items,
        catalogue.features if catalogue else [frozenset[str]()] * items.size,
        popularity=votes,
        settings=chosen,
    )
    return ContentProfile(
        similarities=replace(similarities, item_ids=items, fold_in=chosen.fold_in),
        prior=chosen.vote_weight * z_scores(votes).astype(np.float32),
        shrinkage=chosen.shrinkage,
    )


def _vectors(features: Sequence[Collection[str]], settings: ContentProfileSettings) -> SparseArray:
    return content_vectors(
        features, weights=settings.feature_weights, decade_spill=settings.decade_spill
    )


def _nearest(vectors: SparseArray, settings: ContentProfileSettings) -> SparseArray:
    """The sharpened cosines of each target's nearest items, by input item."""
    items = vectors.shape[0]
    by_feature = vectors.T.tocsr()
    parts = [
        _nearest_of_block(vectors, by_feature, start, settings) for start in range(0, items, _BLOCK)
    ]
    by_target = sp.vstack(parts, format="csr") if parts else sp.csr_array((0, 0), dtype=np.float32)
    return sp.csr_array(by_target.T.tocsr())


def _nearest_of_block(
    vectors: SparseArray, by_feature: SparseArray, start: int, settings: ContentProfileSettings
) -> SparseArray:
    block = vectors[start : start + _BLOCK]
    cosines = (block @ by_feature).toarray()
    targets = np.arange(block.shape[0])
    cosines[targets, start + targets] = 0
    cosines[~_largest(cosines, settings.neighbours)] = 0
    kept = sp.csr_array(cosines)
    kept.data **= settings.sharpness
    return kept


def _largest(scores: FloatArray, count: int) -> BoolArray:
    """Which are the `count` largest entries of each row; of equal ones the first columns."""
    columns = scores.shape[1]
    if count >= columns:
        return np.ones(scores.shape, bool)
    least = np.partition(scores, columns - count, axis=1)[:, columns - count, None]
    larger = scores > least
    equal = scores == least
    wanted = count - larger.sum(axis=1, keepdims=True)
    chosen: BoolArray = larger | (equal & (np.cumsum(equal, axis=1, dtype=np.int32) <= wanted))
    return chosen
