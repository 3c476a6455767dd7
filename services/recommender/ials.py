"""Implicit ALS with frequency-scaled regularisation and targets that depend on the score.

Hu, Koren & Volinsky 2008 with the penalty of Rendle et al. 2021 (arXiv 2110.14037). Formulas:
docs/ALGORITHM.md.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from services.recommender import curves
from services.recommender.arrays import FloatArray, IntArray
from services.recommender.factor_rows import (
    Observations,
    Penalties,
    Side,
    principal_axes,
    solve_rows,
    write_system,
)
from services.recommender.interactions import Interactions
from services.recommender.model import Explanation, TrainingSet
from services.recommender.viewers import Viewers
from services.recommender.weights import UNARY, GradeCurve

_CURVES = ("confidence", "target")
# Viewers whose factors are solved to this share of the first residual, which takes 6-12 steps.
_FOLD_IN_TOLERANCE = 1e-6
_MOST_FOLD_IN_STEPS = 40
# From zero, users come as near to their factors as the epochs before had brought them.
_RESUMING_STEPS = 10
# Deviation of the first factors, before it is divided by the root of their number.
_SCALE = 0.1


@dataclass(frozen=True)
class IALSSettings:
    """Factors minimise sum c (t - u.v)^2 + unobserved * sum over all pairs (u.v)^2 + penalties.

    `confidence` c and `target` t are curves of the score. Factors u of n events are punished by
    regularisation * (n + unobserved * size of the other side) ** frequency_exponent * |u|^2.
    Each of the `epochs` solves users and then items with `steps` of conjugate gradients from
    where they were; at first factors are normal draws from `seed`.
    """

    factors: int = 256
    unobserved: float = 0.2
    regularisation: float = 0.01
    frequency_exponent: float = 1.0
    epochs: int = 8
    steps: int = 2
    seed: int = 0
    confidence: GradeCurve = UNARY
    target: GradeCurve = UNARY

    def penalties(self, counts: IntArray, others: int) -> Penalties:
        """For rows of `counts` events against `others` columns."""
        frequency = (counts + self.unobserved * others) ** self.frequency_exponent
        return Penalties(self.unobserved, (self.regularisation * frequency).astype(np.float32))


BINARY = IALSSettings()
GRADED = IALSSettings(
    factors=128,
    unobserved=0.3,
    regularisation=0.006,
    confidence=GradeCurve((0.5, 0.5, 0.7, 1.0, 1.2)),
    target=GradeCurve((0.6, 0.7, 0.8, 1.0, 1.05)),
)


@dataclass(frozen=True, eq=False)
class IALS:
    """`factors` float32[items, k] of the films in their principal axes, and their `spectrum`."""

    item_ids: IntArray
    factors: FloatArray
    spectrum: FloatArray
    settings: IALSSettings

    @cached_property
    def side(self) -> Side:
        return Side(self.factors, self.spectrum)

    def fold_in(self, viewers: Viewers) -> FloatArray:
        """Factors of the viewers, float32[viewers, k]."""
        seen = self._observe(viewers)
        return solve_rows(
            seen,
            self.side,
            self.settings.penalties(seen.counts, self.item_ids.size),
            steps=_MOST_FOLD_IN_STEPS,
            tolerance=_FOLD_IN_TOLERANCE,
        )

    def scores(self, viewers: Viewers) -> FloatArray:
        """u.v of each viewer and film, float32[viewers, items]."""
        scores: FloatArray = self.fold_in(viewers) @ self.factors.T
        return scores

    def explain(self, viewer: Viewers, items: IntArray) -> Explanation:
        """With A the viewer's system, film i of the profile adds c_i t_i * v_i' A^-1 v_j."""
        inputs, parts = self.fold_in_parts(viewer)
        return Explanation(items, inputs, self.factors[items].astype(np.float64) @ parts, {})

    def fold_in_parts(self, viewer: Viewers) -> tuple[IntArray, FloatArray]:
        """The films of the only viewer and what each adds to the factors, float64[k, films]."""
        seen = self._observe(viewer)
        penalties = self.settings.penalties(seen.counts, self.item_ids.size)
        system = write_system(seen, self.side, penalties, 0)
        inputs = seen.confidence.indices
        solved = cho_solve(cho_factor(system), self.factors[inputs].T.astype(np.float64))
        return inputs, solved * seen.pull

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays to store with `numpy.save`; each setting becomes an array of its own."""
        own = {"item_ids": self.item_ids, "factors": self.factors, "spectrum": self.spectrum}
        settings = {
            field.name: getattr(self.settings, field.name) for field in fields(self.settings)
        }
        return own | {
            f"settings.{name}": curves.to_array(value) if name in _CURVES else np.asarray(value)
            for name, value in settings.items()
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The inverse of `to_arrays`; arrays may be read-only memory maps and are not copied."""
        stored = {field.name: arrays[f"settings.{field.name}"] for field in fields(IALSSettings)}
        settings: dict[str, Any] = {
            name: curves.from_array(array) if name in _CURVES else array.item()
            for name, array in stored.items()
        }
        return cls(
            item_ids=np.asarray(arrays["item_ids"]),
            factors=np.asarray(arrays["factors"]),
            spectrum=np.asarray(arrays["spectrum"]),
            settings=IALSSettings(**settings),
        )

    def _observe(self, viewers: Viewers) -> Observations:
        confidence = viewers.weighted(self.settings.confidence)
        return Observations.of(confidence, self.settings.target(viewers.grades.data))


class Factorisation:
    """Factors of users and items on their way, epoch by epoch; in memory for the events twice."""

    def __init__(
        self,
        by_user: Observations,
        *,
        users: FloatArray,
        items: FloatArray,
        settings: IALSSettings,
        epochs_done: int = 0,
    ) -> None:
        self._by_user = by_user
        self._users = users
        self._settings = settings
        self.items = items
        self.epochs_done = epochs_done

    @classmethod
    def begin(cls, by_user: Observations, settings: IALSSettings) -> Self:
        users, items = draw_factors(by_user.confidence.shape, settings)
        return cls(by_user, users=users, items=items, settings=settings)

    @classmethod
    def resume(
        cls, by_user: Observations, items: FloatArray, settings: IALSSettings, *, epochs_done: int
    ) -> Self:
        """Go on from the `items` after so many epochs; the users are solved from nothing.

        The outcome is as converged as without the interruption, though not the same bit for bit.
        """
        side, _ = turn(items)
        penalties = settings.penalties(by_user.counts, len(items))
        users = solve_rows(by_user, side, penalties, steps=_RESUMING_STEPS)
        return cls(
            by_user, users=users, items=side.factors, settings=settings, epochs_done=epochs_done
        )

    def epochs(self) -> Iterator[int]:
        """Do the epochs that are left; after each, how many are done."""
        by_item = self._by_user.transposed()
        while self.epochs_done < self._settings.epochs:
            self._users, items = half_epoch(self._by_user, self._users, self.items, self._settings)
            self.items, self._users = half_epoch(by_item, items, self._users, self._settings)
            self.epochs_done += 1
            yield self.epochs_done

    def model(self, item_ids: IntArray) -> IALS:
        side, _ = turn(self.items)
        return IALS(item_ids, side.factors, side.spectrum, self._settings)


def fit(training_set: TrainingSet, settings: IALSSettings | None = None) -> IALS:
    chosen = settings or (GRADED if training_set.graded else BINARY)
    factorisation = Factorisation.begin(observe(training_set.interactions, chosen), chosen)
    for _ in factorisation.epochs():
        pass
    return factorisation.model(training_set.interactions.item_ids)


def observe(scores: Interactions, settings: IALSSettings) -> Observations:
    """Confidences and targets of the users' scores."""
    confidence = scores.weighted(settings.confidence).matrix
    return Observations.of(confidence, settings.target(scores.matrix.data))


def draw_factors(shape: tuple[int, int], settings: IALSSettings) -> tuple[FloatArray, FloatArray]:
    """First factors of users and items; more than there are rows would add nothing."""
    rng = default_rng(settings.seed)
    count = min(settings.factors, *shape)
    scale = np.float32(_SCALE / np.sqrt(max(count, 1)))
    users, items = (scale * rng.standard_normal((rows, count), np.float32) for rows in shape)
    return users, items


def half_epoch(
    observations: Observations, own: FloatArray, other: FloatArray, settings: IALSSettings
) -> tuple[FloatArray, FloatArray]:
    """New factors of the rows and the old ones of the other side, in the axes of the latter."""
    side, rotation = turn(other)
    penalties = settings.penalties(observations.counts, len(other))
    solved = solve_rows(observations, side, penalties, start=own @ rotation, steps=settings.steps)
    return solved, side.factors


def turn(factors: FloatArray) -> tuple[Side, FloatArray]:
    """Factors in their principal axes, and the rotation there."""
    spectrum, rotation = principal_axes(factors.T @ factors)
    return Side(factors @ rotation, spectrum), rotation
