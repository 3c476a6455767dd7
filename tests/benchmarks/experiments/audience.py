"""Real viewers, the lists that each variant makes for them, and how they click on these.

Everything about the clicks is known, so that the difference of two variants is, too: a viewer who
comes looks at the first place and goes on to each next one with the same patience; what is looked
at is opened the more probably the better it suits the viewer. What suits is what the viewer liked
of the ratings that were held out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Self

import numpy as np
from numpy.random import Generator

from services.recommender.arrays import BoolArray, FloatArray, IntArray
from services.recommender.catalogue import Catalogue
from services.recommender.evaluation.events import RatedEvents
from services.recommender.evaluation.metrics import hits
from services.recommender.evaluation.splits import HeldOut
from services.recommender.evaluation.strong import split_graded
from services.recommender.pipeline.settings import PipelineSettings
from tests.benchmarks.recommender.pipeline import Trained

PLACES = 20
PATIENCE = 0.9
# Of a film that is looked at: liked when it was seen, disliked, neither. The last is as probable
# as most, for the most popular film, and as least, for the least popular one.
LIKED, DISLIKED, LEAST, MOST = 0.35, 0.01, 0.02, 0.08
# Days on which viewers come: few come often. The mean share of days and the shape of the gamma.
COMES, SHAPE = 0.4, 0.8

# The control trusts a history less than what is shipped does, so that there is something to find.
SHIPPED = PipelineSettings(exploration_rate=0.0)
CONTROL, BETTER, HOLDBACK = "cautious", "shipped", "holdback"
VARIANTS: Mapping[str, PipelineSettings] = MappingProxyType(
    {
        CONTROL: replace(SHIPPED, shrinkage=100.0),
        BETTER: SHIPPED,
        HOLDBACK: SHIPPED.of_popularity_alone(),
    }
)


@dataclass(frozen=True)
class Audience:
    """`attractions` by variant: the probability that a film is opened once it is looked at,
    float64[viewers, PLACES]; `movie_ids` int[viewers, PLACES] are these films.
    """

    attractions: Mapping[str, FloatArray]
    movie_ids: Mapping[str, IntArray]

    @classmethod
    def of(cls, events: RatedEvents, catalogue: Catalogue | None = None) -> Self:
        split = split_graded(events, 0, catalogue)
        trained = Trained.of(split.training)
        scored = trained.scored(split.test)
        lists = {
            name: trained.rank(settings, scored).items[:, :PLACES]
            for name, settings in VARIANTS.items()
        }
        popularity = _ranks(trained.films.popularity)
        return cls(
            {name: _attractions(each, split.test, popularity) for name, each in lists.items()},
            {name: trained.films.item_ids[each] for name, each in lists.items()},
        )

    def __len__(self) -> int:
        return len(self.attractions[CONTROL])

    def rate(self, variant: str) -> float:
        """Clicks per impression, as they are if everybody reads this variant for ever."""
        looked_at = PATIENCE ** np.arange(PLACES)
        return float((self.attractions[variant] @ looked_at).mean() / looked_at.sum())


@dataclass(frozen=True)
class Visits:
    """bool[days, viewers, PLACES]: which places were looked at, and which films opened."""

    is_seen: BoolArray
    is_opened: BoolArray


def visit(rng: Generator, attractions: FloatArray, days: int) -> Visits:
    viewers = len(attractions)
    comes = np.minimum(rng.gamma(SHAPE, COMES / SHAPE, viewers), 1)
    is_there = rng.random((days, viewers)) < comes
    depths = rng.geometric(1 - PATIENCE, (days, viewers)) * is_there
    is_seen = np.arange(PLACES) < depths[:, :, None]
    drawn = rng.random((days, viewers, PLACES), np.float32)
    return Visits(is_seen, (drawn < attractions) & is_seen)


def _attractions(lists: IntArray, part: HeldOut, popularity: FloatArray) -> FloatArray:
    found = LEAST + (MOST - LEAST) * popularity[lists]
    if part.disliked is not None:
        found = np.where(hits(lists, part.disliked), DISLIKED, found)
    return np.where(hits(lists, part.targets), LIKED, found)


def _ranks(popularity: FloatArray) -> FloatArray:
    """From 0 for the least popular film to 1."""
    order = np.empty(popularity.size)
    order[np.argsort(popularity, kind="stable")] = np.arange(popularity.size)
    return order / max(popularity.size - 1, 1)
