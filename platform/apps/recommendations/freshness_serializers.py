"""How fresh lists are, as operators read it."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from . import freshness


class QuantilesOutput(serializers.Serializer[Any]):
    p50 = serializers.FloatField()
    p95 = serializers.FloatField()
    p99 = serializers.FloatField()


class BuildsOutput(serializers.Serializer[Any]):
    count = serializers.IntegerField(
        help_text=f"Lists built after viewers' own writes; at most the {freshness.COUNTED_BUILDS:,}"
        " newest."
    )
    within = serializers.IntegerField(help_text="Of them, those within the objective.")
    share_within = serializers.FloatField(allow_null=True)
    is_met = serializers.BooleanField(allow_null=True, help_text="Null where nothing was built.")
    held = serializers.IntegerField(
        help_text="Of them, those whose viewer had got a list less than a second before."
    )
    waited_seconds = QuantilesOutput(
        allow_null=True,
        help_text="From the commit of the oldest unseen write to that of the list that saw it.",
    )
    delay_seconds = QuantilesOutput(
        allow_null=True, help_text="The same from when a list was due: what the objective is about."
    )


class ObjectiveOutput(serializers.Serializer[Any]):
    seconds = serializers.FloatField()
    share = serializers.FloatField()


class UnseenWritesOutput(serializers.Serializer[Any]):
    viewers = serializers.IntegerField(help_text=f"Counted up to {freshness.COUNTED_VIEWERS:,}.")
    oldest_seconds = serializers.FloatField(help_text="0 where nobody waits.")


class FreshnessOutput(serializers.Serializer[Any]):
    objective = ObjectiveOutput()
    waiting = UnseenWritesOutput()
    hour = BuildsOutput()
    day = BuildsOutput()


def freshness_data(*, at: datetime) -> dict[str, Any]:
    share = freshness.OBJECTIVE_SHARE
    data: dict[str, Any] = FreshnessOutput(
        {
            "objective": {"seconds": settings.FRESHNESS_OBJECTIVE_SECONDS, "share": share},
            "waiting": asdict(freshness.read_waiting(at=at)),
            "hour": _builds(freshness.HOUR, at=at),
            "day": _builds(freshness.DAY, at=at),
        }
    ).data
    return data


def _builds(window: timedelta, *, at: datetime) -> dict[str, Any]:
    builds = freshness.read_window(window, at=at)
    return {
        "count": builds.count,
        "within": builds.within,
        "share_within": builds.share_within,
        "is_met": builds.is_met,
        "held": builds.held,
        "waited_seconds": builds.waited and asdict(builds.waited),
        "delay_seconds": builds.delay and asdict(builds.delay),
    }


_HOUR: dict[str, Any] = {
    "count": 1840,
    "within": 1828,
    "share_within": 0.99347826,
    "is_met": True,
    "held": 211,
    "waited_seconds": {"p50": 0.052, "p95": 0.981, "p99": 1.064},
    "delay_seconds": {"p50": 0.049, "p95": 0.113, "p99": 0.42},
}
_DAY: dict[str, Any] = {**_HOUR, "count": 30211, "within": 30012, "share_within": 0.99341300}
SHOWN = OpenApiExample(
    "Fresh",
    value={
        "objective": {"seconds": 1.0, "share": 0.95},
        "waiting": {"viewers": 2, "oldest_seconds": 0.041},
        "hour": _HOUR,
        "day": {**_DAY, "held": 3120},
    },
    response_only=True,
)
