from typing import Any

from rest_framework import serializers

from apps.core.errors import ErrorCode
from apps.core.serializers import InputSerializer, StrictIntegerField
from apps.movies.serializers.films import MovieOutput

from .models import MAX_SCORE, MIN_SCORE, Favorite, Rating


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
        if ("movie_id" in attrs) == ("tmdb_id" in attrs):
            raise serializers.ValidationError("Send either movie_id or tmdb_id.")
        if "movie_id" in attrs:
            film = {"pk": attrs.pop("movie_id")}
        else:
            film = {"tmdb_id": attrs.pop("tmdb_id")}
        return attrs | {"film": film}


class FavoriteInput(MovieReferenceInput):
    pass


class RatingInput(MovieReferenceInput):
    score = ScoreField()


class ScoreInput(InputSerializer):
    score = ScoreField()


class FavoriteOutput(serializers.ModelSerializer[Favorite]):
    movie = MovieOutput(read_only=True)

    class Meta:
        model = Favorite
        fields = ["id", "movie", "created_at"]
        read_only_fields = fields


class RatingOutput(serializers.ModelSerializer[Rating]):
    movie = MovieOutput(read_only=True)
    score = serializers.IntegerField(read_only=True, min_value=MIN_SCORE, max_value=MAX_SCORE)

    class Meta:
        model = Rating
        fields = ["id", "movie", "score", "rated_at", "created_at", "updated_at"]
        read_only_fields = fields


class TasteRevisionOutput(serializers.Serializer[Any]):
    taste_revision = serializers.IntegerField(
        help_text="A recommendation list with this revision or a later one has seen the write."
    )


class FavoriteWrittenOutput(FavoriteOutput):
    taste_revision = serializers.IntegerField(read_only=True)

    class Meta(FavoriteOutput.Meta):
        fields = [*FavoriteOutput.Meta.fields, "taste_revision"]
        read_only_fields = fields


class RatingWrittenOutput(RatingOutput):
    taste_revision = serializers.IntegerField(read_only=True)

    class Meta(RatingOutput.Meta):
        fields = [*RatingOutput.Meta.fields, "taste_revision"]
        read_only_fields = fields


class FavoriteCheckOutput(serializers.Serializer[Any]):
    is_favorite = serializers.BooleanField()
    favorite_id = serializers.IntegerField(allow_null=True)
