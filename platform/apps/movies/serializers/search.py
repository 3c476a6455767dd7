from typing import Any

from rest_framework import serializers

from apps.movies.models import Movie
from apps.movies.search.names import KINDS

from .films import CARD_FIELDS, ImageURLField, MovieOutput

FOUND_FIELDS = (*CARD_FIELDS, "match")
SUGGESTION_FIELDS = ("id", "tmdb_id", "title", "year", "poster_url", "match")


class MatchPartOutput(serializers.Serializer[Any]):
    text = serializers.CharField()
    is_match = serializers.BooleanField(help_text="Whether this is what was searched for.")


class MatchOutput(serializers.Serializer[Any]):
    """The name by which the film was found, in parts, which make the name when put together."""

    field = serializers.ChoiceField(choices=KINDS, help_text="Whose or what name it is.")
    parts = MatchPartOutput(many=True)


class FoundMovieOutput(MovieOutput):
    """A film on a card, and why it was found."""

    match = MatchOutput(read_only=True)

    class Meta(MovieOutput.Meta):
        fields = list(FOUND_FIELDS)
        read_only_fields = fields


class SuggestionOutput(serializers.ModelSerializer[Movie]):
    poster_url = ImageURLField(source="poster_path", kind="poster", size="large")
    match = MatchOutput(read_only=True)

    class Meta:
        model = Movie
        fields = list(SUGGESTION_FIELDS)
        read_only_fields = fields


class _CorrectedOutput(serializers.Serializer[Any]):
    corrected_query = serializers.CharField(
        allow_null=True,
        help_text="What was probably meant, where little or nothing is found by what was asked. "
        "The films are found by this, unless `correct=false`; else null.",
    )


class MovieSearchOutput(_CorrectedOutput):
    """A page of films, the best match first."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = FoundMovieOutput(many=True)


class SuggestionsOutput(_CorrectedOutput):
    """Films that may be meant, the likeliest first."""

    results = SuggestionOutput(many=True)
