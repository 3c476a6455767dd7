"""Highly rated films of the genres that a viewer prefers.

A viewer's taste for a genre is how many times as much of what they liked belongs to it as of what
everybody liked. A film's score is that of its genres on average times how good it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from services.recommender import curves
from services.recommender.arrays import FloatArray, IntArray
from services.recommender.features import evidence, incidence, per_row
from services.recommender.model import Explanation, TrainingSet
from services.recommender.quality import qualities
from services.recommender.viewers import Viewers
from services.recommender.weights import HIGHEST_SCORE, UNARY, GradeCurve

_UNKNOWN = frozenset([""])


@dataclass(frozen=True)
class GenreProfileSettings:
    """`curve` says what a film counts by its score, everybody's as well as the viewer's own.

    Everybody's taste counts as much as `prior` films of the viewer's. Quality is an average as if
    `usual_votes` more had voted like everybody, from 0 to 1, to the power of `quality_exponent`.
    """

    curve: GradeCurve = UNARY
    prior: float = 5.0
    usual_votes: float = 5_000.0
    quality_exponent: float = 20.0


BINARY = GenreProfileSettings()
GRADED = GenreProfileSettings(curve=GradeCurve((0.0, 0.1, 0.4, 1.0, 1.2)))


@dataclass(frozen=True, eq=False)
class GenreProfile:
    """`shares` float32[items, genres] are 1 in sum for each film.

    `everybody` float32[genres] is the part of what everybody liked that belongs to each genre;
    `quality` float32[items].
    """

    item_ids: IntArray
    genres: tuple[str, ...]
    shares: FloatArray
    everybody: FloatArray
    quality: FloatArray
    curve: GradeCurve
    prior: float

    def preferences(self, viewers: Viewers) -> FloatArray:
        """How many times as much as everybody the viewers like genres, float32[viewers, genres].

        All 1 for a viewer of whom nothing is known.
        """
        weights = viewers.weighted(self.curve)
        known = evidence(weights, self.prior).astype(np.float32)
        tastes = np.asarray(weights @ self._lifts, np.float32) + np.float32(self.prior)
        preferences: FloatArray = tastes / known[:, None]
        return preferences

    def scores(self, viewers: Viewers) -> FloatArray:
        """float32[viewers, items]."""
        return (self.preferences(viewers) @ self.shares.T) * self.quality

    def explain(self, viewer: Viewers, items: IntArray) -> Explanation:
        weights = viewer.weighted(self.curve)
        shares = self.shares[items].astype(np.float64)
        scale = self.quality[items].astype(np.float64) / evidence(weights, self.prior)
        shared = shares @ self._lifts[weights.indices].T.astype(np.float64)
        return Explanation(
            items,
            weights.indices,
            scale[:, None] * shared * weights.data,
            {"quality": scale * self.prior},
        )

    @cached_property
    def _lifts(self) -> FloatArray:
        """What a film of weight 1 says of its viewer's taste for each genre."""
        return self.shares / self.everybody

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        return {
            "item_ids": self.item_ids,
            "genres": np.asarray(self.genres, np.str_),
            "shares": self.shares,
            "everybody": self.everybody,
            "quality": self.quality,
            "curve": curves.to_array(self.curve),
            "prior": np.asarray(self.prior),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        return cls(
            item_ids=np.asarray(arrays["item_ids"]),
            genres=tuple(arrays["genres"].tolist()),
            shares=np.asarray(arrays["shares"]),
            everybody=np.asarray(arrays["everybody"]),
            quality=np.asarray(arrays["quality"]),
            curve=curves.from_array(arrays["curve"]),
            prior=float(arrays["prior"]),
        )


def fit_genre_profile(
    training_set: TrainingSet, settings: GenreProfileSettings | None = None
) -> GenreProfile:
    """Films of unknown genres count as of a genre of their own."""
    chosen = settings or (GRADED if training_set.graded else BINARY)
    interactions, catalogue = training_set.interactions, training_set.catalogue
    nothing = [frozenset[str]()] * interactions.item_ids.size
    known = catalogue.of_group("genre") if catalogue else nothing
    names, genres = incidence([each or _UNKNOWN for each in known])
    shares = per_row(genres).toarray()
    liked = Viewers(interactions.matrix).weighted(chosen.curve)
    totals = np.asarray(liked.sum(axis=0, dtype=np.float64)).ravel() @ shares
    totals = np.maximum(totals, 0) + 1
    averages = qualities(training_set, chosen.usual_votes) / HIGHEST_SCORE
    return GenreProfile(
        item_ids=interactions.item_ids,
        genres=tuple(names),
        shares=shares,
        everybody=(totals / totals.sum()).astype(np.float32),
        quality=(averages**chosen.quality_exponent).astype(np.float32),
        curve=chosen.curve,
        prior=chosen.prior,
    )
