"""What operators send and read of generations."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.serializers import InputSerializer, StrictBooleanField, StrictIntegerField

from .gate import told_of
from .generation_progress import progress_of
from .models import Generation

_MAX_ID = 2**63 - 1
_SHARE: dict[str, Any] = {"min_value": 0, "max_value": 1, "allow_null": True}


def _id_field(**options: Any) -> StrictIntegerField:
    return StrictIntegerField(required=False, min_value=1, max_value=_MAX_ID, **options)


def _expected_field() -> StrictIntegerField:
    return _id_field(
        allow_null=True,
        help_text="The generation that you take for the active one, null for none: where it is "
        "another by now, nothing is done.",
    )


class GenerationInput(InputSerializer):
    model_version = _id_field(help_text="By default the newest model that is ready.")
    publish = StrictBooleanField(
        default=True, help_text="Whether it is published by itself once all its lists are built."
    )


class PublishInput(InputSerializer):
    expected_active = _expected_field()


class RollBackInput(InputSerializer):
    generation = _id_field(
        help_text="By default that which was active last, of those older than the active one."
    )
    expected_active = _expected_field()


class ListFactsOutput(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="Lists.")
    films = serializers.IntegerField(help_text="Different films in the first 20 of all lists.")
    film_share = serializers.FloatField(**_SHARE, help_text="Of the films that the model knows.")
    fallback_share = serializers.FloatField(
        **_SHARE, help_text="Of the first 20 places: those that no taste speaks for, nor chance."
    )
    unpersonal_share = serializers.FloatField(
        **_SHARE, help_text="Of the lists: those whose first 20 have no film that taste speaks for."
    )


class DifferenceOutput(serializers.Serializer[Any]):
    base = serializers.IntegerField(
        source="base_id",
        allow_null=True,
        help_text="The generation that was active when this one was begun.",
    )
    compared = serializers.IntegerField(help_text="Viewers with a list in both.")
    overlap = serializers.FloatField(
        **_SHARE, help_text="Mean share of common films in the first 20."
    )
    same_taste = serializers.IntegerField(
        help_text="Those of them who wrote nothing between the two lists."
    )
    churn = serializers.FloatField(
        **_SHARE, help_text="1 - overlap of these: what changed without their doing."
    )
    churn_exemption = serializers.CharField(
        default="", help_text="Why churn holds nothing back here; empty where it may."
    )
    lists = ListFactsOutput()
    base_lists = ListFactsOutput(
        allow_null=True, help_text="The same of the base when it was built; null if unknown."
    )


class GenerationOutput(serializers.ModelSerializer[Generation]):
    """Of a generation that `generation_progress.with_shards_done` read."""

    model_version = serializers.IntegerField(source="model_version_id", read_only=True)
    publish = serializers.BooleanField(
        read_only=True, help_text="False: it waits for an operator's word."
    )
    refusal = serializers.CharField(
        read_only=True, help_text="Why it was not published by itself; empty if nothing was wrong."
    )
    gate = serializers.SerializerMethodField(
        help_text="What the gate decided of its model's configuration."
    )
    difference = serializers.SerializerMethodField(
        help_text="From the lists that were read meanwhile; null until all lists are built."
    )
    progress = serializers.SerializerMethodField(
        help_text="Null while it is not known how much there is to do; 1 when all is done."
    )
    shards_done = serializers.IntegerField(read_only=True)
    pipeline = serializers.DictField(read_only=True, help_text="How scores became lists.")
    experiment = serializers.CharField(
        source="experiment_name",
        read_only=True,
        allow_null=True,
        help_text="The name of the experiment whose variants some viewers' lists are of; it ran "
        "when the generation was begun.",
    )

    class Meta:
        model = Generation
        fields = [
            "id",
            "model_version",
            "state",
            "publish",
            "refusal",
            "gate",
            "progress",
            "shard_count",
            "shards_done",
            "user_count",
            "list_count",
            "difference",
            "pipeline",
            "experiment",
            "created_at",
            "started_at",
            "snapshot_at",
            "finished_at",
            "activated_at",
            "retired_at",
            "error",
        ]
        read_only_fields = fields

    @extend_schema_field(
        serializers.FloatField(
            min_value=0, max_value=1, allow_null=True
        )  # not Python's hint: it has no bounds
    )
    def get_progress(self, generation: Any) -> float | None:
        return progress_of(generation, shards_done=generation.shards_done)

    def get_gate(self, generation: Any) -> str:
        return told_of(generation.gate).sentence

    @extend_schema_field(DifferenceOutput(allow_null=True))
    def get_difference(self, generation: Generation) -> Any:
        found = generation.difference
        if "lists" not in found:
            return None
        return DifferenceOutput({"churn_exemption": "", **found}).data


class HeldBackOutput(serializers.Serializer[Any]):
    """What would have published itself, and now waits for an operator's word."""

    model_versions = serializers.ListField(child=serializers.IntegerField())
    generations = serializers.ListField(child=serializers.IntegerField())


class RolledBackOutput(GenerationOutput):
    held_back = HeldBackOutput(read_only=True)

    class Meta(GenerationOutput.Meta):
        fields = [*GenerationOutput.Meta.fields, "held_back"]
        read_only_fields = fields
