"""Every parameter of the way from a model's scores to a list.

What each of them changes is printed by `make bench-recommender` (table "Steps of the pipeline").
"""

from dataclasses import dataclass, replace
from typing import Self

from services.recommender.weights import FOLD_IN, GradeCurve

_NOT_NEGATIVE = (
    "shrinkage",
    "candidates",
    "related",
    "limit",
    "debias_evidence",
    "depth",
    "exploration_pool",
)
_SHARES = ("taste", "calibration_smoothing", "exploration_rate")
_GREATEST_SEED = 2**63 - 1


@dataclass(frozen=True)
class PipelineSettings:
    """A strength of 0 switches its step off; relevance is in standard deviations of a viewer's
    candidates by score, and so is whatever is added to it.

    shrinkage: Likes at which a viewer's own taste weighs as much as what everybody likes; 0 trusts
        any history alone.
    evidence: What an event counts as when a history's length is measured.
    taste: So much of a viewer's own taste is left, a share of the weight that the history's length
        gives it; 0 leaves what everybody likes alone.
    candidates: Films by best score that later steps see; the others are out.
    related: So many of the candidates, the last ones, are films that TMDb recommends with what the
        viewer liked, whatever their score, where there are such.
    limit: Length of a list.
    popularity_debias: Relevance that a film loses for each e-fold of its popularity.
    debias_evidence: Likes at which half of that applies, and more of it the more there are: the
        prior that shrinkage gives to short histories is not taken away again.
    freshness: Relevance that a film of this year gains.
    freshness_half_life: Years after which that gain is halved.
    diversity: Relevance that a film loses where its co-rating cosine with a film above it is 1
        (MMR); the shorter the history, the less.
    calibration: Relevance that a film gains for each nat by which it brings the list's genres
        closer to the viewer's (Steck 2018); the shorter the history, the less.
    calibration_smoothing: Share of the viewer's genres that a list is taken to have anyway, so
        that a genre which it lacks costs much but not everything.
    depth: Places of the list that are filled one after another under diversity and calibration;
        the rest follow by relevance.
    page: Films that are seen together: within each page of the depth they stand by relevance.
    exploration_places: Places, from 0, that may hold an explored film.
    exploration_rate: Probability that such a place does.
    exploration_pool: Films below the places up to the last of `exploration_places` from which an
        explored one is drawn: those of the fewest events.
    exploration_temperature: Relevance by which a film must be ahead to be drawn e times as often.
    uncertainty: Relevance that the draw adds for a film without events; one with n events gets
        1 / sqrt(1 + n) of it.
    exploration_seed: Another seed draws other films for the same viewers and revisions.
    """

    shrinkage: float = 4.0
    evidence: GradeCurve = FOLD_IN
    taste: float = 1.0
    candidates: int = 200
    related: int = 20
    limit: int = 200
    popularity_debias: float = 0.4
    debias_evidence: float = 20.0
    freshness: float = 0.0
    freshness_half_life: float = 5.0
    diversity: float = 1.0
    calibration: float = 4.0
    calibration_smoothing: float = 0.01
    depth: int = 20
    page: int = 20
    exploration_places: tuple[int, ...] = (19,)
    exploration_rate: float = 0.1
    exploration_pool: int = 50
    exploration_temperature: float = 0.5
    uncertainty: float = 1.0
    exploration_seed: int = 0

    def __post_init__(self) -> None:
        for name in _SHARES:
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be between 0 and 1")
        if not 0 <= self.exploration_seed <= _GREATEST_SEED:
            raise ValueError("exploration_seed must be a whole number of at most 63 bits")
        if list(self.exploration_places) != sorted(set(self.exploration_places)):
            raise ValueError("exploration_places must ascend")
        if min(self.exploration_places, default=0) < 0:
            raise ValueError("exploration_places must not be negative")
        for name in _NOT_NEGATIVE:
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative")
        for name in ("page", "freshness_half_life", "exploration_temperature"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be positive")

    def of_popularity_alone(self) -> Self:
        """The same list for all but what each has seen or hidden, most popular first."""
        return replace(
            self, taste=0.0, related=0, popularity_debias=0.0, freshness=0.0, exploration_rate=0.0
        )
