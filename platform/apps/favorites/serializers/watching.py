from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.serializers import InputSerializer, StrictIntegerField
from apps.favorites.models import WHOLE, WatchEntry
from apps.movies.serializers.films import MovieField

from .inputs import MovieReferenceInput
from .moments import MOMENT_HINT, MomentField
from .revisions import TasteRevisionOutput

_UNDATED = f"{MOMENT_HINT} Null where you do not know the moment."
_RECORDED = "False in a private session, of which nothing is kept."


# Of one value each, so that an answer fits the schema of one of the two.
@extend_schema_field({"type": "boolean", "enum": [True], "description": _RECORDED})
class RecordedField(serializers.BooleanField):
    pass


@extend_schema_field({"type": "boolean", "enum": [False], "description": _RECORDED})
class NotRecordedField(serializers.BooleanField):
    pass


class ProgressField(StrictIntegerField):
    def __init__(self, **options: Any) -> None:
        hint = {"help_text": "Per cent of the film."}
        super().__init__(min_value=0, max_value=WHOLE, **hint | options)


class WatchInput(MovieReferenceInput):
    watched_at = MomentField(required=False, allow_null=True, help_text=_UNDATED)
    progress = ProgressField(default=WHOLE)


class WatchChangeInput(InputSerializer):
    needs_any = True

    progress = ProgressField(required=False)
    watched_at = MomentField(required=False, allow_null=True, help_text=_UNDATED)


class WatchEntryOutput(serializers.ModelSerializer[WatchEntry]):
    movie = MovieField()
    progress = serializers.IntegerField(read_only=True, min_value=0, max_value=WHOLE)

    class Meta:
        model = WatchEntry
        fields = ["id", "movie", "watched_at", "progress", "created_at", "updated_at"]
        read_only_fields = fields


class WatchChangedOutput(WatchEntryOutput):
    taste_revision = serializers.IntegerField(read_only=True)

    class Meta(WatchEntryOutput.Meta):
        fields = [*WatchEntryOutput.Meta.fields, "taste_revision"]
        read_only_fields = fields


class WatchRecordedOutput(WatchChangedOutput):
    is_recorded = RecordedField(read_only=True)

    class Meta(WatchChangedOutput.Meta):
        fields = [*WatchChangedOutput.Meta.fields, "is_recorded"]
        read_only_fields = fields


class WatchNotRecordedOutput(TasteRevisionOutput):
    is_recorded = NotRecordedField()
