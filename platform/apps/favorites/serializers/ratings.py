from rest_framework import serializers

from apps.core.serializers import InputSerializer
from apps.favorites.models import MAX_SCORE, MIN_SCORE, Rating
from apps.movies.serializers.films import MovieField

from .inputs import MovieReferenceInput, ScoreField


class RatingInput(MovieReferenceInput):
    score = ScoreField()


class ScoreInput(InputSerializer):
    always_needed = ("score",)

    score = ScoreField()


class RatingOutput(serializers.ModelSerializer[Rating]):
    movie = MovieField()
    score = serializers.IntegerField(read_only=True, min_value=MIN_SCORE, max_value=MAX_SCORE)

    class Meta:
        model = Rating
        fields = ["id", "movie", "score", "rated_at", "created_at", "updated_at"]
        read_only_fields = fields


class RatingWrittenOutput(RatingOutput):
    taste_revision = serializers.IntegerField(read_only=True)

    class Meta(RatingOutput.Meta):
        fields = [*RatingOutput.Meta.fields, "taste_revision"]
        read_only_fields = fields
