"""Seconds of training and of lists, on one core."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Self, TypeVar

import numpy as np
from services.recommender.profiles import Profiles, build_profiles, rating_events
from services.recommender.ranking import recommend, recommend_many

from services.recommender.gram import fit_gram
from services.recommender.item_model import ItemModel
from services.recommender.local_ridge import LocalRidgeSettings, fit_local_ridge

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


def time_lists(model: ItemModel, ratings: Ratings) -> dict[str, float]:
    """Lists of the default length for every viewer: one at a time, and all in a row."""
    events = rating_events(ratings.user_ids, ratings.item_ids, ratings.scores)
    profiles = build_profiles(ratings.user_ids, events)
    milliseconds = np.array(_each(model, profiles)) * 1000
    _, many = _repeated(lambda: sum(1 for _ in recommend_many(model, profiles)))
    return {
        "median_ms": float(np.median(milliseconds)),
        "p95_ms": float(np.percentile(milliseconds, 95)),
        "users_per_second": len(profiles) / many.median,
    }


def _each(model: ItemModel, profiles: Profiles) -> list[float]:
    return [_timed(partial(recommend, model, profile))[1] for profile in profiles]


def _repeated(work: Callable[[], T]) -> tuple[T, Seconds]:
    done = [_timed(work) for _ in range(REPEATS)]
    return done[-1][0], Seconds.of([seconds for _, seconds in done])


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    started = time.perf_counter()
    result = work()
    return result, time.perf_counter() - started
