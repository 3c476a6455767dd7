"""Ratings as parallel arrays, and parts of them."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from services.recommender.arrays import BoolArray, FloatArray, IntArray
from services.recommender.evaluation.events import LIKED_FROM, RatedEvents
from services.recommender.interactions import Interactions
from services.recommender.weights import TRAINING


@dataclass(frozen=True)
class Ratings:
    """Parallel arrays; scores of 1-10."""

    user_ids: IntArray
    item_ids: IntArray
    scores: FloatArray

    @classmethod
    def of(cls, events: RatedEvents) -> Self:
        """Ascending by user, then by item."""
        return cls(
            events.user_ids[events.rows_of_entries()],
            events.item_ids[events.matrix.indices],
            events.matrix.data,
        )

    def take(self, chosen: BoolArray | IntArray) -> Self:
        return type(self)(self.user_ids[chosen], self.item_ids[chosen], self.scores[chosen])

    def to_scores(self) -> Interactions:
        """All ratings as they are, which a blend weighs by itself."""
        return Interactions.from_events(
            user_ids=self.user_ids, item_ids=self.item_ids, weights=self.scores
        )

    def to_interactions(self) -> Interactions:
        """What local ridge trains on: all ratings, weighted."""
        return self.to_scores().weighted(TRAINING)

    def to_likes(self) -> Interactions:
        """Likes alone, all alike."""
        liked = self.take(self.scores >= LIKED_FROM)
        return Interactions.from_events(
            user_ids=liked.user_ids, item_ids=liked.item_ids, weights=np.ones(liked.scores.size)
        )

    def describe(self) -> dict[str, int]:
        return {
            "users": np.unique(self.user_ids).size,
            "films": np.unique(self.item_ids).size,
            "ratings": self.scores.size,
        }
