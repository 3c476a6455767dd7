"""Recency and dislikes: what of a viewer's own events should count, and how much."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.random import default_rng

from services.recommender import local_ridge
from services.recommender.arrays import BoolArray, FloatArray, SparseArray
from services.recommender.entries import entries
from services.recommender.evaluation.events import LIKED_FROM, RatedEvents, days
from services.recommender.evaluation.holding_out import draw_parts, graded_training, part_of
from services.recommender.evaluation.lists import ListMeasures
from services.recommender.evaluation.running import measure, rankings
from services.recommender.evaluation.splits import HeldOut
from services.recommender.evaluation.strong import split_graded
from services.recommender.item_model import ItemModel
from services.recommender.recency import RecencySettings, fade
from services.recommender.viewers import Viewers
from services.recommender.weights import AGAINST_DISLIKES, FOLD_IN, GradeCurve

NDCG = "ndcg@100"
DISLIKED = "disliked@20"
CURVES: Mapping[str, GradeCurve] = MappingProxyType(
    {"FOLD_IN": FOLD_IN, "AGAINST_DISLIKES": AGAINST_DISLIKES}
)
FADING: Mapping[str, RecencySettings] = MappingProxyType(
    {
        "nothing fades": RecencySettings(half_life=None),
        "90 days, floor .2": RecencySettings(half_life=90),
        "180 days, floor .2": RecencySettings(half_life=180),
        "365 days, floor 0": RecencySettings(half_life=365, floor=0),
        "365 days, floor .2": RecencySettings(half_life=365),
        "730 days, floor 0": RecencySettings(half_life=730, floor=0),
        "730 days, floor .2": RecencySettings(half_life=730),
        "1,825 days, floor .2": RecencySettings(half_life=1825),
    }
)


@dataclass(frozen=True)
class _Timed:
    """Validation viewers whose newest fifth of ratings is held out, and the model of the rest.

    `ages` are days from each folded-in event to the newest of its viewer.
    """

    model: ItemModel
    part: HeldOut
    ages: FloatArray


def compare_curves(events: RatedEvents, *, seeds: Sequence[int]) -> list[dict[str, Any]]:
    """Accuracy and disliked films by what low ratings weigh in a profile, protocol `graded`."""
    found: dict[str, list[list[float]]] = {name: [] for name in CURVES}
    for seed in seeds:
        split = split_graded(events, seed)
        model, part = local_ridge.fit(split.training), split.validation
        lists = ListMeasures.of(split.training, part)
        for name, curve in CURVES.items():
            scorer = replace(model, fold_in=curve)
            accuracy = measure(scorer, part, (NDCG,))[NDCG]
            disliked = lists.of_each(rankings(scorer, part), part)[DISLIKED]
            found[name].append([float(accuracy.mean()), float(np.nanmean(disliked))])
    return [
        dict(zip(("curve", NDCG, DISLIKED), (name, *np.mean(values, axis=0).tolist()), strict=True))
        for name, values in found.items()
    ]


def compare_fading(events: RatedEvents, *, seeds: Sequence[int]) -> list[dict[str, Any]]:
    """Accuracy by how events fade; nothing where the ratings have no times."""
    if events.times is None:
        return []
    timed = [_timed(events, seed) for seed in seeds]
    by_way = {name: _accuracy(timed, settings) for name, settings in FADING.items()}
    base = by_way["nothing fades"]
    return [
        {
            "fading": name,
            "viewers": values.size,
            NDCG: float(values.mean()),
            "difference": float((values - base).mean()),
            "difference_se": float((values - base).std() / np.sqrt(values.size)),
        }
        for name, values in by_way.items()
    ]


def _accuracy(timed: Sequence[_Timed], settings: RecencySettings) -> FloatArray:
    return np.concatenate(
        [
            measure(
                each.model,
                replace(each.part, viewers=fade(each.part.viewers, each.ages, settings)),
                (NDCG,),
            )[NDCG]
            for each in timed
        ]
    )


def _timed(events: RatedEvents, seed: int) -> _Timed:
    parts = draw_parts(events.likes(), default_rng(seed))
    scores = part_of(events.matrix, parts.validation, parts.columns)
    moments = part_of(_with_times(events), parts.validation, parts.columns)
    newest, ages = _newest_fifth(moments)
    targets = entries(scores, newest & (scores.data >= LIKED_FROM))
    tested = np.diff(targets.indptr) > 0
    rows = np.repeat(np.arange(len(tested)), np.diff(scores.indptr))
    return _Timed(
        model=local_ridge.fit(graded_training(events, parts, None)),
        part=HeldOut(
            user_ids=events.user_ids[parts.validation][tested],
            viewers=Viewers(entries(scores, ~newest)[tested]),
            targets=targets[tested],
        ),
        ages=ages[~newest & tested[rows]],
    )


def _with_times(events: RatedEvents) -> Any:
    matrix, times = events.matrix, np.asarray(events.times, np.float64)
    return sp.csr_array((times, matrix.indices, matrix.indptr), shape=matrix.shape)


def _newest_fifth(moments: Any) -> tuple[BoolArray, FloatArray]:
    """Which entries are of the newest fifth of their row; days before the newest of the others."""
    newest, ages = np.zeros(moments.nnz, bool), np.zeros(moments.nnz)
    for entries_of_row in _rows(moments):
        times = moments.data[entries_of_row]
        order = np.argsort(times, kind="stable")
        known = times.size - times.size // 5
        newest[entries_of_row.start + order[known:]] = True
        ages[entries_of_row] = days(times[order[known - 1]] - times)
    return newest, ages


def _rows(matrix: SparseArray) -> Iterator[slice]:
    pointers = matrix.indptr.tolist()
    return (slice(start, stop) for start, stop in pairwise(pointers) if stop > start)
