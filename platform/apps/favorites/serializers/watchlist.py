from rest_framework import serializers

from apps.favorites.models import WatchlistEntry
from apps.movies.serializers.films import MovieField

from .inputs import MovieReferenceInput


class WatchlistInput(MovieReferenceInput):
    pass


class WatchlistEntryOutput(serializers.ModelSerializer[WatchlistEntry]):
    movie = MovieField()

    class Meta:
        model = WatchlistEntry
        fields = ["id", "movie", "created_at"]
        read_only_fields = fields


class WatchlistWrittenOutput(WatchlistEntryOutput):
    taste_revision = serializers.IntegerField(read_only=True)

    class Meta(WatchlistEntryOutput.Meta):
        fields = [*WatchlistEntryOutput.Meta.fields, "taste_revision"]
        read_only_fields = fields
