from typing import Any

from rest_framework import serializers

from apps.favorites.models import NotInterested, Rating, WatchEntry
from apps.favorites.serializers.inputs import MovieReferenceInput
from apps.favorites.serializers.revisions import TasteRevisionOutput

from .actions import Feedback, FeedbackGiven, Outcome
from .event_serializers import ListIdField, SurfaceField
from .models import Impression

_KINDS = {Rating: "rating", NotInterested: "not_interested", WatchEntry: "viewing"}


class FeedbackInput(MovieReferenceInput):
    feedback = serializers.ChoiceField([feedback.value for feedback in Feedback])
    list_id = ListIdField(help_text="Of the list that the film was shown in.")
    surface = SurfaceField(
        required=False, default=Impression.Surface.LIST.value, help_text="Where it was shown."
    )


class FeedbackOutput(TasteRevisionOutput):
    movie_id = serializers.IntegerField()
    feedback = serializers.ChoiceField([feedback.value for feedback in Feedback])
    outcome = serializers.ChoiceField(
        [outcome.value for outcome in Outcome],
        help_text="`unchanged`: it was said already. `not_recorded`: you are private, and no "
        "viewing is kept.",
    )
    kind = serializers.ChoiceField(
        list(_KINDS.values()), allow_null=True, help_text="What the row is that says so."
    )
    id = serializers.IntegerField(allow_null=True, help_text="Of that row.")
    score = serializers.IntegerField(allow_null=True, help_text="Of a rating.")
    is_attributed = serializers.BooleanField(
        help_text="The film is in the list that you named, and is kept as shown."
    )


def feedback_data(given: FeedbackGiven, *, movie_id: int, feedback: Feedback) -> dict[str, Any]:
    written = given.written
    row = written.row
    return {
        "movie_id": movie_id,
        "feedback": feedback.value,
        "outcome": written.outcome.value,
        "kind": None if row is None else _KINDS[type(row)],
        "id": None if row is None else row.pk,
        "score": row.score if isinstance(row, Rating) else None,
        "is_attributed": given.is_attributed,
        "taste_revision": written.revision,
    }
