"""What each step of the pipeline changes in the blend's lists of validation viewers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Self

import numpy as np

from services.recommender.arrays import FloatArray
from services.recommender.blend import Blend, fit_blend
from services.recommender.catalogue import Catalogue
from services.recommender.evaluation.events import RatedEvents
from services.recommender.evaluation.lists import ListMeasures
from services.recommender.evaluation.new_users import KNOWN, split_new_users
from services.recommender.evaluation.running import RANKED_DEPTH, measure_rankings
from services.recommender.evaluation.splits import HeldOut
from services.recommender.evaluation.strong import split_graded, split_strong
from services.recommender.model import TrainingSet
from services.recommender.pipeline.diversity import co_rating_vectors
from services.recommender.pipeline.films import Films
from services.recommender.pipeline.ranking import Pipeline, RankedBlock, ScoredViewers
from services.recommender.pipeline.settings import PipelineSettings

ACCURACY = ("recall@20", "ndcg@20", "ndcg@100")
OF_LISTS = ("coverage@20", "novelty@20", "diversity@20", "calibration@20", "disliked@20")
PAIRED = ("ndcg@20", "ndcg@100")

SHIPPED = PipelineSettings()
UNEXPLORED = replace(SHIPPED, exploration_rate=0.0)
NOTHING = replace(UNEXPLORED, shrinkage=0.0, popularity_debias=0.0, diversity=0.0, calibration=0.0)
SHRUNK = replace(NOTHING, shrinkage=SHIPPED.shrinkage)
BASE = "scores alone"
DEFAULTS = "as shipped, unexplored"

SHRINKAGES: Mapping[str, PipelineSettings] = MappingProxyType(
    {f"shrinkage {likes}": replace(NOTHING, shrinkage=likes) for likes in (2, 3, 4, 8)}
)
VARIANTS: Mapping[str, PipelineSettings] = MappingProxyType(
    {
        BASE: NOTHING,
        **SHRINKAGES,
        "+ debias .2": replace(SHRUNK, popularity_debias=0.2),
        "+ debias .4": replace(SHRUNK, popularity_debias=0.4),
        "+ debias .6": replace(SHRUNK, popularity_debias=0.6),
        "+ debias .4, half at 4 likes": replace(SHRUNK, popularity_debias=0.4, debias_evidence=4.0),
        "+ diversity 1": replace(SHRUNK, diversity=1.0),
        "+ diversity 2": replace(SHRUNK, diversity=2.0),
        "+ diversity 4": replace(SHRUNK, diversity=4.0),
        "+ calibration 2": replace(SHRUNK, calibration=2.0),
        "+ calibration 4": replace(SHRUNK, calibration=4.0),
        "+ calibration 8": replace(SHRUNK, calibration=8.0),
        "+ freshness .1": replace(SHRUNK, freshness=0.1),
        "+ freshness .3": replace(SHRUNK, freshness=0.3),
        "+ exploration .1": replace(SHRUNK, exploration_rate=0.1),
        "+ exploration 1": replace(SHRUNK, exploration_rate=1.0),
        "as shipped": SHIPPED,
        DEFAULTS: UNEXPLORED,
        "unexplored and unsorted": replace(UNEXPLORED, page=1),
    }
)
# What else the defaults might have been.
OTHER_DEFAULTS: Mapping[str, PipelineSettings] = MappingProxyType(
    {
        DEFAULTS: UNEXPLORED,
        "shrinkage 2": replace(UNEXPLORED, shrinkage=2.0),
        "shrinkage 3": replace(UNEXPLORED, shrinkage=3.0),
        "debias .2": replace(UNEXPLORED, popularity_debias=0.2),
        "debias .3": replace(UNEXPLORED, popularity_debias=0.3),
        "debias .3, half at 4 likes": replace(
            UNEXPLORED, popularity_debias=0.3, debias_evidence=4.0
        ),
        "diversity 2": replace(UNEXPLORED, diversity=2.0),
        "calibration 2": replace(UNEXPLORED, calibration=2.0),
        "calibration 6": replace(UNEXPLORED, calibration=6.0),
        "depth 40": replace(UNEXPLORED, depth=40),
    }
)
DIMENSIONS = (16, 256)
# What is measured by all ratings, too.
GRADED = (
    BASE,
    *SHRINKAGES,
    "+ debias .2",
    "+ debias .4",
    "+ diversity 1",
    "+ diversity 2",
    "+ calibration 2",
    "+ calibration 4",
    DEFAULTS,
)
SHORT: Mapping[str, PipelineSettings] = MappingProxyType(
    {
        **{name: VARIANTS[name] for name in (BASE, *SHRINKAGES, "+ debias .4", "+ diversity 1")},
        DEFAULTS: UNEXPLORED,
        **{f"{DEFAULTS}, {name}": OTHER_DEFAULTS[name] for name in ("shrinkage 3", "debias .2")},
    }
)


@dataclass(frozen=True)
class Trained:
    """The blend of one split with what the pipeline knows of its films."""

    training: TrainingSet
    model: Blend
    films: Films
    this_year: int

    @classmethod
    def of(cls, training: TrainingSet) -> Self:
        films = Films.of(training)
        return cls(training, fit_blend(training), films, int(films.years.max(initial=0)))

    def rank(
        self, settings: PipelineSettings, scored: ScoredViewers, films: Films | None = None
    ) -> RankedBlock:
        return Pipeline(settings, films or self.films, self.this_year).rank(scored)

    def scored(self, part: HeldOut) -> ScoredViewers:
        scores = self.model.scores(part.viewers)
        return ScoredViewers(scores, part.viewers, part.user_ids, np.zeros_like(part.user_ids))


@dataclass
class _Rows:
    """Metrics by variant for each seed, and those of each viewer that variants are paired by."""

    means: dict[str, list[dict[str, float]]] = field(default_factory=dict)
    paired: dict[str, list[FloatArray]] = field(default_factory=dict)

    def add(self, name: str, ranked: RankedBlock, part: HeldOut, lists: ListMeasures) -> None:
        columns = ranked.items[:, :RANKED_DEPTH]
        accuracy = measure_rankings(columns, part, ACCURACY)
        of_lists = {**lists.of_each(columns, part), **lists.of_all(columns)}
        row = {
            key: float(np.nanmean(np.asarray(values)))
            for key, values in {**accuracy, **of_lists}.items()
        }
        self.means.setdefault(name, []).append(row)
        self.paired.setdefault(name, []).append(np.stack([accuracy[key] for key in PAIRED]))

    def table(self, base: str) -> list[dict[str, Any]]:
        """Differences are from the row that `base` names."""
        paired = np.concatenate(self.paired[base], axis=1)
        return [self._row(name, paired) for name in self.means]

    def _row(self, name: str, base: FloatArray) -> dict[str, Any]:
        seeds = self.means[name]
        differences = np.concatenate(self.paired[name], axis=1) - base
        return {
            "steps": name,
            **{key: float(np.mean([each[key] for each in seeds])) for key in seeds[0]},
            "differences": {
                key: {"mean": float(each.mean()), "se": float(each.std() / np.sqrt(each.size))}
                for key, each in zip(PAIRED, differences, strict=True)
            },
        }


def compare_steps(
    events: RatedEvents, catalogue: Catalogue | None, *, seeds: Sequence[int]
) -> dict[str, Any]:
    """What steps and other defaults change by `strong` and `graded`, and for short histories."""
    likes, ratings, short = _Compared(), _Compared(), _Short()
    for seed in seeds:
        split = split_strong(events, seed, catalogue)
        trained = Trained.of(split.training)
        likes.add(trained, split.validation, VARIANTS)
        _add_dimensions(likes.steps, trained, split.validation)
        # The training set of both protocols is the same.
        short.add(trained, split_new_users(events, seed, catalogue).validation)
        graded = split_graded(events, seed, catalogue)
        some = {name: VARIANTS[name] for name in GRADED}
        ratings.add(Trained.of(graded.training), graded.validation, some)
    return {
        "strong": likes.tables(),
        "graded": ratings.tables(),
        "known": KNOWN,
        "short": short.table(),
    }


@dataclass
class _Compared:
    """By one protocol."""

    steps: _Rows = field(default_factory=_Rows)
    defaults: _Rows = field(default_factory=_Rows)

    def add(
        self, trained: Trained, part: HeldOut, variants: Mapping[str, PipelineSettings]
    ) -> None:
        lists = ListMeasures.of(trained.training, part)
        scored = trained.scored(part)
        for rows, chosen in ((self.steps, variants), (self.defaults, OTHER_DEFAULTS)):
            for name, settings in chosen.items():
                rows.add(name, trained.rank(settings, scored), part, lists)

    def tables(self) -> dict[str, Any]:
        return {"steps": self.steps.table(BASE), "defaults": self.defaults.table(DEFAULTS)}


def _add_dimensions(rows: _Rows, trained: Trained, part: HeldOut) -> None:
    lists = ListMeasures.of(trained.training, part)
    scored = trained.scored(part)
    matrix = trained.training.interactions.matrix
    for dimensions in DIMENSIONS:
        vectors = co_rating_vectors(matrix, dimensions=dimensions)
        films = replace(trained.films, vectors=vectors)
        ranked = trained.rank(VARIANTS["+ diversity 1"], scored, films)
        rows.add(f"+ diversity 1, {dimensions} dimensions", ranked, part, lists)


@dataclass
class _Short:
    """Ndcg@20 by steps and films known, for each seed."""

    seeds: dict[str, list[FloatArray]] = field(default_factory=dict)

    def add(self, trained: Trained, part: HeldOut) -> None:
        if not len(part):
            return
        scored = trained.scored(part)
        popularity = trained.films.popularity
        popular = replace(scored, scores=np.tile(popularity, (len(part), 1)))
        self._add("popularity", trained.rank(NOTHING, popular), part)
        for name, settings in SHORT.items():
            self._add(name, trained.rank(settings, scored), part)

    def _add(self, name: str, ranked: RankedBlock, part: HeldOut) -> None:
        values = measure_rankings(ranked.items[:, :RANKED_DEPTH], part, ("ndcg@20",))
        by_known = values["ndcg@20"].reshape(len(KNOWN), -1).mean(axis=1)
        self.seeds.setdefault(name, []).append(by_known)

    def table(self) -> dict[str, list[float]]:
        return {name: np.mean(values, axis=0).tolist() for name, values in self.seeds.items()}
