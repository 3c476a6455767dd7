"""What the bodies of several kinds of writes have in common."""

from typing import Any

from apps.core.errors import ErrorCode
from apps.core.serializers import InputSerializer, StrictIntegerField
from apps.favorites.models import MAX_SCORE, MIN_SCORE


class ScoreField(StrictIntegerField):
    default_error_messages = {
        ErrorCode.RATING_OUT_OF_RANGE.value: ErrorCode.RATING_OUT_OF_RANGE.message
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=MIN_SCORE, max_value=MAX_SCORE, **options)

    def to_internal_value(self, data: Any) -> int:
        score = super().to_internal_value(data)
        if not MIN_SCORE <= score <= MAX_SCORE:
            self.fail(ErrorCode.RATING_OUT_OF_RANGE.value)
        return score


class MovieReferenceInput(InputSerializer):
    """Names a film by exactly one of its ids; `validated_data["film"]` is a lookup for it."""

    exactly_one_of = ("movie_id", "tmdb_id")

    movie_id = StrictIntegerField(required=False, help_text="This or `tmdb_id`.")
    tmdb_id = StrictIntegerField(required=False, help_text="This or `movie_id`.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if "movie_id" in attrs:
            film = {"pk": attrs.pop("movie_id")}
        else:
            film = {"tmdb_id": attrs.pop("tmdb_id")}
        return attrs | {"film": film}
