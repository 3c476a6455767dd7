"""Experiments again and again, in memory: how often the rule misleads, and how soon it finds."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator, default_rng

from apps.recommendations.experimenting.assignment import Arm, Assignment
from apps.recommendations.experimenting.sequential import (
    ALPHA,
    MISMATCH_ALPHA,
    Difference,
    Sums,
    difference,
    mismatch_p,
    tell,
)
from services.recommender.arrays import BoolArray, FloatArray, IntArray

from .audience import CONTROL, Audience, visit

EFFECT = 0.1
_ARMS = (0, 1)


@dataclass
class Counted:
    """Of how many repetitions: `sequential` and `fixed` say that a look left 0 out, `once` that
    the last one did, alone; `covered` that the always-valid interval held the truth at all looks,
    `covered_once` that the fixed one did at the last. `days` are those of the first decisions.
    """

    truth: float
    repetitions: int = 0
    sequential: int = 0
    fixed: int = 0
    once: int = 0
    covered: int = 0
    covered_once: int = 0
    mismatched: int = 0
    days: list[int] = field(default_factory=list)
    estimates: list[float] = field(default_factory=list)

    def add(self, looks: list[tuple[int, Difference]], *, mismatch: float | None) -> None:
        decided = [day for day, look in looks if look.p <= ALPHA]
        last = looks[-1][1]
        self.repetitions += 1
        self.sequential += bool(decided)
        self.days += decided[:1]
        self.fixed += any(not _holds(look.fixed, 0) for _, look in looks)
        self.once += not _holds(last.fixed, 0)
        self.covered += all(_holds(look.always, self.truth) for _, look in looks)
        self.covered_once += _holds(last.fixed, self.truth)
        self.mismatched += mismatch is not None and mismatch < MISMATCH_ALPHA
        self.estimates.append(last.estimate)


def repeat(
    audience: Audience, variant: str, *, repetitions: int, viewers: int, days: int, seed: int = 0
) -> Counted:
    """Control against a variant, half of the viewers each; the control itself for no effect."""
    counted = Counted(audience.rate(variant) - audience.rate(CONTROL))
    for number in range(repetitions):
        rng = default_rng([seed, number])
        arms = assigned(f"{variant} {seed} {number}", viewers)
        looks, counts = _run(rng, audience, variant, arms, days)
        counted.add(list(looks), mismatch=mismatch_p(counts, [1, 1]))
    return counted


def assigned(salt: str, viewers: int) -> IntArray:
    """0 for the control and 1 for the variant, as the platform assigns viewers from 1 on."""
    assignment = Assignment(salt, tuple(Arm(arm, 500) for arm in _ARMS))
    found = (assignment.arm_of(user_id) for user_id in range(1, viewers + 1))
    return np.array([arm.variant_id if arm else -1 for arm in found])


def _run(
    rng: Generator, audience: Audience, variant: str, arms: IntArray, days: int
) -> tuple[Iterator[tuple[int, Difference]], list[int]]:
    drawn = rng.integers(len(audience), size=arms.size)
    attractions = np.where(
        (arms == 1)[:, None],
        audience.attractions[variant][drawn],
        audience.attractions[CONTROL][drawn],
    )
    visits = visit(rng, attractions, days)
    clicks = visits.is_opened.sum(axis=2).cumsum(axis=0)
    shown = visits.is_seen.sum(axis=2).cumsum(axis=0)
    counts = [int((shown[-1] > 0)[arms == arm].sum()) for arm in _ARMS]
    return _looks(clicks, shown, arms), counts


def _looks(clicks: IntArray, shown: IntArray, arms: IntArray) -> Iterator[tuple[int, Difference]]:
    for day in range(len(clicks)):
        control, variant = (_sums(clicks[day], shown[day], arms == arm) for arm in _ARMS)
        if not tell(control, variant):
            continue
        found = difference(variant, control, effect=EFFECT)
        if found is not None:
            yield day + 1, found


def _sums(clicks: IntArray, shown: IntArray, chosen: BoolArray) -> Sums:
    seen = chosen & (shown > 0)
    x, y = clicks[seen].astype(float), shown[seen].astype(float)
    products: list[FloatArray] = [x.sum(), y.sum(), x @ x, x @ y, y @ y]
    return Sums(int(seen.sum()), *map(float, products))


def _holds(interval: tuple[float, float], value: float) -> bool:
    return interval[0] <= value <= interval[1]
