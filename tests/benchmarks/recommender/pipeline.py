"""What each step of the pipeline changes in the lists of validation viewers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Self

import numpy as np

from services.recommender import local_ridge
from services.recommender.arrays import FloatArray
from services.recommender.catalogue import Catalogue
from services.recommender.evaluation.events import RatedEvents
from services.recommender.evaluation.lists import ListMeasures
from services.recommender.evaluation.new_users import KNOWN, split_new_users
from services.recommender.evaluation.running import RANKED_DEPTH, measure_rankings
from services.recommender.evaluation.splits import HeldOut
from services.recommender.evaluation.strong import split_strong
from services.recommender.item_model import ItemModel
from services.recommender.model import TrainingSet
from services.recommender.pipeline.diversity import co_rating_vectors
from services.recommender.pipeline.films import Films
from services.recommender.pipeline.ranking import Pipeline, RankedBlock, ScoredViewers
from services.recommender.pipeline.settings import PipelineSettings

ACCURACY = ("recall@20", "ndcg@20", "ndcg@100")
OF_LISTS = ("coverage@20", "novelty@20", "diversity@20", "calibration@20")
PAIRED = "ndcg@100"

NOTHING = PipelineSettings(
    shrinkage=0.0, popularity_debias=0.0, diversity=0.0, calibration=0.0, exploration_rate=0.0
)
SHRUNK = replace(NOTHING, shrinkage=PipelineSettings.shrinkage)
UNEXPLORED = replace(PipelineSettings(), exploration_rate=0.0)
BASE = "shrinkage 4"

VARIANTS: Mapping[str, PipelineSettings] = MappingProxyType(
    {
        "scores alone": NOTHING,
        BASE: SHRUNK,
        "+ debias .2": replace(SHRUNK, popularity_debias=0.2),
        "+ debias .4": replace(SHRUNK, popularity_debias=0.4),
        "+ debias .6": replace(SHRUNK, popularity_debias=0.6),
        "+ debias .4, at half from 4 likes": replace(
            SHRUNK, popularity_debias=0.4, debias_evidence=4.0
        ),
        "+ diversity .5": replace(SHRUNK, diversity=0.5),
        "+ diversity 1": replace(SHRUNK, diversity=1.0),
        "+ diversity 2": replace(SHRUNK, diversity=2.0),
        "+ calibration 2": replace(SHRUNK, calibration=2.0),
        "+ calibration 4": replace(SHRUNK, calibration=4.0),
        "+ calibration 8": replace(SHRUNK, calibration=8.0),
        "+ freshness .1": replace(SHRUNK, freshness=0.1),
        "+ freshness .3": replace(SHRUNK, freshness=0.3),
        "+ exploration .1": replace(SHRUNK, exploration_rate=0.1),
        "+ exploration 1": replace(SHRUNK, exploration_rate=1.0),
        "as shipped": PipelineSettings(),
        "as shipped, unexplored": UNEXPLORED,
        "as shipped, unexplored and unsorted": replace(UNEXPLORED, page=1),
    }
)
# Ways to debias that divide, as the literature does: scores of either sign only above 0.
DIVIDED: Mapping[str, float] = MappingProxyType(
    {"scores / popularity^.1": 0.1, "scores / popularity^.2": 0.2}
)
DIMENSIONS = (16, 256)
FAMILIAR: Mapping[str, PipelineSettings] = MappingProxyType(
    {
        "scores alone": NOTHING,
        BASE: SHRUNK,
        "+ debias .4, at half from 4 likes": VARIANTS["+ debias .4, at half from 4 likes"],
        "+ debias .4": VARIANTS["+ debias .4"],
        "+ diversity 1": VARIANTS["+ diversity 1"],
        "+ calibration 4": VARIANTS["+ calibration 4"],
        "as shipped, unexplored": UNEXPLORED,
    }
)


@dataclass(frozen=True)
class Trained:
    """A model of one split with what the pipeline knows of its films."""

    training: TrainingSet
    model: ItemModel
    films: Films
    this_year: int

    @classmethod
    def of(cls, training: TrainingSet) -> Self:
        films = Films.of(training)
        return cls(training, local_ridge.fit(training), films, int(films.years.max(initial=0)))

    def rank(
        self, settings: PipelineSettings, scored: ScoredViewers, films: Films | None = None
    ) -> RankedBlock:
        return Pipeline(settings, films or self.films, self.this_year).rank(scored)

    def scored(self, part: HeldOut) -> ScoredViewers:
        scores = self.model.scores(part.viewers)
        return ScoredViewers(scores, part.viewers, part.user_ids, np.zeros_like(part.user_ids))


@dataclass
class _Rows:
    """Metrics by variant, and for each seed and viewer the one that variants are paired by."""

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
        self.paired.setdefault(name, []).append(accuracy[PAIRED])

    def table(self) -> list[dict[str, Any]]:
        base = np.concatenate(self.paired[BASE])
        return [self._row(name, base) for name in self.means]

    def _row(self, name: str, base: FloatArray) -> dict[str, Any]:
        seeds = self.means[name]
        difference = np.concatenate(self.paired[name]) - base
        return {
            "steps": name,
            **{key: float(np.mean([each[key] for each in seeds])) for key in seeds[0]},
            "difference": float(difference.mean()),
            "difference_se": float(difference.std() / np.sqrt(difference.size)),
        }


def compare_steps(
    events: RatedEvents, catalogue: Catalogue | None, *, seeds: Sequence[int]
) -> dict[str, Any]:
    """A row for each variant, protocol `strong`; and what steps do for short histories."""
    rows, short = _Rows(), _Short()
    for seed in seeds:
        split = split_strong(events, seed, catalogue)
        trained = Trained.of(split.training)
        _add_variants(rows, trained, split.validation)
        # The training set of both protocols is the same.
        short.add(trained, split_new_users(events, seed, catalogue).validation)
    return {"steps": rows.table(), "known": KNOWN, "short": short.table()}


def _add_variants(rows: _Rows, trained: Trained, part: HeldOut) -> None:
    lists = ListMeasures.of(trained.training, part)
    scored = trained.scored(part)
    for name, settings in VARIANTS.items():
        rows.add(name, trained.rank(settings, scored), part, lists)
    for name, exponent in DIVIDED.items():
        divisor = np.maximum(trained.films.popularity, 1) ** np.float32(exponent)
        divided = replace(scored, scores=scored.scores / divisor)
        rows.add(name, trained.rank(SHRUNK, divided), part, lists)
    matrix = trained.training.interactions.matrix
    for dimensions in DIMENSIONS:
        films = replace(trained.films, vectors=co_rating_vectors(matrix, dimensions=dimensions))
        ranked = trained.rank(replace(SHRUNK, diversity=1.0), scored, films)
        rows.add(f"+ diversity 1, {dimensions} dimensions", ranked, part, lists)


@dataclass
class _Short:
    """Ndcg@20 by steps and films known, for each seed."""

    seeds: dict[str, list[FloatArray]] = field(default_factory=dict)

    def add(self, trained: Trained, part: HeldOut) -> None:
        if not len(part):
            return
        scored = trained.scored(part)
        popular = replace(scored, scores=np.tile(trained.films.popularity, (len(part), 1)))
        self._add("popularity", trained.rank(NOTHING, popular), part)
        for name, settings in FAMILIAR.items():
            self._add(name, trained.rank(settings, scored), part)

    def _add(self, name: str, ranked: RankedBlock, part: HeldOut) -> None:
        values = measure_rankings(ranked.items[:, :RANKED_DEPTH], part, ("ndcg@20",))
        by_known = values["ndcg@20"].reshape(len(KNOWN), -1).mean(axis=1)
        self.seeds.setdefault(name, []).append(by_known)

    def table(self) -> dict[str, list[float]]:
        return {name: np.mean(values, axis=0).tolist() for name, values in self.seeds.items()}
