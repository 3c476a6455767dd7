from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.serializers import InputSerializer, StrictIntegerField
from apps.favorites.models import NotInterested
from apps.movies.models import Person
from apps.movies.serializers.films import GenreOutput, MovieField

KINDS = ("movie", "person", "genre")
_NAMES = ("movie_id", "tmdb_id", "person_id", "genre_id")
_ONE = f"One of {', '.join(_NAMES)}."


class NotInterestedInput(InputSerializer):
    """Names a film, a person or a genre by exactly one id."""

    exactly_one_of = _NAMES

    movie_id = StrictIntegerField(required=False, help_text=_ONE)
    tmdb_id = StrictIntegerField(required=False, help_text=_ONE)
    person_id = StrictIntegerField(required=False, help_text=_ONE)
    genre_id = StrictIntegerField(required=False, help_text=_ONE)


class HiddenPersonOutput(serializers.ModelSerializer[Person]):
    class Meta:
        model = Person
        fields = ["id", "name"]
        read_only_fields = fields


class NotInterestedOutput(serializers.ModelSerializer[NotInterested]):
    kind = serializers.SerializerMethodField()
    movie = MovieField(allow_null=True)
    person = HiddenPersonOutput(read_only=True, allow_null=True)
    genre = GenreOutput(read_only=True, allow_null=True)

    class Meta:
        model = NotInterested
        fields = ["id", "kind", "movie", "person", "genre", "created_at"]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(KINDS))
    def get_kind(self, row: NotInterested) -> str:
        return next(kind for kind in KINDS if getattr(row, f"{kind}_id") is not None)


class NotInterestedWrittenOutput(NotInterestedOutput):
    taste_revision = serializers.IntegerField(read_only=True)

    class Meta(NotInterestedOutput.Meta):
        fields = [*NotInterestedOutput.Meta.fields, "taste_revision"]
        read_only_fields = fields
