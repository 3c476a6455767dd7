"""Every model on every split: trained, asked for lists, and measured."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Protocol

import numpy as np

from services.recommender.arrays import FloatArray, IntArray
from services.recommender.catalogue import Catalogue
from services.recommender.evaluation.blocks import blocks
from services.recommender.evaluation.events import RatedEvents
from services.recommender.evaluation.lists import ListMeasures
from services.recommender.evaluation.metrics import NOTHING, accuracy, hits, rank
from services.recommender.evaluation.protocols import PROTOCOLS, RANKING
from services.recommender.evaluation.results import Result, SeedResult
from services.recommender.evaluation.splits import HeldOut, Split, TooFewUsersError
from services.recommender.model import TrainingSet
from services.recommender.recency import RecencySettings
from services.recommender.viewers import Viewers

Part = Literal["test", "validation"]
Phase = Literal["split", "train", "score"]
Clock = Callable[[], float]

RANKED_DEPTH = 100


class Scorer(Protocol):
    """All that is asked of a model here, so that one of another library can take part."""

    def scores(self, viewers: Viewers) -> FloatArray: ...


FitScorer = Callable[[TrainingSet], Scorer]


@dataclass(frozen=True)
class Progress:
    """How far an evaluation is: `done` of `total` viewers while it scores, else 0 or 1 of 1."""

    model: str
    seed: int
    phase: Phase
    done: int
    total: int


Report = Callable[[Progress], None]


def report_to_nobody(_: Progress) -> None:
    """What `evaluate` does where nobody wants to know."""


def evaluate(
    events: RatedEvents,
    models: Mapping[str, FitScorer],
    *,
    protocol: str,
    seeds: Sequence[int],
    clock: Clock,
    catalogue: Catalogue | None = None,
    choose_on: Part = "test",
    recency: Mapping[str, RecencySettings] = MappingProxyType({}),
    report: Report = report_to_nobody,
) -> list[Result]:
    """Train every model on the split of every seed and measure its lists for the chosen part.

    Settings are chosen on "validation"; only figures to publish come from "test". A protocol that
    draws nothing is run for the first seed alone. For the models that `recency` names, older events
    of a viewer's count less where the protocol knows their age.
    Raises UnusableEventsError where the protocol can make nothing of the events.
    """
    chosen = PROTOCOLS[protocol]
    results: dict[str, list[SeedResult]] = {name: [] for name in models}
    for seed in seeds if chosen.seeded else seeds[:1]:
        report(Progress("", seed, "split", 0, 1))
        training, part = part_of(chosen.split(events, seed, catalogue), choose_on)
        report(Progress("", seed, "split", 1, 1))
        if not len(part):
            raise TooFewUsersError(f"seed {seed} leaves no {choose_on} viewer with films to find")
        run = _Run(training, part, chosen.metrics, ListMeasures.of(training, part), clock)
        for name, fit in models.items():
            told = _Teller(name, seed, report)
            results[name].append(run.of(fit, recency.get(name), told))
    return [Result(name, each) for name, each in results.items()]


def part_of(split: Split, choose_on: Part) -> tuple[TrainingSet, HeldOut]:
    """What to train on and whom to measure with."""
    if choose_on == "test":
        return split.training, split.test
    return split.validation_training or split.training, split.validation


def measure(
    scorer: Scorer, part: HeldOut, metrics: Sequence[str] = RANKING
) -> dict[str, FloatArray]:
    """Metrics of accuracy for every viewer of the part, float64[viewers]."""
    return measure_rankings(rankings(scorer, part), part, metrics)


def rankings(
    scorer: Scorer, part: HeldOut, scored: Callable[[int], None] = lambda _: None
) -> IntArray:
    """The best RANKED_DEPTH films for each viewer as columns, NOTHING where none are left."""
    ranked = np.full((len(part), RANKED_DEPTH), NOTHING, np.int32)
    for start, stop in blocks(len(part)):
        best = _ranked(_scores(scorer, part, start, stop), part, start, stop)
        ranked[start:stop, : best.shape[1]] = best
        scored(stop)
    return ranked


def measure_rankings(
    ranked: IntArray, part: HeldOut, metrics: Sequence[str] = RANKING
) -> dict[str, FloatArray]:
    """The same of lists that were made elsewhere, columns of int[viewers, up to RANKED_DEPTH]."""
    found = np.zeros(ranked.shape, bool)
    for start, stop in blocks(len(part)):
        found[start:stop] = hits(ranked[start:stop], part.targets[start:stop])
    counts = np.diff(part.targets.indptr)
    return {name: accuracy(name, found, counts) for name in metrics}


@dataclass(frozen=True)
class _Teller:
    model: str
    seed: int
    report: Report

    def __call__(self, phase: Phase, done: int, total: int) -> None:
        self.report(Progress(self.model, self.seed, phase, done, total))


@dataclass(frozen=True)
class _Run:
    """One split, on which models run in turn."""

    training: TrainingSet
    part: HeldOut
    metrics: Sequence[str]
    lists: ListMeasures
    clock: Clock

    def of(self, fit: FitScorer, recency: RecencySettings | None, tell: _Teller) -> SeedResult:
        part = self.part if recency is None else self.part.faded(recency)
        tell("train", 0, 1)
        started = self.clock()
        scorer = fit(self.training)
        trained = self.clock()
        tell("train", 1, 1)
        ranked = rankings(scorer, part, lambda done: tell("score", done, len(part)))
        scored = self.clock()
        return SeedResult(
            seed=tell.seed,
            user_ids=part.user_ids,
            per_user={**measure_rankings(ranked, part, self.metrics), **self._of_lists(ranked)},
            over_users=self.lists.of_all(ranked) if part.samples is None else {},
            history=part.history(),
            train_seconds=trained - started,
            score_seconds=scored - trained,
        )

    def _of_lists(self, ranked: IntArray) -> dict[str, FloatArray]:
        """Nothing where lists are made of samples: they say little of what viewers would see."""
        return self.lists.of_each(ranked, self.part) if self.part.samples is None else {}


def _scores(scorer: Scorer, part: HeldOut, start: int, stop: int) -> FloatArray:
    """Scores of a block of viewers, -inf for every film that is not to be ranked."""
    viewers = part.viewers.rows(start, stop)
    scores = np.array(scorer.scores(viewers))
    if scores.shape != viewers.grades.shape or not np.isfinite(scores).all():
        raise ValueError(
            f"{type(scorer).__name__} must give a finite score to each viewer and item"
        )
    rows = np.repeat(np.arange(stop - start), np.diff(viewers.grades.indptr))
    scores[rows, viewers.grades.indices] = -np.inf
    if part.ranked is not None:
        scores[:, ~part.ranked] = -np.inf
    return scores


def _ranked(scores: FloatArray, part: HeldOut, start: int, stop: int) -> IntArray:
    if part.samples is None:
        return rank(scores, RANKED_DEPTH)
    samples = part.samples[start:stop]
    sampled = np.take_along_axis(scores, samples, axis=1)
    places = rank(np.where(samples == NOTHING, -np.inf, sampled), RANKED_DEPTH)
    columns = np.take_along_axis(samples, places, axis=1)
    return np.where(places == NOTHING, NOTHING, columns)
