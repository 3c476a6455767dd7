"""What operators send and read of syncs."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from apps.core.serializers import (
    BoundedListField,
    InputSerializer,
    StrictIntegerField,
    StrictNumberField,
)

from .actions import MAX_SELECTED
from .models import SyncRun
from .ops_listings import TITLES_LISTED
from .sync_progress import progress_of

FAILURES_SHOWN = 50
_TITLE_COUNT = "How many ids `scope.tmdb_ids` has; null for a sync that finds its titles itself."
_MAX_ID = 2**31 - 1
_MAX_POPULARITY = 1_000_000
_MAX_DAYS = 3_650

Kind = SyncRun.Kind

_TAKEN: dict[str, set[str]] = {
    Kind.MOVIES: {"tmdb_ids"},
    Kind.EXPORT: {"limit", "min_popularity"},
    Kind.REFRESH: {"older_than_days"},
}


class SyncRunInput(InputSerializer):
    """`validated_data` is the kind and the scope of a sync."""

    kind = serializers.ChoiceField(choices=Kind.choices)
    tmdb_ids = BoundedListField(
        child=StrictIntegerField(min_value=1, max_value=_MAX_ID),
        required=False,
        min_length=1,
        max_length=MAX_SELECTED,
        help_text="Of `movies`, which needs it: the titles to fetch.",
    )
    limit = StrictIntegerField(
        required=False,
        min_value=1,
        max_value=_MAX_ID,
        help_text="Of `export`: fetch no more titles than this, the most popular first.",
    )
    min_popularity = StrictNumberField(
        required=False,
        min_value=0,
        max_value=_MAX_POPULARITY,
        help_text="Of `export`: leave less popular titles alone.",
    )
    older_than_days = StrictIntegerField(
        required=False,
        min_value=1,
        max_value=_MAX_DAYS,
        help_text="Of `refresh`: fetch titles that were not fetched for so long.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        kind = attrs.pop("kind")
        if strange := sorted(attrs.keys() - _TAKEN.get(kind, set())):
            _refuse(strange, "A sync of this kind takes no such field.", "invalid")
        if kind == Kind.MOVIES and "tmdb_ids" not in attrs:
            _refuse(["tmdb_ids"], "A sync of movies needs their TMDb ids.", "required")
        return {"kind": kind, "scope": attrs}


def _refuse(fields: list[str], message: str, code: str) -> None:
    raise ValidationError({field: [ErrorDetail(message, code=code)] for field in fields})


class SyncFailureOutput(serializers.Serializer[Any]):
    tmdb_id = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField()


class SyncRunOutput(serializers.ModelSerializer[SyncRun]):
    requested_by = serializers.IntegerField(
        source="requested_by_id",
        read_only=True,
        allow_null=True,
        help_text="The account that asked first; null for a schedule.",
    )
    priority = serializers.ChoiceField(
        choices=SyncRun.Priority.choices,
        read_only=True,
        help_text="Whom TMDb's budget serves first: 0 viewers, 1 operators, 2 schedules.",
    )
    scope = serializers.DictField(read_only=True)
    title_count = serializers.SerializerMethodField(help_text=_TITLE_COUNT)
    failures = serializers.SerializerMethodField(
        help_text=f"The first {FAILURES_SHOWN} titles that failed, and why."
    )
    dropped = serializers.DictField(
        child=serializers.IntegerField(),
        read_only=True,
        help_text="What of TMDb's answers could not be used, counted by reason.",
    )
    progress = serializers.SerializerMethodField(
        help_text="Null while it is not known how much there is to do; 1 when all is done."
    )

    class Meta:
        model = SyncRun
        fields = [
            "id",
            "kind",
            "scope",
            "title_count",
            "priority",
            "requested_by",
            "state",
            "phase",
            "total",
            "seen",
            "created",
            "updated",
            "unchanged",
            "tombstoned",
            "failed",
            "requests",
            "failures",
            "dropped",
            "progress",
            "created_at",
            "started_at",
            "heartbeat_at",
            "finished_at",
            "error",
        ]
        read_only_fields = fields

    def get_title_count(self, run: SyncRun) -> int | None:
        return len(run.scope["tmdb_ids"]) if "tmdb_ids" in run.scope else None

    @extend_schema_field(SyncFailureOutput(many=True))
    def get_failures(self, run: SyncRun) -> list[Any]:
        return list(run.failures[:FAILURES_SHOWN])

    @extend_schema_field(
        serializers.FloatField(
            min_value=0, max_value=1, allow_null=True
        )  # not Python's hint: it has no bounds
    )
    def get_progress(self, run: SyncRun) -> float | None:
        return progress_of(run)


class SyncRunListedOutput(SyncRunOutput):
    """A sync as lists show it, by what `ops_listings.with_short_scopes` adds to it."""

    scope = serializers.DictField(
        source="short_scope",
        read_only=True,
        help_text=f"Of `tmdb_ids` the first {TITLES_LISTED}; the sync's own address has them all.",
    )
    title_count = serializers.IntegerField(  # type: ignore[assignment]  # counted by the database
        read_only=True, allow_null=True, help_text=_TITLE_COUNT
    )


class SyncRequestedOutput(SyncRunOutput):
    joined = serializers.BooleanField(read_only=True, help_text="Whether it was open already.")

    class Meta(SyncRunOutput.Meta):
        fields = [*SyncRunOutput.Meta.fields, "joined"]
        read_only_fields = fields
