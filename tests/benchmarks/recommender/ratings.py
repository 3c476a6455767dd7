"""A file of ratings as arrays, and its parts."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from services.imports.movielens_files import read_ratings
from services.recommender.arrays import BoolArray, IntArray
from services.recommender.evaluation.events import LIKED_FROM, RatedEvents
from services.recommender.interactions import Interactions
from services.recommender.weights import train_weights

_RATING = np.dtype([("user", np.int32), ("movie", np.int32), ("score", np.int8)])


@dataclass(frozen=True)
class Ratings:
    """Parallel arrays; scores of 1-10."""

    user_ids: IntArray
    item_ids: IntArray
    scores: IntArray

    @classmethod
    def read(cls, path: Path) -> Self:
        rows = np.fromiter((row[:3] for row in read_ratings(path)), dtype=_RATING)
        return cls(rows["user"], rows["movie"], rows["score"])

    def take(self, chosen: BoolArray | IntArray) -> Self:
        return type(self)(self.user_ids[chosen], self.item_ids[chosen], self.scores[chosen])

    def to_interactions(self) -> Interactions:
        """What the platform trains on: all ratings, weighted."""
        return Interactions.from_events(
            user_ids=self.user_ids, item_ids=self.item_ids, weights=train_weights(self.scores)
        )

    def to_likes(self) -> Interactions:
        """Likes alone, all alike."""
        liked = self.take(self.scores >= LIKED_FROM)
        return Interactions.from_events(
            user_ids=liked.user_ids, item_ids=liked.item_ids, weights=np.ones(liked.scores.size)
        )

    def to_events(self) -> RatedEvents:
        return RatedEvents.from_arrays(
            user_ids=self.user_ids, item_ids=self.item_ids, scores=self.scores
        )

    def describe(self) -> dict[str, int]:
        return {
            "users": np.unique(self.user_ids).size,
            "films": np.unique(self.item_ids).size,
            "ratings": self.scores.size,
        }
