"""Several models as one: their scores in standard deviations, weighed and added up.

Models that err in different ways correct each other; which weights are best is measured in
docs/ALGORITHM.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from services.recommender import ials, local_ridge
from services.recommender.arrays import FloatArray, IntArray
from services.recommender.kinds import KINDS, kind_of
from services.recommender.model import Explanation, Fit, Model, TrainingSet
from services.recommender.nested_arrays import under, within
from services.recommender.scaling import moments, popularity_discount, z_scores
from services.recommender.user_kernel import UserKernelSettings, fit_user_kernel
from services.recommender.viewers import Viewers

# Scores of a block of viewers: 8 MB for each of a few arrays, so that they stay in the cache.
_ENTRIES = 2_000_000


@dataclass(frozen=True)
class Member:
    """What to fit, and its weight in the blend.

    Before they are standardised, the scores of film j are multiplied by
    (d_j / mean d) ** -`popularity_discount`, d_j being its events.
    """

    fit: Fit
    weight: float
    popularity_discount: float = 0.0


@dataclass(frozen=True)
class BlendSettings:
    """`members` by the names that explanations and stored arrays call them."""

    members: Mapping[str, Member]


PAIR = BlendSettings(
    MappingProxyType(
        {"local_ridge": Member(local_ridge.fit, 0.5), "ials": Member(ials.fit, 0.5)},
    )
)

# The kernel's weight in a blend of three rises with the users towards the most.
_MOST_KERNEL_WEIGHT = 0.75
_HALF_KERNEL_WEIGHT_USERS = 1_000
_RIDGE_PART_OF_REST = 0.375


def trio(users: int) -> BlendSettings:
    """Three models for a small population: alike users tell the more, the more of them there are.

    Of 4,000 users the kernel weighs .60, of 400 it weighs .21; the others share the rest 3 to 5.
    """
    kernel = _MOST_KERNEL_WEIGHT * users / (users + _HALF_KERNEL_WEIGHT_USERS)
    ridge = _RIDGE_PART_OF_REST * (1 - kernel)
    return BlendSettings(
        MappingProxyType(
            {
                "local_ridge": Member(local_ridge.fit, ridge),
                "ials": Member(ials.fit, 1 - kernel - ridge),
                "user_kernel": Member(fit_user_kernel, kernel),
            }
        )
    )


@dataclass(frozen=True, eq=False)
class Part:
    """A fitted member; `discount` float32[items] multiplies its scores, None where nothing does."""

    name: str
    model: Model
    weight: float
    discount: FloatArray | None = None

    def scores(self, viewers: Viewers) -> FloatArray:
        """float32[viewers, items], before they are standardised."""
        scores = self.model.scores(viewers).astype(np.float32, copy=False)
        return scores if self.discount is None else scores * self.discount

    def explain(self, viewer: Viewers, items: IntArray) -> Explanation:
        """The part's share of the blended scores of `items`."""
        mean, inverse = moments(self.scores(viewer)[0])
        told = self.model.explain(viewer, items)
        scale = self._scale(items) * inverse
        constants = {
            f"{self.name}.{name}": constant * scale for name, constant in told.constants.items()
        }
        constants[f"{self.name}.normalisation"] = np.full(items.size, -self.weight * inverse * mean)
        contributions = told.contributions * scale[:, None]
        if not contributions.any():
            constants = {self.name: np.sum(list(constants.values()), axis=0)}
        return Explanation(items, told.inputs, contributions, constants)

    def _scale(self, items: IntArray) -> FloatArray:
        if self.discount is None:
            return np.full(items.size, self.weight)
        return self.weight * self.discount[items].astype(np.float64)


@dataclass(frozen=True, eq=False)
class Blend:
    """The sum of weight x z(scores) over the `parts`; z is each viewer's own, over all films."""

    parts: Sequence[Part]

    def __post_init__(self) -> None:
        if not self.parts:
            raise ValueError("a blend needs a member")
        for part in self.parts:
            if not np.array_equal(part.model.item_ids, self.item_ids):
                raise ValueError(f"{part.name} knows other films than {self.parts[0].name}")

    @property
    def item_ids(self) -> IntArray:
        return self.parts[0].model.item_ids

    def scores(self, viewers: Viewers) -> FloatArray:
        """float32[viewers, items]."""
        scores = np.zeros((len(viewers), self.item_ids.size), np.float32)
        for rows, block in blocks(viewers):
            for part in self.parts:
                scaled = z_scores(part.scores(block))
                scaled *= np.float32(part.weight)
                scores[rows] += scaled
        return scores

    def explain(self, viewer: Viewers, items: IntArray) -> Explanation:
        """Contributions of all parts together; constants are called after the part they are of.

        `<part>.normalisation` is what its mean takes away. A part that no film of the profile adds
        to is one constant of its own name.
        """
        told = [part.explain(viewer, items) for part in self.parts]
        inputs = np.unique(np.concatenate([each.inputs for each in told]))
        contributions = np.zeros((items.size, inputs.size))
        constants: dict[str, FloatArray] = {}
        for each in told:
            contributions[:, np.searchsorted(inputs, each.inputs)] += each.contributions
            constants |= each.constants
        return Explanation(items, inputs, contributions, constants)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The members' arrays under `<part>.model.`, what the blend knows of each beside them."""
        arrays: dict[str, NDArray[Any]] = {"parts": np.asarray([part.name for part in self.parts])}
        for part in self.parts:
            arrays[f"{part.name}.kind"] = np.asarray(kind_of(part.model))
            arrays[f"{part.name}.weight"] = np.asarray(part.weight)
            if part.discount is not None:
                arrays[f"{part.name}.discount"] = part.discount
            arrays |= under(f"{part.name}.model", part.model.to_arrays())
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The inverse of `to_arrays`; arrays may be read-only memory maps and are not copied."""
        return cls(
            [
                Part(
                    name=name,
                    model=KINDS[str(arrays[f"{name}.kind"])].from_arrays(
                        within(f"{name}.model", arrays)
                    ),
                    weight=float(arrays[f"{name}.weight"]),
                    discount=arrays.get(f"{name}.discount"),
                )
                for name in arrays["parts"].tolist()
            ]
        )


def fit_blend(training_set: TrainingSet, settings: BlendSettings | None = None) -> Blend:
    """By default the three models of small populations, or the two that any number can have."""
    chosen = settings or default_settings(training_set)
    return Blend(
        [
            Part(
                name=name,
                model=member.fit(training_set),
                weight=member.weight,
                discount=_discount(training_set, member.popularity_discount),
            )
            for name, member in chosen.members.items()
        ]
    )


def blocks(viewers: Viewers) -> Iterator[tuple[slice, Viewers]]:
    """Few enough viewers at once for their scores of all films, with the rows that they are."""
    size = max(_ENTRIES // max(viewers.grades.shape[1], 1), 1)
    for start in range(0, len(viewers), size):
        stop = min(start + size, len(viewers))
        yield slice(start, stop), viewers.rows(start, stop)


def default_settings(training_set: TrainingSet) -> BlendSettings:
    users = training_set.interactions.matrix.shape[0]
    return trio(users) if users <= UserKernelSettings.max_users else PAIR


def _discount(training_set: TrainingSet, exponent: float) -> FloatArray | None:
    if exponent == 0:
        return None
    matrix = training_set.interactions.matrix
    return popularity_discount(np.bincount(matrix.indices, minlength=matrix.shape[1]), exponent)
