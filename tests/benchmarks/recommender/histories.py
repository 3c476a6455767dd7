"""Lists for viewers whom training never saw, when only a part of what they rated is known."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import scipy.sparse as sp
from numpy.random import Generator, default_rng

from services.recommender.arrays import FloatArray, IntArray
from services.recommender.blend import fit_blend
from services.recommender.entries import with_data
from services.recommender.evaluation.events import LIKED_FROM
from services.recommender.evaluation.metrics import ndcg
from services.recommender.gram import fit_gram
from services.recommender.interactions import Interactions
from services.recommender.item_model import ItemModel
from services.recommender.local_ridge import LocalRidgeSettings, fit_local_ridge
from services.recommender.model import Model, TrainingSet
from services.recommender.pipeline.candidates import NOTHING as NO_FILM
from services.recommender.pipeline.films import Films
from services.recommender.pipeline.ranking import Pipeline, ScoredViewers
from services.recommender.pipeline.settings import PipelineSettings
from services.recommender.related_films import edges_of
from services.recommender.viewers import Viewers
from services.recommender.weights import TRAINING, UNARY

from .pipeline import NOTHING, SHRINKAGES, SHRUNK
from .ratings import Ratings

KNOWN = (1, 2, 3, 5, 10, 20)
DEPTH = 20
# More than anybody rates.
_ALL = sys.maxsize
# One viewer in six is held out, as in the protocol of `evaluate`.
_VIEWERS_PER_HELD_OUT = 6

POPULARITY_ONLY = "popularity only"
SQUARED_PRIOR = "prior: sum of squares"


@dataclass(frozen=True)
class Viewer:
    """Ratings in the order they became known, and the liked films that a list should hold."""

    known: Ratings
    targets: IntArray


@dataclass(frozen=True)
class Ranker:
    """A model and the popularity of its films, of which lists are made without re-ranking."""

    model: Model
    popularity: FloatArray

    def ndcg(self, viewers: Sequence[Viewer], grades: Viewers, settings: PipelineSettings) -> float:
        """The mean over viewers of ndcg@20."""
        scored = ScoredViewers(
            self.model.scores(grades), grades, np.arange(len(viewers)), np.zeros(len(viewers), int)
        )
        items = Pipeline(settings, self._films()).rank(scored).items[:, :DEPTH]
        listed = np.where(items == NO_FILM, -1, self.model.item_ids[items])
        hits = np.array(
            [np.isin(row, viewer.targets) for row, viewer in zip(listed, viewers, strict=True)]
        )
        counts = np.array([viewer.targets.size for viewer in viewers])
        return float(ndcg(hits, counts, DEPTH).mean())

    def grades(self, viewers: Sequence[Viewer], *, known: int = _ALL, least: int = 1) -> Viewers:
        """The first `known` films of each, if they have `least` points; the others are hidden.

        So lists of any number of films known rank the same films.
        """
        sizes = [viewer.known.scores.size for viewer in viewers]
        rows = np.repeat(np.arange(len(viewers)), sizes)
        ratings = [viewer.known for viewer in viewers]
        scores = np.concatenate([each.scores for each in ratings])
        places = np.concatenate([np.arange(size) for size in sizes])
        told = np.where((places < known) & (scores >= least), scores, 0).astype(np.float32)
        ids = np.concatenate([each.item_ids for each in ratings])
        columns = np.searchsorted(self.model.item_ids, ids)
        shape = (len(viewers), self.model.item_ids.size)
        matrix = sp.csr_array((told, (rows, columns)), shape=shape)
        matrix.sort_indices()
        return Viewers(matrix)

    def _films(self) -> Films:
        items = self.model.item_ids.size
        return Films(
            item_ids=self.model.item_ids,
            events=np.ones(items, np.int32),
            popularity=self.popularity,
            vectors=np.zeros((items, 1), np.float32),
            genres=np.zeros((items, 0), bool),
            years=np.zeros(items, np.int32),
            related=edges_of(None, self.model.item_ids),
        )


@dataclass(frozen=True)
class HeldOutRatings:
    """What training sees, and the ratings of each viewer it does not see, in random order."""

    train: Ratings
    apart: Sequence[Ratings]

    @classmethod
    def draw(cls, ratings: Ratings, rng: Generator) -> Self:
        users = np.unique(ratings.user_ids)
        drawn = np.sort(rng.permutation(users)[: users.size // _VIEWERS_PER_HELD_OUT])
        is_apart = np.isin(ratings.user_ids, drawn)
        train = ratings.take(~is_apart)
        apart = ratings.take(is_apart & np.isin(ratings.item_ids, train.item_ids))
        orders = (rng.permutation(np.flatnonzero(apart.user_ids == user)) for user in drawn)
        return cls(train, [apart.take(order) for order in orders])

    def viewers(self, known: Callable[[int], int]) -> list[Viewer]:
        """Of n ratings the first `known(n)` are known; who has no like left is left out."""
        cut = (_cut(ratings, known(ratings.scores.size)) for ratings in self.apart)
        return [viewer for viewer in cut if viewer.targets.size]


def measure_short_histories(ratings: Ratings, *, seeds: Sequence[int]) -> dict[str, object]:
    """Ndcg@20 of the blend by variant and films known, as means over viewers and then seeds."""
    tables, counts = [], []
    for seed in seeds:
        held_out = HeldOutRatings.draw(ratings, default_rng(seed))
        viewers = held_out.viewers(lambda _: max(KNOWN))
        tables.append(_short_histories(held_out.train.to_scores(), viewers))
        counts.append(len(viewers))
    return {"viewers": counts, "known": KNOWN, f"ndcg@{DEPTH}": _means(tables)}


def _short_histories(train: Interactions, viewers: Sequence[Viewer]) -> dict[str, list[float]]:
    weighted = train.weighted(TRAINING)
    ranker = Ranker(fit_blend(TrainingSet(train, graded=True)), weighted.popularity())
    told = [ranker.grades(viewers, known=known) for known in KNOWN]
    nothing = ranker.grades(viewers, known=0)
    table = {POPULARITY_ONLY: [ranker.ndcg(viewers, nothing, SHRUNK)] * len(KNOWN)}
    for name, settings in {"no shrinkage": NOTHING, **SHRINKAGES}.items():
        table[name] = [ranker.ndcg(viewers, grades, settings) for grades in told]
    squared = replace(ranker, popularity=_sum_of_squares(weighted))
    table[SQUARED_PRIOR] = [squared.ndcg(viewers, grades, SHRUNK) for grades in told]
    return table


def _sum_of_squares(weighted: Interactions) -> FloatArray:
    squares = with_data(weighted.matrix, weighted.matrix.data**2)
    return replace(weighted, matrix=squares).popularity()


def measure_weights(ratings: Ratings, *, seeds: Sequence[int]) -> dict[str, object]:
    """Ndcg@20 of local ridge, four fifths of each viewer's ratings known, by their weights."""
    tables, counts = [], []
    for seed in seeds:
        held_out = HeldOutRatings.draw(ratings, default_rng(seed))
        viewers = held_out.viewers(lambda size: size - size // 5)
        tables.append(_weights(held_out.train, viewers))
        counts.append(len(viewers))
    return {"viewers": counts, f"ndcg@{DEPTH}": _means(tables)}


def _weights(train: Ratings, viewers: Sequence[Viewer]) -> dict[str, list[float]]:
    ratings, likes = train.to_interactions(), train.to_likes()
    graded, plain = _local_ridge(ratings), _local_ridge(likes)
    ranker = Ranker(graded, ratings.popularity())
    return {
        "all / graded": [ranker.ndcg(viewers, ranker.grades(viewers), SHRUNK)],
        "all / likes alone": [_likes_alone(graded, ratings, viewers)],
        "likes alone / likes alone": [_likes_alone(plain, likes, viewers)],
    }


def _local_ridge(train: Interactions) -> ItemModel:
    return fit_local_ridge(fit_gram(train), LocalRidgeSettings())


def _likes_alone(model: ItemModel, train: Interactions, viewers: Sequence[Viewer]) -> float:
    unary = Ranker(replace(model, fold_in=UNARY), train.popularity())
    grades = unary.grades(viewers, least=LIKED_FROM)
    return unary.ndcg(viewers, grades, replace(SHRUNK, evidence=UNARY))


def _cut(ratings: Ratings, known: int) -> Viewer:
    is_known = np.arange(ratings.scores.size) < known
    is_liked = ratings.scores >= LIKED_FROM
    return Viewer(ratings.take(is_known), ratings.item_ids[is_liked & ~is_known])


def _means(tables: Sequence[Mapping[str, Sequence[float]]]) -> dict[str, list[float]]:
    means: dict[str, FloatArray] = {
        name: np.mean([table[name] for table in tables], axis=0) for name in tables[0]
    }
    return {name: values.tolist() for name, values in means.items()}
