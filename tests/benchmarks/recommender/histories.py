"""Lists for viewers whom training never saw, when only a part of what they rated is known."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Self

import numpy as np
from numpy.random import Generator, default_rng
from services.recommender.profiles import Profile, build_profile
from services.recommender.ranking import Ranking, recommend

from services.recommender.arrays import FloatArray, IntArray
from services.recommender.evaluation.events import LIKED_FROM
from services.recommender.evaluation.metrics import ndcg
from services.recommender.gram import fit_gram
from services.recommender.interactions import Interactions
from services.recommender.item_model import ItemModel
from services.recommender.local_ridge import LocalRidgeSettings, fit_local_ridge

from .ratings import Ratings

KNOWN = (1, 2, 3, 5, 10, 20)
DEPTH = 20
# More than anybody rates.
_ALL = sys.maxsize
# One viewer in six is held out, as in the protocol of `evaluate`.
_VIEWERS_PER_HELD_OUT = 6

Ranker = Callable[[ItemModel, Profile], Ranking]


def _shrunk(shrinkage: float) -> Ranker:
    return lambda model, profile: recommend(model, profile, limit=DEPTH, shrinkage=shrinkage)


def _shipped(model: ItemModel, profile: Profile) -> Ranking:
    return recommend(model, profile, limit=DEPTH)


def _popular(model: ItemModel, profile: Profile) -> Ranking:
    """The same films excluded, and nothing known of any of them."""
    nothing = replace(profile, weights=np.zeros_like(profile.weights))
    return recommend(model, nothing, limit=DEPTH)


SHORT_HISTORY_VARIANTS: Mapping[str, Ranker] = MappingProxyType(
    {
        "popularity only": _popular,
        "bare": _shrunk(0.0),
        "shrinkage 2": _shrunk(2.0),
        "as shipped": _shipped,
        "shrinkage 8": _shrunk(8.0),
    }
)
PLAIN_PRIOR = "prior: plain sum"


@dataclass(frozen=True)
class Viewer:
    """Ratings in the order they became known, and the liked films that a list should hold."""

    known: Ratings
    targets: IntArray

    def profile(self, count: int) -> Profile:
        """The first `count` films known; the others hidden, so that lists rank the same films."""
        ids, scores = self.known.item_ids, self.known.scores
        return build_profile(item_ids=ids[:count], scores=scores[:count], hidden_ids=ids[count:])


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
    """Ndcg@20 by variant and number of films known, as means over viewers and then seeds."""
    tables, counts = [], []
    for seed in seeds:
        held_out = HeldOutRatings.draw(ratings, default_rng(seed))
        viewers = held_out.viewers(lambda _: max(KNOWN))
        tables.append(_short_histories(held_out.train.to_interactions(), viewers))
        counts.append(len(viewers))
    return {"viewers": counts, "known": KNOWN, f"ndcg@{DEPTH}": _means(tables)}


def _short_histories(train: Interactions, viewers: Sequence[Viewer]) -> dict[str, list[float]]:
    model = _fit(train)
    table = {
        name: [_mean_ndcg(model, viewers, ranker, known=known) for known in KNOWN]
        for name, ranker in SHORT_HISTORY_VARIANTS.items()
    }
    plain = replace(model, popularity=train.popularity())
    table[PLAIN_PRIOR] = [_mean_ndcg(plain, viewers, _shipped, known=known) for known in KNOWN]
    return table


def measure_weights(ratings: Ratings, *, seeds: Sequence[int]) -> dict[str, object]:
    """Ndcg@20 when four fifths of each viewer's ratings are known, by the weights of ratings."""
    tables, counts = [], []
    for seed in seeds:
        held_out = HeldOutRatings.draw(ratings, default_rng(seed))
        viewers = held_out.viewers(lambda size: size - size // 5)
        tables.append(_weights(held_out.train, viewers))
        counts.append(len(viewers))
    return {"viewers": counts, f"ndcg@{DEPTH}": _means(tables)}


def _weights(train: Ratings, viewers: Sequence[Viewer]) -> dict[str, list[float]]:
    graded, likes = _fit(train.to_interactions()), _fit(train.to_likes())
    return {
        name: [_mean_ndcg(model, viewers, ranker)]
        for name, model, ranker in (
            ("all / graded", graded, _shipped),
            ("all / likes alone", graded, _likes_alone),
            ("likes alone / likes alone", likes, _likes_alone),
        )
    }


def _likes_alone(model: ItemModel, profile: Profile) -> Ranking:
    return recommend(model, replace(profile, weights=profile.liked.astype(np.float32)), limit=DEPTH)


def _fit(train: Interactions) -> ItemModel:
    return fit_local_ridge(fit_gram(train), LocalRidgeSettings())


def _cut(ratings: Ratings, known: int) -> Viewer:
    is_known = np.arange(ratings.scores.size) < known
    is_liked = ratings.scores >= LIKED_FROM
    return Viewer(ratings.take(is_known), ratings.item_ids[is_liked & ~is_known])


def _mean_ndcg(
    model: ItemModel, viewers: Sequence[Viewer], ranker: Ranker, *, known: int = _ALL
) -> float:
    hits = np.zeros((len(viewers), DEPTH), bool)
    for row, viewer in enumerate(viewers):
        listed = ranker(model, viewer.profile(known)).item_ids
        hits[row, : listed.size] = np.isin(listed, viewer.targets)
    counts = np.array([viewer.targets.size for viewer in viewers])
    return float(ndcg(hits, counts, DEPTH).mean())


def _means(tables: Sequence[Mapping[str, Sequence[float]]]) -> dict[str, list[float]]:
    means: dict[str, FloatArray] = {
        name: np.mean([table[name] for table in tables], axis=0) for name in tables[0]
    }
    return {name: values.tolist() for name, values in means.items()}
