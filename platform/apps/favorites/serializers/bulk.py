"""Many events in one body: each kind's fields, asked one by one.

A serializer of a list takes a multiple of the time. Where an event is not plainly well-formed, its
kind's serializer is asked all the same, and says what is wrong as it does of a single one.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC
from typing import Any, ClassVar

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import ISO_8601, serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from apps.core.serializers import InputSerializer, StrictIntegerField
from apps.favorites.actions.bulk import EventsSaved
from apps.favorites.actions.bulk_events import Event, Kind, Outcome, Reference, Refusal
from apps.favorites.models import WHOLE

from .inputs import ScoreField
from .moments import MOMENT_HINT, MomentField
from .revisions import TasteRevisionOutput
from .watching import ProgressField

MOST_EVENTS = 1_000
REFUSE_ALL = "refuse_all"
SKIP = "skip"
# That the zone and the format are said halves the time that a moment takes.
_UNDATED: dict[str, Any] = {
    "required": False,
    "allow_null": True,
    "default_timezone": UTC,
    "input_formats": [ISO_8601],
}
_OF_THE_WHOLE = "non_field_errors"


class _EventInput(InputSerializer):
    """An event refers to its subject by exactly one of the ids."""

    exactly_one_of: ClassVar[tuple[str, ...]] = ("movie_id", "tmdb_id")

    movie_id = StrictIntegerField(required=False)
    tmdb_id = StrictIntegerField(required=False)


class RatingEventInput(_EventInput):
    kind = serializers.ChoiceField([Kind.RATING.value])
    score = ScoreField()
    rated_at = MomentField(
        help_text=f"{MOMENT_HINT} An earlier rating does not replace a later one.",
        **_UNDATED,
    )


class FavoriteEventInput(_EventInput):
    kind = serializers.ChoiceField([Kind.FAVORITE.value])


class WatchEventInput(_EventInput):
    kind = serializers.ChoiceField([Kind.WATCH.value])
    watched_at = MomentField(**_UNDATED)
    progress = ProgressField(required=False, help_text="Per cent of the film; 100 if not sent.")


class WatchlistEventInput(_EventInput):
    kind = serializers.ChoiceField([Kind.WATCHLIST.value])


class NotInterestedEventInput(_EventInput):
    exactly_one_of = ("movie_id", "tmdb_id", "person_id", "genre_id")

    kind = serializers.ChoiceField([Kind.NOT_INTERESTED.value])
    person_id = StrictIntegerField(required=False)
    genre_id = StrictIntegerField(required=False)


_SERIALIZERS: dict[str, type[_EventInput]] = {
    Kind.RATING: RatingEventInput,
    Kind.FAVORITE: FavoriteEventInput,
    Kind.WATCH: WatchEventInput,
    Kind.WATCHLIST: WatchlistEventInput,
    Kind.NOT_INTERESTED: NotInterestedEventInput,
}


class _Form:
    """The fields of one kind of event, bound to their serializer once."""

    def __init__(self, kind: str) -> None:
        self.kind = Kind(kind)
        self._serializer = _SERIALIZERS[kind]()
        fields = self._serializer.fields.items()
        self._fields = [(name, field) for name, field in fields if name != "kind"]
        self._required = {name for name, field in self._fields if field.required}
        self._references = frozenset(self._serializer.exactly_one_of)

    def read(self, position: int, row: dict[str, Any]) -> Event:
        values = self._plain_values(row) or self._serializer.run_validation(row)
        (name,) = self._references & values.keys()
        return Event(
            position,
            self.kind,
            Reference(name, values[name]),
            values.get("score") or values.get("progress", WHOLE),
            values.get("rated_at") or values.get("watched_at"),
        )

    def _plain_values(self, row: dict[str, Any]) -> dict[str, Any] | None:
        """None if anything is wrong: what it is, is the serializer's to say."""
        try:
            values = {
                name: field.run_validation(row[name]) for name, field in self._fields if name in row
            }
        except ValidationError:
            return None
        is_whole = (
            len(values) == len(row) - 1
            and self._required <= values.keys()
            and len(self._references & values.keys()) == 1
        )
        return values if is_whole else None


_FORMS = {kind: _Form(kind) for kind in _SERIALIZERS}


@extend_schema_field(
    PolymorphicProxySerializer(
        component_name="BulkEvent",
        serializers={str(kind): form for kind, form in _SERIALIZERS.items()},
        resource_type_field_name="kind",
    )
)
class _EventField(serializers.Field[Any, Any, Any, Any]):
    pass


class EventsField(serializers.ListField):
    """The events as they came: each is read by itself, so that it can be refused by itself."""

    child = _EventField()

    def __init__(self) -> None:
        super().__init__(allow_empty=False, min_length=1, max_length=MOST_EVENTS)

    def run_child_validation(self, data: list[Any]) -> list[Any]:
        return data


class BulkInput(InputSerializer):
    on_error = serializers.ChoiceField(
        [REFUSE_ALL, SKIP],
        default=REFUSE_ALL,
        error_messages={"invalid_choice": f"{REFUSE_ALL} or {SKIP}."},
        help_text=f"`{REFUSE_ALL}`: one bad event refuses the request. `{SKIP}`: it is left out.",
    )
    events = EventsField()


def read_events(rows: Sequence[Any]) -> tuple[list[Event], dict[int, Refusal]]:
    """The well-formed events, and by their indexes why the others are not."""
    events: list[Event] = []
    refusals: dict[int, Refusal] = {}
    for index, row in enumerate(rows):
        try:
            events.append(_form_for(row).read(index, row))
        except ValidationError as error:
            refusals[index] = _refusal(error.detail)
    return events, refusals


def _form_for(row: Any) -> _Form:
    if not isinstance(row, dict):
        raise ValidationError("An event is an object.")
    kind = row.get("kind")
    form = _FORMS.get(kind) if isinstance(kind, str) else None
    if form is None:
        code = "invalid_choice" if "kind" in row else "required"
        raise ValidationError({"kind": [f"One of {', '.join(_FORMS)}."]}, code=code)
    return form


def _refusal(detail: Any) -> Refusal:
    """The first of the errors that DRF found."""
    field, errors = next(iter(detail.items())) if isinstance(detail, dict) else (None, detail)
    error: ErrorDetail = errors[0]
    return Refusal(error.code or "invalid", str(error), None if field == _OF_THE_WHOLE else field)


class EventErrorOutput(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="As in an error's `details`.")
    message = serializers.CharField(help_text="For people; may change.")
    field = serializers.CharField(
        allow_null=True, help_text="Null where the error is of the event as a whole."
    )


class EventResultOutput(serializers.Serializer[Any]):
    index = serializers.IntegerField(help_text="The event's place in the request, from 0.")
    outcome = serializers.ChoiceField(list(Outcome))
    id = serializers.IntegerField(
        allow_null=True, help_text="Of the row that the event is in; null where there is none."
    )
    error = EventErrorOutput(allow_null=True)


class BulkCountsOutput(serializers.Serializer[Any]):
    created = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    refused = serializers.IntegerField()


class BulkOutput(TasteRevisionOutput):
    counts = BulkCountsOutput()
    results = EventResultOutput(many=True)


def result_data(saved: EventsSaved, *, events: int) -> dict[str, Any]:
    """What BulkOutput describes; a serializer would take as long as the write."""
    results = [_result(saved, index) for index in range(events)]
    counts = Counter(result["outcome"] for result in results)
    return {
        "taste_revision": saved.revision,
        "counts": {outcome.value: counts[outcome.value] for outcome in Outcome},
        "results": results,
    }


def _result(saved: EventsSaved, index: int) -> dict[str, Any]:
    refusal = saved.refusals.get(index)
    if refusal is None:
        outcome, row_id = saved.became[index]
        return {"index": index, "outcome": outcome.value, "id": row_id, "error": None}
    return {
        "index": index,
        "outcome": Outcome.REFUSED.value,
        "id": None,
        "error": refusal._asdict(),
    }
