"""User-user collaborative filtering: films that the users of most similar taste liked, and of late.

Any number of users: what is known of them stays sparse, and viewers are compared with all of them
block by block. Formulas: docs/ALGORITHM.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from services.recommender import curves
from services.recommender.arrays import FloatArray, IntArray, SparseArray
from services.recommender.model import Explanation, TrainingSet
from services.recommender.overlaps import shortened
from services.recommender.recency import recency
from services.recommender.scaling import popularity_discount
from services.recommender.viewers import Viewers
from services.recommender.weights import TRAINING, UNARY, GradeCurve

# Similarities (viewers x users) and scores (viewers x items) of a block: 16 MB in float32, and
# three times as much while they are still sparse.
_ENTRIES = 4_000_000


@dataclass(frozen=True)
class UserNeighboursSettings:
    """`profile` weighs what a user did when users are compared, `target` when films are chosen.

    In the comparison film j counts (d_j / mean d) ** -`popularity_discount`, d_j being its events;
    a profile p is shortened to p / sqrt(|p|² + `shrinkage`). The `neighbours` most similar users
    speak for the films they watched, each with cosine ** `sharpness`. What they did counts half as
    much after `half_life` days, but never less than `floor`; without a half-life the same for ever.
    """

    profile: GradeCurve = UNARY
    target: GradeCurve = UNARY
    popularity_discount: float = 0.2
    shrinkage: float = 1.0
    neighbours: int = 50
    sharpness: float = 3.0
    half_life: float | None = 1460.0
    floor: float = 0.3


BINARY = UserNeighboursSettings()
GRADED = replace(BINARY, profile=TRAINING, target=GradeCurve((0.05, 0.15, 0.4, 0.8, 1.0)))


@dataclass(frozen=True, eq=False)
class UserNeighbours:
    """`profiles` and `targets` float32[users, items] have the same entries.

    The cosine of a viewer and a user is that of `curve` of their scores times `item_weights`
    float32[items]; the score of film j is the sum of cosine ** sharpness · targets[u, j] over the
    `neighbours` users u of greatest cosine.
    """

    item_ids: IntArray
    profiles: SparseArray
    targets: SparseArray
    item_weights: FloatArray
    curve: GradeCurve
    shrinkage: float
    neighbours: int
    sharpness: float

    def scores(self, viewers: Viewers) -> FloatArray:
        """float32[viewers, items]."""
        scores = np.empty((len(viewers), self.item_ids.size), np.float32)
        size = max(_ENTRIES // max(*self.profiles.shape, 1), 1)
        for start in range(0, len(viewers), size):
            block = viewers.rows(start, min(start + size, len(viewers)))
            voices = self._nearest(self._profile(block))
            voices.data **= self.sharpness
            scores[start : start + size] = (voices @ self.targets).toarray()
        return scores

    def explain(self, viewer: Viewers, items: IntArray) -> Explanation:
        """What a neighbour adds is shared by the films that make them and the viewer alike.

        Each film of the profile gets its part of the cosine; who is a neighbour stays as it is.
        """
        profile = self._profile(viewer)
        nearest = self._nearest(profile)
        cosines = nearest.data.astype(np.float64)
        shared = self.profiles[nearest.indices][:, profile.indices].toarray()
        liked = self.targets[nearest.indices][:, items].toarray()
        voices = liked.T * cosines ** (self.sharpness - 1)
        contributions = (voices @ shared) * profile.data
        return Explanation(items, profile.indices, contributions, {})

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        return {
            "item_ids": self.item_ids,
            "indptr": self.profiles.indptr,
            "indices": self.profiles.indices,
            "profiles": self.profiles.data,
            "targets": self.targets.data,
            "item_weights": self.item_weights,
            "curve": curves.to_array(self.curve),
            "shrinkage": np.asarray(self.shrinkage),
            "neighbours": np.asarray(self.neighbours),
            "sharpness": np.asarray(self.sharpness),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        item_ids, indptr = np.asarray(arrays["item_ids"]), np.asarray(arrays["indptr"])
        shape = (indptr.size - 1, item_ids.size)
        profiles, targets = (
            sp.csr_array((np.asarray(arrays[name]), arrays["indices"], indptr), shape=shape)
            for name in ("profiles", "targets")
        )
        return cls(
            item_ids=item_ids,
            profiles=profiles,
            targets=targets,
            item_weights=np.asarray(arrays["item_weights"]),
            curve=curves.from_array(arrays["curve"]),
            shrinkage=float(arrays["shrinkage"]),
            neighbours=int(arrays["neighbours"]),
            sharpness=float(arrays["sharpness"]),
        )

    @cached_property
    def _by_item(self) -> SparseArray:
        return self.profiles.T.tocsr()

    def _profile(self, viewers: Viewers) -> SparseArray:
        weighted = viewers.weighted(self.curve)
        weighted.data *= self.item_weights[weighted.indices]
        return shortened(weighted, self.shrinkage)

    def _nearest(self, profiles: SparseArray) -> SparseArray:
        """Cosines of the nearest users, float32[profiles, users]; those like nobody have none."""
        cosines = (profiles @ self._by_item).toarray()
        viewers, users = cosines.shape
        count = min(self.neighbours, users)
        chosen = np.sort(_greatest(cosines, count), axis=1)
        kept = np.maximum(np.take_along_axis(cosines, chosen, axis=1), 0)
        starts = np.arange(viewers + 1) * count
        nearest = sp.csr_array((kept.ravel(), chosen.ravel(), starts), shape=cosines.shape)
        nearest.eliminate_zeros()
        return nearest


def fit_user_neighbours(
    training_set: TrainingSet, settings: UserNeighboursSettings | None = None
) -> UserNeighbours:
    """Without ages of events it does not matter when something was watched."""
    chosen = settings or (GRADED if training_set.graded else BINARY)
    matrix = training_set.interactions.matrix
    counts = np.bincount(matrix.indices, minlength=matrix.shape[1])
    item_weights = popularity_discount(counts, chosen.popularity_discount)
    profiles = Viewers(matrix).weighted(chosen.profile)
    profiles.data *= item_weights[matrix.indices]
    return UserNeighbours(
        item_ids=training_set.interactions.item_ids,
        profiles=shortened(profiles, chosen.shrinkage),
        targets=Viewers(matrix, _decay(training_set, chosen)).weighted(chosen.target),
        item_weights=item_weights,
        curve=chosen.profile,
        shrinkage=chosen.shrinkage,
        neighbours=chosen.neighbours,
        sharpness=chosen.sharpness,
    )


def _decay(training_set: TrainingSet, settings: UserNeighboursSettings) -> FloatArray | None:
    if settings.half_life is None or training_set.ages is None:
        return None
    return recency(training_set.ages, half_life=settings.half_life, floor=settings.floor)


def _greatest(values: FloatArray, count: int) -> IntArray:
    """Columns of the `count` greatest values of each row, in any order."""
    if count == 0:
        return np.empty((len(values), 0), np.intp)
    rest = values.shape[1] - count
    return np.argpartition(values, rest, axis=1)[:, rest:]
