"""Seconds of training and of lists, on one core."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Self, TypeVar

import numpy as np

from services.recommender.catalogue import Catalogue
from services.recommender.evaluation.events import RatedEvents
from services.recommender.gram import MAX_ITEMS, fit_gram
from services.recommender.interactions import Interactions
from services.recommender.item_model import ItemModel
from services.recommender.local_ridge import LocalRidgeSettings, fit_local_ridge
from services.recommender.model import TrainingSet
from services.recommender.pipeline.films import Films
from services.recommender.pipeline.links import Links
from services.recommender.pipeline.ranking import BLOCK, Pipeline, ScoredViewers
from services.recommender.pipeline.reasons import Reasons, find_reasons
from services.recommender.pipeline.settings import PipelineSettings
from services.recommender.viewers import Viewers

from .ratings import Ratings

REPEATS = 3

T = TypeVar("T")


@dataclass(frozen=True)
class Seconds:
    median: float
    least: float
    most: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Self:
        return cls(float(np.median(seconds)), min(seconds), max(seconds))


def time_training(ratings: Ratings) -> tuple[ItemModel, dict[str, Seconds]]:
    """The model of all ratings, and what each step of training it took."""
    interactions, interactions_seconds = _repeated(ratings.to_interactions)
    gram, gram_seconds = _repeated(lambda: fit_gram(interactions))
    model, solve_seconds = _repeated(lambda: fit_local_ridge(gram, LocalRidgeSettings()))
    return model, {
        "interactions": interactions_seconds,
        "gram": gram_seconds,
        "solve": solve_seconds,
    }


def time_lists(
    model: ItemModel, events: RatedEvents, catalogue: Catalogue | None
) -> dict[str, float]:
    """Lists of the default length for every viewer: one at a time, and in blocks."""
    known = Interactions(events.user_ids, events.item_ids, events.matrix).most_interacted(MAX_ITEMS)
    facts = catalogue and catalogue.on_items(known.item_ids)
    films = Films.of(TrainingSet(known, graded=True, catalogue=facts))
    maker = ListMaker(model, Pipeline(PipelineSettings(), films), Links.of(model))
    viewers = Viewers(known.matrix)
    maker.make(viewers, 0, min(BLOCK, len(viewers)))
    one_by_one = [
        _timed(partial(maker.make, viewers, row, row + 1))[1] for row in range(len(viewers))
    ]
    milliseconds = np.array(one_by_one) * 1000
    _, many = _repeated(lambda: maker.make_all(viewers))
    return {
        "median_ms": float(np.median(milliseconds)),
        "p95_ms": float(np.percentile(milliseconds, 95)),
        "users_per_second": len(viewers) / many.median,
    }


@dataclass(frozen=True)
class ListMaker:
    """All steps from what viewers did to lists with their reasons."""

    model: ItemModel
    pipeline: Pipeline
    links: Links

    def make_all(self, viewers: Viewers) -> None:
        for start in range(0, len(viewers), BLOCK):
            self.make(viewers, start, min(start + BLOCK, len(viewers)))

    def make(self, viewers: Viewers, start: int, stop: int) -> Reasons:
        """The lists of the viewers [start, stop)."""
        some, rows = viewers.rows(start, stop), np.arange(start, stop)
        scored = ScoredViewers(self.model.scores(some), some, rows, rows)
        ranked = self.pipeline.rank(scored)
        return find_reasons(self.links, some, ranked)


def _repeated(work: Callable[[], T]) -> tuple[T, Seconds]:
    done = [_timed(work) for _ in range(REPEATS)]
    return done[-1][0], Seconds.of([seconds for _, seconds in done])


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    started = time.perf_counter()
    result = work()
    return result, time.perf_counter() - started
