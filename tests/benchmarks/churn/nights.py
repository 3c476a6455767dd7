"""Two nights' lists of the same viewers, from real ratings."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import scipy.sparse as sp
from numpy.random import default_rng

from services.recommender.arrays import BoolArray, FloatArray, IntArray
from services.recommender.blend import BlendSettings, default_settings, fit_blend
from services.recommender.catalogue import Catalogue
from services.recommender.evaluation.events import RatedEvents
from services.recommender.first_places import first_places, overlaps
from services.recommender.histories import Events, Histories
from services.recommender.interactions import Interactions
from services.recommender.model import TrainingSet
from services.recommender.pipeline.films import Films
from services.recommender.pipeline.ranking import BLOCK, Pipeline, ScoredViewers
from services.recommender.pipeline.settings import PipelineSettings
from services.recommender.recency import RecencySettings
from services.recommender.viewers import Viewers

PLACES = 20
SHIPPED = PipelineSettings()

Score = Callable[[Viewers], FloatArray]


@dataclass(frozen=True)
class Night:
    name: str
    viewers: int
    churn: float
    ninth_decile: float


@dataclass(frozen=True)
class Ratings:
    """Parallel arrays of what was rated, and when."""

    events: Events

    @classmethod
    def of(cls, rated: RatedEvents) -> Self:
        size = rated.matrix.data.size
        times = np.full(size, np.nan) if rated.times is None else rated.times.astype(float)
        users = rated.user_ids[rated.rows_of_entries()]
        return cls(Events(users, rated.item_ids[rated.matrix.indices], rated.matrix.data, times))

    def take(self, chosen: BoolArray) -> Self:
        told = self.events
        return type(self)(
            Events(
                told.user_ids[chosen],
                told.item_ids[chosen],
                told.scores[chosen],
                told.times[chosen],
            )
        )

    def training(self, catalogue: Catalogue | None) -> TrainingSet:
        told = self.events
        rated = Interactions.from_events(
            user_ids=told.user_ids, item_ids=told.item_ids, weights=told.scores
        )
        known = catalogue.on_items(rated.item_ids) if catalogue else None
        return TrainingSet(rated, graded=True, catalogue=known)


@dataclass(frozen=True)
class Fitted:
    """What scores, with what the pipeline knows of its films."""

    score: Score
    films: Films

    @classmethod
    def of(cls, training: TrainingSet, settings: BlendSettings | None = None) -> Self:
        return cls(fit_blend(training, settings).scores, Films.of(training))

    def first(self, histories: Histories, settings: PipelineSettings = SHIPPED) -> IntArray:
        """The first films of each viewer."""
        pipeline = Pipeline(settings, self.films, int(self.films.years.max(initial=0)))
        lists: list[IntArray] = []
        for start in range(0, len(histories), BLOCK):
            block = histories.rows(start, min(start + BLOCK, len(histories)))
            viewers = block.viewers(self.films.item_ids, RecencySettings())
            nothing = np.zeros(len(block), int)
            scored = ScoredViewers(self.score(viewers), viewers, block.user_ids, nothing)
            ranked = pipeline.rank(scored).items[:, :PLACES]
            lists += [self.films.item_ids[row[row >= 0]] for row in ranked]
        return first_places(lists, places=PLACES)


def measure(
    rated: RatedEvents, catalogue: Catalogue | None, *, seeds: Sequence[int]
) -> Iterator[Night]:
    """Each as soon as it is done: every one takes a fit."""
    ratings = Ratings.of(rated)
    training = ratings.training(catalogue)
    whole = Fitted.of(training)
    everybody = _histories(ratings, rated.user_ids)
    before = whole.first(everybody)
    yield from _honest(ratings, whole, catalogue, seeds)
    for name, settings in _SETTINGS.items():
        yield _night(f"setting: {name}", before, whole.first(everybody, settings))
    for name, fitted in _models(training, whole, seeds):
        yield _night(name, before, fitted.first(everybody))


def _honest(
    ratings: Ratings, whole: Fitted, catalogue: Catalogue | None, seeds: Sequence[int]
) -> Iterator[Night]:
    told = ratings.events
    parts: dict[str, BoolArray] = {}
    for share in (0.01, 0.05):
        if not np.isnan(told.times).any():
            newest = np.quantile(told.times, 1 - share)
            parts[f"honest: the newest {share:.0%} of the ratings"] = told.times > newest
        for seed in seeds:
            users = np.unique(told.user_ids)
            drawn = default_rng(seed).permutation(users)[: round(users.size * share)]
            name = f"honest: {share:.0%} of the viewers are new, seed {seed}"
            parts[name] = np.isin(told.user_ids, drawn)
    for name, is_new in parts.items():
        fitted = Fitted.of(ratings.take(~is_new).training(catalogue))
        same = np.setdiff1d(told.user_ids, told.user_ids[is_new])
        histories = _histories(ratings, same)
        yield _night(name, fitted.first(histories), whole.first(histories))


def _models(
    training: TrainingSet, whole: Fitted, seeds: Sequence[int]
) -> Iterator[tuple[str, Fitted]]:
    members = default_settings(training).members
    for name, member in members.items():
        yield f"model: {name} alone", Fitted.of(training, BlendSettings({name: member}))
    popularity = whole.films.popularity
    yield (
        "broken: popularity only",
        Fitted(lambda viewers: np.tile(popularity, (len(viewers), 1)), whole.films),
    )
    for seed in seeds:
        yield f"broken: shuffled films, seed {seed}", Fitted.of(_shuffled(training, seed))


def _shuffled(training: TrainingSet, seed: int) -> TrainingSet:
    """Each film's ratings are another's."""
    rated = training.interactions
    order = default_rng(seed).permutation(rated.item_ids.size)
    matrix = sp.csr_array(rated.matrix[:, order])
    matrix.sort_indices()
    return replace(training, interactions=replace(rated, matrix=matrix))


_SETTINGS = {
    "popularity_debias 0": replace(SHIPPED, popularity_debias=0.0),
    "diversity 0": replace(SHIPPED, diversity=0.0),
    "calibration 0": replace(SHIPPED, calibration=0.0),
    "exploration_rate 0": replace(SHIPPED, exploration_rate=0.0),
}


def _histories(ratings: Ratings, user_ids: IntArray) -> Histories:
    return Histories.of(user_ids, ratings.events)


def _night(name: str, before: IntArray, after: IntArray) -> Night:
    churns = 1 - overlaps(before, after)
    return Night(name, churns.size, float(churns.mean()), float(np.quantile(churns, 0.9)))
