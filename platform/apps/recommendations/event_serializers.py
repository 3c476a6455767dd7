"""What clients tell of films that they showed, and what they are answered."""

from typing import Any

from django.core.validators import RegexValidator
from rest_framework import serializers

from apps.core.serializers import (
    BoundedListField,
    InputSerializer,
    StrictCharField,
    StrictIntegerField,
)
from apps.favorites.serializers.moments import MomentField

from .actions import EventsRecorded, Refusal, ShownFilm
from .models import Impression

MOST_EVENTS = 200
IMPRESSION = "impression"
CLICK = "click"
LARGEST_ID = 2**63 - 1
LARGEST_MOVIE_ID = 2**31 - 1
SURFACES = [surface.value for surface in Impression.Surface]

_ROW = RegexValidator(r"\A[a-z0-9_-]+\Z", "Lower-case letters, digits, - and _.")


class ListIdField(StrictIntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(
            min_value=1,
            max_value=LARGEST_ID,
            **{"required": False, "allow_null": True, "default": None} | options,
        )


class SurfaceField(serializers.ChoiceField):
    def __init__(self, **options: Any) -> None:
        super().__init__(SURFACES, **options)


class EventInput(InputSerializer):
    type = serializers.ChoiceField([IMPRESSION, CLICK])
    movie_id = StrictIntegerField(min_value=1, max_value=LARGEST_MOVIE_ID)
    list_id = ListIdField(
        help_text="That of the page or row; null for an item whose `score` is null: it is of no "
        "list of yours."
    )
    surface = SurfaceField(help_text="Where it was: `list` is `recommendations/`.")
    row = StrictCharField(
        required=False,
        default="",
        max_length=60,
        validators=[_ROW],
        help_text="The key of the row, on `home`.",
    )
    at = MomentField(required=False, help_text="If not now. ISO 8601 with the offset from UTC.")


class EventsInput(InputSerializer):
    events = BoundedListField(
        child=EventInput(), allow_empty=False, min_length=1, max_length=MOST_EVENTS
    )


class IgnoredEventOutput(serializers.Serializer[Any]):
    index = serializers.IntegerField(help_text="The event's place in the request, from 0.")
    reason = serializers.ChoiceField(
        choices=[reason.value for reason in Refusal],
        help_text="`unknown_list`: you have no such list, or it is gone. `not_in_list`: the film "
        "is not in it. `movie_not_found`: there is no such film.",
    )


class EventsOutput(serializers.Serializer[Any]):
    is_recorded = serializers.BooleanField(help_text="False while you are private.")
    recorded = serializers.IntegerField(help_text="Events that are kept, from now or before.")
    ignored = IgnoredEventOutput(many=True)


def shown_film(event: dict[str, Any], *, at: Any) -> ShownFilm:
    return ShownFilm(
        movie_id=event["movie_id"],
        list_id=event["list_id"],
        surface=event["surface"],
        row=event["row"],
        at=event.get("at", at),
        is_click=event["type"] == CLICK,
    )


def events_data(recorded: EventsRecorded | None, *, events: int) -> dict[str, Any]:
    refusals = recorded.refusals if recorded else {}
    return {
        "is_recorded": recorded is not None,
        "recorded": events - len(refusals) if recorded else 0,
        "ignored": [{"index": index, "reason": reason.value} for index, reason in refusals.items()],
    }
