"""Strong generalisation: how well a model ranks the films that unseen viewers liked.

The protocol of Liang et al. 2018 (arXiv 1802.05814) as docs/ALGORITHM.md writes it down; its draws
of random numbers come in a fixed order, so that a seed means the same split everywhere.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy.sparse as sp
from numpy.random import Generator, default_rng
from numpy.typing import ArrayLike

from services.recommender.arrays import BoolArray, FloatArray, IntArray, SparseArray
from services.recommender.interactions import Interactions
from services.recommender.metrics import METRIC_DEPTH, METRICS, rank, score_ranking

LIKED_FROM = 8
MIN_EVENTS = 5
HELD_OUT_USERS = 10_000
# Users scored at once; the dense scores of 512 users x 20,000 items take 82 MB.
_BLOCK = 512


class TooFewUsersError(Exception):
    """The ratings hold too few users with enough likes; only more ratings heal it."""


class Scorer(Protocol):
    """A trained model: scores of all items for viewers given by their folded-in events."""

    def scores(self, fold_in: SparseArray) -> FloatArray: ...


ScorerFactory = Callable[[Interactions], Scorer]


@dataclass(frozen=True)
class HeldOut:
    """Viewers unknown to training: what is folded in and what should be found, users x items."""

    fold_in: SparseArray
    targets: SparseArray


@dataclass(frozen=True)
class Split:
    train: Interactions
    validation: HeldOut
    test: HeldOut


@dataclass(frozen=True)
class Result:
    """One model on the test viewers of each seed: per-user values of every metric, and seconds."""

    model: str
    metrics: Sequence[Mapping[str, FloatArray]]
    train_seconds: Sequence[float]

    @property
    def user_counts(self) -> list[int]:
        """Test users of each seed."""
        return [values[METRICS[0]].size for values in self.metrics]

    def row(self) -> dict[str, str | float]:
        """Means over users and then seeds, each with its standard error under `<metric>_se`.

        The error is that of the mean over seeds, or over users where there is only one seed.
        """
        row: dict[str, str | float] = {"model": self.model}
        for name in METRICS:
            per_seed = [values[name] for values in self.metrics]
            row[name] = float(np.mean([values.mean() for values in per_seed]))
            row[f"{name}_se"] = _standard_error(per_seed)
        row["train_seconds"] = float(np.mean(self.train_seconds))
        return row


def liked_events(*, user_ids: ArrayLike, item_ids: ArrayLike, scores: ArrayLike) -> Interactions:
    """Binary likes (score >= 8) of the users who have at least 5 of them."""
    liked = np.asarray(scores) >= LIKED_FROM
    users, items = np.asarray(user_ids)[liked], np.asarray(item_ids)[liked]
    likes = Interactions.from_events(user_ids=users, item_ids=items, weights=np.ones(users.size))
    kept = np.diff(likes.matrix.indptr) >= MIN_EVENTS
    return Interactions(likes.user_ids[kept], likes.item_ids, likes.matrix[kept])


def split_strong(likes: Interactions, *, seed: int) -> Split:
    """Users apart into train, validation and test; a fifth of a held-out user's events to find.

    Raises TooFewUsersError where no user could be held out.
    """
    rng = default_rng(seed)
    users = likes.user_ids.size
    shuffled = rng.permutation(users)
    count = min(HELD_OUT_USERS, users // 6)
    if count == 0:
        raise TooFewUsersError(f"{users} users with {MIN_EVENTS} likes or more are too few")
    train = _train_part(likes, np.sort(shuffled[2 * count :]))
    columns = np.searchsorted(likes.item_ids, train.item_ids)
    matrix = likes.matrix[:, columns]
    validation = _hold_out(matrix[np.sort(shuffled[count : 2 * count])], rng)
    test = _hold_out(matrix[np.sort(shuffled[:count])], rng)
    return Split(train, validation, test)


def evaluate(
    likes: Interactions,
    *,
    seeds: Sequence[int],
    models: Mapping[str, ScorerFactory],
    clock: Callable[[], float],
) -> list[Result]:
    """Train every model on the split of every seed and score it on the test users.

    Raises TooFewUsersError where a split has nobody to test with.
    """
    metrics: dict[str, list[dict[str, FloatArray]]] = {name: [] for name in models}
    seconds: dict[str, list[float]] = {name: [] for name in models}
    for seed in seeds:
        split = split_strong(likes, seed=seed)
        if not split.test.targets.shape[0]:
            raise TooFewUsersError(f"seed {seed} leaves no test user with {MIN_EVENTS} known likes")
        for name, fit in models.items():
            started = clock()
            scorer = fit(split.train)
            seconds[name].append(clock() - started)
            metrics[name].append(score_held_out(scorer, split.test))
    return [Result(name, metrics[name], seconds[name]) for name in models]


def score_held_out(scorer: Scorer, part: HeldOut) -> dict[str, FloatArray]:
    """Every metric for every user of the part, float64[users]."""
    blocks = [
        _score_block(scorer, part, start) for start in range(0, part.fold_in.shape[0], _BLOCK)
    ]
    return {name: np.concatenate([block[name] for block in blocks]) for name in METRICS}


def _score_block(scorer: Scorer, part: HeldOut, start: int) -> dict[str, FloatArray]:
    fold_in, targets = part.fold_in[start : start + _BLOCK], part.targets[start : start + _BLOCK]
    scores = np.array(scorer.scores(fold_in), np.float64)
    scores[fold_in.nonzero()] = -np.inf
    return score_ranking(rank(scores, METRIC_DEPTH), targets)


def _train_part(likes: Interactions, rows: IntArray) -> Interactions:
    matrix = likes.matrix[rows]
    columns = np.unique(matrix.indices)
    return Interactions(likes.user_ids[rows], likes.item_ids[columns], matrix[:, columns])


def _hold_out(events: SparseArray, rng: Generator) -> HeldOut:
    """Draw the targets of each user in turn; users who keep fewer than 5 events are left out."""
    is_target = np.zeros(events.nnz, bool)
    events.sort_indices()
    counts = np.diff(events.indptr)
    for row in np.flatnonzero(counts >= MIN_EVENTS):
        drawn = rng.choice(counts[row], counts[row] // 5, replace=False)
        is_target[events.indptr[row] + drawn] = True
    with_targets = counts >= MIN_EVENTS
    return HeldOut(
        fold_in=_entries(events, ~is_target)[with_targets],
        targets=_entries(events, is_target)[with_targets],
    )


def _entries(events: SparseArray, chosen: BoolArray) -> SparseArray:
    kept: SparseArray = sp.csr_array(
        (np.where(chosen, events.data, 0), events.indices, events.indptr), shape=events.shape
    ).copy()
    kept.eliminate_zeros()
    return kept


def _standard_error(per_seed: Sequence[FloatArray]) -> float:
    sample = [values.mean() for values in per_seed] if len(per_seed) > 1 else per_seed[0]
    return float(np.std(sample, ddof=1) / np.sqrt(len(sample))) if len(sample) > 1 else 0.0
