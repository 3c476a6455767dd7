from typing import Any

from rest_framework import serializers

from apps.movies.rankings import Source

from .films import MovieOutput


class MovieRankingOutput(serializers.Serializer[Any]):
    """A page of films in somebody's order, and whose that is."""

    source = serializers.ChoiceField(  # type: ignore[assignment]  # shadows an unused attribute
        choices=Source.choices,
        help_text="Whose order it is: TMDb's, our catalogue's own, or for similar films the "
        "model's of what viewers did.",
    )
    fetched_at = serializers.DateTimeField(
        allow_null=True, help_text="When TMDb told it; null for our own."
    )
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = MovieOutput(many=True)
