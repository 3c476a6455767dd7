"""The difference of two variants from sums over viewers, for one look and for any number of looks.

Every metric is a ratio of two totals, such as clicks of impressions. Its unit is the viewer: what
one viewer does with two films is not independent, so variances are those of viewers (the delta
method). A metric "per viewer" is the ratio whose denominator is 1 for everybody.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

ALPHA = 0.05
# Variances of so few viewers, or of ratios of so few events, tell nothing: no look counts before.
LEAST_VIEWERS = 100
LEAST_EVENTS = 20
# A division of viewers that chance makes more rarely than that has another cause.
MISMATCH_ALPHA = 0.001
# As if so many viewers had told what else the division could be: one half varies by .016.
_DIVISIONS = 1_000
# Half the width of a 95 % interval in standard errors.
_NORMAL_95 = 1.959964

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Sums:
    """Of viewers' numerators x and denominators y: totals, and totals of their products."""

    viewers: int
    x: float
    y: float
    xx: float
    xy: float
    yy: float

    @classmethod
    def of(cls, pairs: Iterable[tuple[float, float]]) -> Self:
        rows = list(pairs)
        return cls(
            len(rows),
            sum(x for x, _ in rows),
            sum(y for _, y in rows),
            sum(x * x for x, _ in rows),
            sum(x * y for x, y in rows),
            sum(y * y for _, y in rows),
        )

    @property
    def ratio(self) -> float | None:
        return self.x / self.y if self.y else None

    @property
    def variance(self) -> float | None:
        """Of the ratio, by the delta method: that of the viewers' residuals x - ratio y."""
        ratio = self.ratio
        if ratio is None or self.viewers < 2:  # noqa: PLR2004  # one viewer does not vary
            return None
        residuals = max(self.xx - 2 * ratio * self.xy + ratio * ratio * self.yy, 0.0)
        return residuals * self.viewers / (self.viewers - 1) / self.y**2


@dataclass(frozen=True, slots=True)
class Difference:
    """What a variant's ratio has more than the control's, in absolute terms.

    `fixed` is the 95 % interval of a single look that was planned beforehand, and `always` the one
    that holds at all looks together; `p` is the always-valid p-value of this look.
    """

    estimate: float
    standard_error: float
    fixed: Interval
    always: Interval
    p: float


def tell(*sums: Sums) -> bool:
    """Whether there is enough of each that its variance can be trusted."""
    return all(each.viewers >= LEAST_VIEWERS and each.x >= LEAST_EVENTS for each in sums)


def difference(
    variant: Sums, control: Sums, *, effect: float, alpha: float = ALPHA
) -> Difference | None:
    """None where there is too little to tell; `effect` is a share of the control's ratio.

    The sequential part is Robbins' normal mixture over the effect, as an asymptotic confidence
    sequence (Waudby-Smith et al. 2021) and mixture SPRT (Johari et al. 2017). Its mixture has the
    standard deviation of the effect that the experiment was planned for: so the interval is about
    the narrowest that it can be at the time when such an effect is found.
    """
    before, after = control.ratio, variant.ratio
    variances = control.variance, variant.variance
    # Viewers who all do the same have shown no variance, which is not to have none.
    if before is None or after is None or not variances[0] or not variances[1]:
        return None
    variance, mixture = variances[0] + variances[1], (effect * before) ** 2
    if not mixture:
        return None
    estimate, error = after - before, math.sqrt(variance)
    return Difference(
        estimate,
        error,
        around(estimate, _NORMAL_95 * error),
        around(estimate, sequential_margin(variance, mixture=mixture, alpha=alpha)),
        sequential_p(estimate, variance, mixture=mixture),
    )


def around(middle: float, margin: float) -> Interval:
    return middle - margin, middle + margin


def sequential_margin(variance: float, *, mixture: float, alpha: float) -> float:
    """Half the width of an interval that holds the effect at every look, with 1 - alpha."""
    total = variance + mixture
    logarithm = math.log(total / variance) / 2 - math.log(alpha)
    return math.sqrt(2 * variance * total / mixture * logarithm)


def sequential_p(estimate: float, variance: float, *, mixture: float) -> float:
    """One over the mixture's likelihood ratio: at most alpha where the margin leaves 0 out."""
    total = variance + mixture
    logarithm = estimate**2 * mixture / (2 * variance * total) - math.log(total / variance) / 2
    return math.exp(-max(logarithm, 0.0))


def mismatch_p(counts: Sequence[int], shares: Sequence[float]) -> float | None:
    """At most that probable it is that chance alone ever divides viewers so unlike the shares.

    One over the likelihood ratio of divisions that vary about the shares (Lindon and Malek 2022):
    so it holds at all looks together, and of the smallest counts.
    """
    viewers, whole = sum(counts), sum(shares)
    if not viewers or len(counts) < 2:  # noqa: PLR2004  # one group is as it is
        return None
    expected = [share / whole for share in shares]
    logarithm = math.lgamma(_DIVISIONS) - math.lgamma(_DIVISIONS + viewers)
    for count, share in zip(counts, expected, strict=True):
        prior = _DIVISIONS * share
        logarithm += math.lgamma(prior + count) - math.lgamma(prior) - count * math.log(share)
    return math.exp(-max(logarithm, 0.0))
