"""The gate on real ratings: what it stops, and what it lets pass."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import pytest

from services.evaluation.ratings import read_ratings
from services.recommender import content_profile, local_ridge
from services.recommender.arrays import FloatArray
from services.recommender.blend import fit_blend
from services.recommender.evaluation.events import RatedEvents
from services.recommender.evaluation.gate import Outcome, Verdict, judge, popularity_values
from services.recommender.evaluation.newest import HeldOutBy, NewestSplit, split_newest
from services.recommender.evaluation.running import FitScorer, Scorer
from services.recommender.popularity import fit_popularity
from tests.benchmarks.recommender.films import read_films

from .sabotage import contender, fit_stale, shuffled

MARGIN = 0.03
FITS: Mapping[str, FitScorer] = {
    "local_ridge": local_ridge.fit,
    "content": content_profile.fit,
    "popularity": fit_popularity,
    "stale": fit_stale,
}


@dataclass(frozen=True)
class Compared:
    """Contenders on one split, each fitted once."""

    split: NewestSplit
    popularity: FloatArray
    fit_best: FitScorer

    @cache  # noqa: B019  # it lives as long as the module's tests
    def values(self, name: str) -> FloatArray:
        return contender(self._fit(name)).values(self.split)

    @cached_property
    def best(self) -> Scorer:
        return self.fit_best(self.split.training)

    def _fit(self, name: str) -> FitScorer:
        """Whoever shuffles the best shuffles what was fitted."""
        if name == "best":
            return lambda _: self.best
        if name == "shuffled":
            return lambda training: shuffled(self.best, training)
        return FITS[name]

    def judge(self, candidate: str, *, active: str | None = "best") -> Verdict:
        return judge(
            self.values(candidate),
            popularity=self.popularity,
            active=None if active is None else self.values(active),
            margin=MARGIN,
            seed=0,
        )

    def __hash__(self) -> int:
        return id(self)


@pytest.fixture(scope="module")
def events(datasets: Path) -> RatedEvents:
    return read_ratings(datasets / "data" / "ml-latest-small").events


@pytest.fixture(scope="module")
def by_time(events: RatedEvents, datasets: Path) -> Compared:
    split = split_newest(events, 0, read_films(datasets / "data" / "ml-latest-small"))
    return Compared(split, popularity_values(split), fit_blend)


@pytest.fixture(scope="module")
def at_random(events: RatedEvents) -> Compared:
    split = split_newest(replace(events, times=None), 0)
    # One model is enough for what is about the split, and fitted in a fraction of the time.
    return Compared(split, popularity_values(split), local_ridge.fit)


@pytest.mark.parametrize("sabotaged", ["shuffled", "stale", "popularity"])
def test_a_sabotaged_candidate_is_stopped(by_time: Compared, sabotaged: str) -> None:
    verdict = by_time.judge(sabotaged)

    assert by_time.split.held_out_by is HeldOutBy.TIME
    assert verdict.outcome is Outcome.LOST_TO_ACTIVE
    assert verdict.against_active is not None
    # Not by doubt alone: even the upper end is far below what is allowed.
    assert verdict.against_active.high < -5 * verdict.margin


@pytest.mark.parametrize("active", ["local_ridge", "content", "popularity"])
def test_an_honest_better_one_passes(by_time: Compared, active: str) -> None:
    verdict = by_time.judge("best", active=active)

    assert verdict.outcome is Outcome.PASSED
    assert verdict.against_active is not None
    assert verdict.against_active.low > 0


def test_an_equal_one_passes(by_time: Compared) -> None:
    verdict = by_time.judge("best")

    assert verdict.outcome is Outcome.PASSED
    assert verdict.against_active is not None
    assert (verdict.against_active.low, verdict.against_active.high) == (0, 0)


def test_where_nothing_is_active_popularity_decides(by_time: Compared) -> None:
    assert by_time.judge("best", active=None).outcome is Outcome.PASSED
    assert by_time.judge("shuffled", active=None).outcome is Outcome.LOST_TO_POPULARITY
    # Facts of films rank worse than popularity does here, whatever is active.
    assert by_time.judge("content", active="shuffled").outcome is Outcome.LOST_TO_POPULARITY


def test_without_times_films_are_held_out_at_random(at_random: Compared) -> None:
    assert (at_random.split.held_out_by, at_random.split.since) == (HeldOutBy.RANDOM, None)
    assert len(at_random.split.part) > 500
    assert at_random.judge("shuffled").outcome is Outcome.LOST_TO_ACTIVE
    assert at_random.judge("popularity").outcome is Outcome.LOST_TO_ACTIVE
    assert at_random.judge("best", active="popularity").outcome is Outcome.PASSED


def test_doubt_speaks_against_the_candidate() -> None:
    active = np.tile([0.2, 0.4], 10)
    candidate = active + np.tile([0.1, -0.1, 0.0, 0.0], 5)
    nothing = np.zeros(20)

    few = judge(candidate, popularity=nothing, active=active, margin=0.02, seed=0)
    many = judge(
        np.tile(candidate, 500),
        popularity=np.tile(nothing, 500),
        active=np.tile(active, 500),
        margin=0.02,
        seed=0,
    )

    assert (few.outcome, many.outcome) == (Outcome.LOST_TO_ACTIVE, Outcome.PASSED)
    assert [few.margin, many.margin] == pytest.approx([0.02 * 0.3] * 2)
