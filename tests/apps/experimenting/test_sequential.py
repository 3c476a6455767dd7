"""Intervals and p-values against SciPy, against each other, and against simulated viewers."""

import math

import numpy as np
import pytest
from numpy.random import Generator, default_rng
from scipy import stats

from apps.recommendations.experimenting.sequential import (
    ALPHA,
    MISMATCH_ALPHA,
    Difference,
    Sums,
    difference,
    mismatch_p,
    sequential_margin,
    sequential_p,
    tell,
)

DAYS = 21
RATE = 0.1


def viewers(rng: Generator, count: int, *, rate: float = RATE) -> Sums:
    """Viewers who click at rates of their own, on as many films as each happens to see."""
    shown = rng.negative_binomial(1, 0.05, count) + 1
    clicks = rng.binomial(shown, rng.beta(8 * rate, 8 * (1 - rate), count))
    return Sums.of(zip(clicks.tolist(), shown.tolist(), strict=True))


def test_viewers_divided_unlike_the_shares_are_noticed() -> None:
    assert mismatch_p([5000, 5000], [500, 500]) == 1
    assert (mismatch_p([5100, 4900], [500, 500]) or 0) > 0.5
    assert (mismatch_p([5300, 4700], [500, 500]) or 1) < 1e-6
    assert mismatch_p([0, 0], [500, 500]) is None
    assert mismatch_p([9], [500]) is None


def test_a_division_is_told_by_the_likelihoods_of_scipy() -> None:
    counts, shares = [530, 445, 60], np.array([500, 480, 20]) / 1000

    found = mismatch_p(counts, [500, 480, 20])

    total = sum(counts)
    varying = stats.dirichlet_multinomial.logpmf(counts, 1000 * shares, total)
    certain = stats.multinomial.logpmf(counts, total, shares)
    assert found == pytest.approx(math.exp(certain - varying))


def test_eight_of_a_thousand_where_two_are_due_are_no_mismatch() -> None:
    """Which chance does once in 900 times; chi-square takes it for once in 50,000."""
    assert stats.chisquare([992, 8], [998, 2]).pvalue < 1e-4
    assert (mismatch_p([992, 8], [998, 2]) or 0) > MISMATCH_ALPHA


def test_nightly_looks_at_a_right_division_seldom_mislead() -> None:
    rng, shares = default_rng(6), [500, 450, 50]
    misled = 0
    for _ in range(300):
        nights = rng.multinomial(80, np.array(shares) / 1000, 60).cumsum(axis=0)
        misled += any((mismatch_p(counts, shares) or 1) <= ALPHA for counts in nights.tolist())

    assert misled <= ALPHA * 300


def test_the_variance_is_that_of_viewers_not_of_impressions() -> None:
    """Found anew by simulation: that of impressions would be several times too small."""
    rng = default_rng(1)
    drawn = [viewers(rng, 400) for _ in range(400)]

    ratios = [each.ratio or 0 for each in drawn]
    errors = [math.sqrt(each.variance or 0) for each in drawn]
    of_impressions = math.sqrt(RATE * (1 - RATE) / drawn[0].y)
    assert np.mean(errors) == pytest.approx(np.std(ratios), rel=0.1)
    assert np.std(ratios) > 2 * of_impressions


def test_a_metric_per_viewer_is_a_mean_with_its_usual_error() -> None:
    values = default_rng(2).poisson(3, 50).tolist()

    found = Sums.of((value, 1) for value in values)

    assert found.ratio == pytest.approx(np.mean(values))
    assert found.variance == pytest.approx(np.var(values, ddof=1) / 50)


def test_too_little_gives_no_difference() -> None:
    some = viewers(default_rng(3), 50)

    for nothing in (Sums.of([]), Sums.of([(1, 4)]), Sums.of([(0, 4), (0, 5)]), Sums.of([(0, 0)])):
        assert difference(some, nothing, effect=0.1) is None
    assert difference(some, some, effect=0.1) is not None


def test_viewers_who_all_do_the_same_have_shown_no_variance() -> None:
    """Its being 0 would make the other side's all there is, and the interval too narrow."""
    all_liked = Sums.of([(1, 1)] * 120)
    some = viewers(default_rng(3), 120)

    assert difference(all_liked, some, effect=0.1) is None
    assert difference(some, all_liked, effect=0.1) is None


@pytest.mark.parametrize("variance", [1e-4, 1e-2, 1.0, 30.0])
@pytest.mark.parametrize("mixture", [1e-3, 1.0])
def test_p_is_alpha_where_the_interval_ends(variance: float, mixture: float) -> None:
    margin = sequential_margin(variance, mixture=mixture, alpha=ALPHA)

    assert sequential_p(margin, variance, mixture=mixture) == pytest.approx(ALPHA)
    assert sequential_p(1.01 * margin, variance, mixture=mixture) < ALPHA
    assert sequential_p(0, variance, mixture=mixture) == 1


def test_the_margin_is_that_of_the_asymptotic_confidence_sequence() -> None:
    """Waudby-Smith et al. 2021, Theorem 2.2, with t observations of deviation s and rho."""
    t, s, rho = 700, 0.4, 0.07
    tr = t * rho**2
    published = s * math.sqrt(2 * (tr + 1) / (t**2 * rho**2) * math.log(math.sqrt(tr + 1) / ALPHA))

    margin = sequential_margin(s**2 / t, mixture=(s * rho) ** 2, alpha=ALPHA)

    assert margin == pytest.approx(published)


def test_an_effect_of_the_planned_size_is_found_about_when_the_interval_is_narrowest() -> None:
    """In standard errors the margin is least where it equals the effect, or little less."""
    effect = 1.0
    variances = np.geomspace(1e-3, 10, 400)
    errors = [
        sequential_margin(v, mixture=effect**2, alpha=ALPHA) / math.sqrt(v) for v in variances
    ]
    narrowest = variances[int(np.argmin(errors))]
    found_at = max(v for v, z in zip(variances, errors, strict=True) if z * math.sqrt(v) < effect)

    at_found = sequential_margin(found_at, mixture=effect**2, alpha=ALPHA) / math.sqrt(found_at)
    assert at_found == pytest.approx(min(errors), rel=0.01)
    assert 0.5 < narrowest / found_at < 2


def test_daily_looks_without_effect_seldom_mislead_unlike_those_at_usual_intervals() -> None:
    """Of viewers who come one after the other and come back; as `make bench-experiments` shows."""
    rng = default_rng(4)
    misled = {"sequential": 0, "fixed": 0}
    for _ in range(200):
        looks = [_look(days) for days in _simulated_days(rng, lift=0.0)]
        misled["sequential"] += any(look.p <= ALPHA for look in looks)
        misled["fixed"] += any(not look.fixed[0] <= 0 <= look.fixed[1] for look in looks)

    assert misled["sequential"] <= 10
    assert misled["fixed"] >= 30


@pytest.mark.parametrize(
    ("counts", "effect", "is_per_viewer"),
    [((2_500, 250), 0.5, False), ((600, 600), 0.2, True), ((2_500, 250), 0.5, True)],
    ids=["a small holdback", "per viewer", "a small holdback, per viewer"],
)
def test_daily_looks_seldom_mislead_of_few_viewers_either(
    counts: tuple[int, int], effect: float, *, is_per_viewer: bool
) -> None:
    """What is counted per viewer grows with the days that each has had, which are not the same."""
    rng, misled = default_rng(7), 0
    for _ in range(150):
        nights = _simulated_days(rng, lift=0.0, counts=counts, is_per_viewer=is_per_viewer)
        told = [_look(sums, effect=effect) for sums in nights if tell(*sums)]
        misled += any(look.p <= ALPHA for look in told)

    assert len(told) > DAYS / 3
    assert misled <= ALPHA * 150


def test_a_great_effect_is_found_and_lies_in_the_interval_at_every_look() -> None:
    rng, found, covered = default_rng(5), 0, 0
    for _ in range(40):
        looks = [_look(days) for days in _simulated_days(rng, lift=0.4)]
        found += any(look.p <= ALPHA for look in looks)
        covered += all(look.always[0] <= 0.4 * RATE <= look.always[1] for look in looks)

    assert found >= 36
    assert covered >= 38


def _simulated_days(
    rng: Generator,
    *,
    lift: float,
    counts: tuple[int, int] = (600, 600),
    is_per_viewer: bool = False,
) -> list[tuple[Sums, Sums]]:
    """The sums of control and variant at the end of each day."""
    arms = []
    for rate, count in zip((RATE, RATE * (1 + lift)), counts, strict=True):
        rates = rng.beta(20 * RATE, 20 * (1 - RATE), count) * rate / RATE
        visits = rng.gamma(1, 1, count)
        has_come = np.arange(DAYS)[:, None] >= rng.integers(0, DAYS, count)
        shown = rng.poisson(4 * visits, (DAYS, count)) * has_come
        clicks = rng.binomial(shown, np.minimum(rates, 1))
        seen = shown.cumsum(axis=0)
        arms.append((clicks.cumsum(axis=0), np.minimum(seen, 1) if is_per_viewer else seen))
    (xs, ys), (xt, yt) = arms
    return [(_sums(xs[day], ys[day]), _sums(xt[day], yt[day])) for day in range(2, DAYS)]


def _sums(x: np.ndarray, y: np.ndarray) -> Sums:
    x, y = x[y > 0], y[y > 0]
    products = (float(a) for a in (x.sum(), y.sum(), x @ x, x @ y, y @ y))
    return Sums(len(x), *products)


def _look(sums: tuple[Sums, Sums], *, effect: float = 0.2) -> Difference:
    control, variant = sums
    found = difference(variant, control, effect=effect)
    assert found is not None
    return found
