"""A file of ratings as arrays, and its parts."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from services.imports.movielens_files import RatingRow, read_ratings
from services.recommender.arrays import BoolArray, IntArray
from services.recommender.evaluation.events import LIKED_FROM, RatedEvents
from services.recommender.interactions import Interactions
from services.recommender.weights import train_weights

_RATING = np.dtype(
    [("user", np.int32), ("movie", np.int32), ("score", np.int8), ("seconds", np.int64)]
)


@dataclass(frozen=True)
class Ratings:
    """Parallel arrays; scores of 1-10, seconds since 1970 where all ratings have a time."""

    user_ids: IntArray
    item_ids: IntArray
    scores: IntArray
    times: IntArray | None = None

    @classmethod
    def read(cls, path: Path) -> Self:
        rows = np.fromiter(map(_as_numbers, read_ratings(path)), dtype=_RATING)
        is_timed = rows.size > 0 and bool(rows["seconds"].all())
        times = rows["seconds"] if is_timed else None
        return cls(rows["user"], rows["movie"], rows["score"], times)

    def take(self, chosen: BoolArray | IntArray) -> Self:
        times = None if self.times is None else self.times[chosen]
        return type(self)(self.user_ids[chosen], self.item_ids[chosen], self.scores[chosen], times)

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
            user_ids=self.user_ids, item_ids=self.item_ids, scores=self.scores, times=self.times
        )

    def describe(self) -> dict[str, int]:
        return {
            "users": np.unique(self.user_ids).size,
            "films": np.unique(self.item_ids).size,
            "ratings": self.scores.size,
        }


def _as_numbers(row: RatingRow) -> tuple[int, int, int, int]:
    """A rating as it stands in the array; 0 seconds where the file does not tell its time."""
    seconds = 0 if row.rated_at is None else int(row.rated_at.timestamp())
    return row.user_id, row.movie_id, row.score, seconds
