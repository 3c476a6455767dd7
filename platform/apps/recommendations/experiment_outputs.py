"""What operators read of experiments and their reports."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from .experimenting.reports import Comparison, Report, VariantReport, Verdict, report
from .experimenting.sequential import Interval
from .models import Experiment, Variant

Data = dict[str, Any]


class VariantOutput(serializers.ModelSerializer[Variant]):
    pipeline = serializers.DictField(read_only=True)

    class Meta:
        model = Variant
        fields = ["name", "share", "is_control", "kind", "pipeline"]
        read_only_fields = fields


class IntervalOutput(serializers.Serializer[Any]):
    low = serializers.FloatField()
    high = serializers.FloatField()


class MetricDifferenceOutput(serializers.Serializer[Any]):
    estimate = serializers.FloatField(help_text="Of the variant less that of the control.")
    relative = serializers.FloatField(help_text="The same, as a share of the control's.")
    interval = IntervalOutput(
        help_text="Of 95 %, for one look that was planned before. Who looks every day and stops at "
        "the first that leaves 0 out is misled far more often than in 5 % of cases."
    )
    always_valid_interval = IntervalOutput(
        help_text="Holds at all looks together, so that one may stop whenever it leaves 0 out."
    )


class ComparisonOutput(serializers.Serializer[Any]):
    total = serializers.IntegerField(help_text="Clicks, saved, rated or liked films.")
    value = serializers.FloatField(allow_null=True, help_text="In the metric's unit.")
    difference = MetricDifferenceOutput(
        allow_null=True, help_text="Null for the control, and where there is too little to tell."
    )
    p = serializers.FloatField(
        allow_null=True,
        min_value=0,
        max_value=1,
        help_text="The least always-valid p-value of all looks so far; null for the control.",
    )


class MetricsOutput(serializers.Serializer[Any]):
    clicks = ComparisonOutput(help_text="Clicks per impression.")
    saves = ComparisonOutput(
        help_text="Films per viewer that went to favourites or the watchlist after they were shown."
    )
    ratings = ComparisonOutput(help_text="Films per viewer that were rated after they were shown.")
    liked = ComparisonOutput(help_text="The share of these with a score of 7 or more.")


class VariantReportOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    viewers = serializers.IntegerField(help_text="To whom it was shown.")
    impressions = serializers.IntegerField()
    verdict = serializers.ChoiceField(
        choices=[str(verdict) for verdict in Verdict],
        help_text="By the metric that decides, the sequential rule, and `alpha`.",
    )
    metrics = MetricsOutput()


class ReportOutput(serializers.Serializer[Any]):
    taken_at = serializers.DateTimeField(help_text="When a worker looked last.")
    alpha = serializers.FloatField(
        help_text="What p is held against: 0.05, divided among the variants that are compared."
    )
    mismatch_p = serializers.FloatField(
        allow_null=True,
        help_text="How probable it is that chance divides the viewers so unlike the shares.",
    )
    is_mismatched = serializers.BooleanField(
        help_text="Then something is wrong with the experiment, and its figures mean nothing."
    )
    variants = VariantReportOutput(many=True)


class ExperimentListedOutput(serializers.ModelSerializer[Experiment]):
    requested_by = serializers.IntegerField(
        source="requested_by_id", read_only=True, allow_null=True, help_text="The account."
    )
    variants = VariantOutput(many=True, read_only=True)

    class Meta:
        model = Experiment
        fields = [
            "name",
            "description",
            "state",
            "metric",
            "effect",
            "max_days",
            "salt",
            "requested_by",
            "created_at",
            "started_at",
            "stopped_at",
            "stop_reason",
            "variants",
        ]
        read_only_fields = fields


class ExperimentOutput(ExperimentListedOutput):
    report = serializers.SerializerMethodField(help_text="Null before the first look.")

    class Meta(ExperimentListedOutput.Meta):
        fields = [*ExperimentListedOutput.Meta.fields, "report"]
        read_only_fields = fields

    @extend_schema_field(ReportOutput(allow_null=True))
    def get_report(self, experiment: Experiment) -> Data | None:
        look = experiment.looks.order_by("-pk").first()
        if look is None:
            return None
        variants = list(experiment.variants.all())
        return ReportOutput(report_data(report(look, experiment, variants))).data


def report_data(found: Report) -> Data:
    return {
        "taken_at": found.look.taken_at,
        "alpha": found.alpha,
        "mismatch_p": found.mismatch_p,
        "is_mismatched": found.is_mismatched,
        "variants": [_variant_data(found, each) for each in found.variants],
    }


def _variant_data(found: Report, each: VariantReport) -> Data:
    control = found.control.metrics
    return {
        "name": each.variant.name,
        "viewers": each.viewers,
        "impressions": each.impressions,
        "verdict": str(each.verdict),
        "metrics": {
            metric: _comparison_data(compared, control[metric])
            for metric, compared in each.metrics.items()
        },
    }


def _comparison_data(compared: Comparison, control: Comparison) -> Data:
    return {
        "total": int(compared.total),
        "value": compared.value,
        "difference": _difference_data(compared, control),
        "p": compared.p,
    }


def _difference_data(compared: Comparison, control: Comparison) -> Data | None:
    told = compared.difference
    if told is None or not control.value:
        return None
    return {
        "estimate": told.estimate,
        "relative": told.estimate / control.value,
        "interval": _interval_data(told.fixed),
        "always_valid_interval": _interval_data(told.always),
    }


def _interval_data(interval: Interval) -> Data:
    return dict(zip(("low", "high"), interval, strict=True))
