"""What a look says: how each variant does against the control, and whether that is decided."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from apps.recommendations.models import Experiment, ExperimentLook, Variant

from .sequential import ALPHA, MISMATCH_ALPHA, Difference, Sums, difference, mismatch_p, tell
from .sums import AllSums

Metric = Experiment.Metric
# By variant id and metric, as a look keeps it.
PValues = dict[str, dict[str, dict[str, float]]]


class Verdict(StrEnum):
    CONTROL = "control"
    TOO_LITTLE = "too_little"
    UNDECIDED = "undecided"
    BETTER = "better"
    WORSE = "worse"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The strongest of all looks so far: the least always-valid p, and the difference of then."""

    p: float = 1.0
    estimate: float = 0.0

    def or_of(self, found: Difference | None) -> "Evidence":
        """That of one look more, if it is stronger."""
        return Evidence(found.p, found.estimate) if found and found.p < self.p else self


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """A metric of a variant; `p` is the least always-valid one of all looks so far."""

    value: float | None
    total: float
    difference: Difference | None
    p: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class VariantReport:
    variant: Variant
    viewers: int
    impressions: int
    clicks: int
    metrics: Mapping[str, Comparison]
    verdict: Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """`alpha` is what a variant's p is held against: ALPHA divided by how many are compared.

    `mismatch_p` is how probable the division of the viewers is, given the shares.
    """

    experiment: Experiment
    look: ExperimentLook
    alpha: float
    mismatch_p: float | None
    variants: tuple[VariantReport, ...]

    @property
    def control(self) -> VariantReport:
        return next(each for each in self.variants if each.variant.is_control)

    @property
    def is_mismatched(self) -> bool:
        return self.mismatch_p is not None and self.mismatch_p < MISMATCH_ALPHA


def stored_sums(sums: AllSums) -> dict[str, dict[str, dict[str, float]]]:
    """As a look keeps them."""
    return {
        str(variant_id): {metric: asdict(each) for metric, each in metrics.items()}
        for variant_id, metrics in sums.items()
    }


def p_values(
    experiment: Experiment, variants: Sequence[Variant], sums: AllSums, *, before: PValues
) -> PValues:
    """The strongest evidence of this look and all `before`, by variant and metric."""
    seen = _Seen(experiment, variants, sums)
    return {
        str(variant.pk): {
            metric: asdict(_known(before, variant, metric).or_of(each))
            for metric, each in seen.differences(variant)
        }
        for variant in variants
        if not variant.is_control
    }


def report(look: ExperimentLook, experiment: Experiment, variants: Sequence[Variant]) -> Report:
    sums = {
        int(variant_id): {metric: Sums(**each) for metric, each in metrics.items()}
        for variant_id, metrics in look.sums.items()
    }
    seen = _Seen(experiment, variants, sums)
    counts = [seen.viewers(variant) for variant in variants]
    return Report(
        experiment=experiment,
        look=look,
        alpha=seen.alpha,
        mismatch_p=mismatch_p(counts, [variant.share for variant in variants]),
        variants=tuple(seen.report_of(variant, look) for variant in variants),
    )


def _known(values: PValues, variant: Variant, metric: str) -> Evidence:
    return Evidence(**values.get(str(variant.pk), {}).get(metric, {}))


@dataclass(frozen=True)
class _Seen:
    experiment: Experiment
    variants: Sequence[Variant]
    sums: AllSums

    @property
    def alpha(self) -> float:
        """Of several variants, none is to be found better or worse by chance (Bonferroni)."""
        return ALPHA / max(len(self.variants) - 1, 1)

    def viewers(self, variant: Variant) -> int:
        metrics = self.sums.get(variant.pk)
        return metrics[Metric.CLICKS].viewers if metrics else 0

    def differences(self, variant: Variant) -> Iterator[tuple[str, Difference | None]]:
        """From the control, by metric; None for the control, and where there is too little."""
        control = next(each for each in self.variants if each.is_control)
        for metric in Metric.values:
            mine, theirs = (self.sums.get(each.pk, {}).get(metric) for each in (variant, control))
            if variant.is_control or mine is None or theirs is None or not tell(mine, theirs):
                yield metric, None
            else:
                effect = self.experiment.effect
                yield metric, difference(mine, theirs, effect=effect, alpha=self.alpha)

    def report_of(self, variant: Variant, look: ExperimentLook) -> VariantReport:
        metrics = {
            metric: self._compared(variant, metric, each, _known(look.p_values, variant, metric))
            for metric, each in self.differences(variant)
        }
        primary = self.experiment.metric
        known = _known(look.p_values, variant, primary)
        of_clicks = self.sums.get(variant.pk, {}).get(Metric.CLICKS)
        return VariantReport(
            variant=variant,
            viewers=self.viewers(variant),
            impressions=int(of_clicks.y) if of_clicks else 0,
            clicks=int(of_clicks.x) if of_clicks else 0,
            metrics=metrics,
            verdict=self._verdict(variant, metrics[primary], known),
        )

    def _compared(
        self, variant: Variant, metric: str, found: Difference | None, known: Evidence
    ) -> Comparison:
        own = self.sums.get(variant.pk, {}).get(metric)
        return Comparison(
            value=own.ratio if own else None,
            total=own.x if own else 0,
            difference=found,
            p=None if variant.is_control else known.p,
        )

    def _verdict(self, variant: Variant, primary: Comparison, known: Evidence) -> Verdict:
        """Once decided it stays so, unless stronger evidence speaks for the contrary."""
        if variant.is_control:
            return Verdict.CONTROL
        if known.p <= self.alpha:
            return Verdict.BETTER if known.estimate > 0 else Verdict.WORSE
        return Verdict.UNDECIDED if primary.difference else Verdict.TOO_LITTLE
