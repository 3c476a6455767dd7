from typing import Any

from rest_framework import serializers

from apps.favorites.models import Favorite
from apps.movies.serializers.films import MovieField

from .inputs import MovieReferenceInput


class FavoriteInput(MovieReferenceInput):
    pass


class FavoriteOutput(serializers.ModelSerializer[Favorite]):
    movie = MovieField()

    class Meta:
        model = Favorite
        fields = ["id", "movie", "created_at"]
        read_only_fields = fields


class FavoriteWrittenOutput(FavoriteOutput):
    taste_revision = serializers.IntegerField(read_only=True)

    class Meta(FavoriteOutput.Meta):
        fields = [*FavoriteOutput.Meta.fields, "taste_revision"]
        read_only_fields = fields


class FavoriteCheckOutput(serializers.Serializer[Any]):
    is_favorite = serializers.BooleanField()
    favorite_id = serializers.IntegerField(allow_null=True)
