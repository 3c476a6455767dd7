from typing import Any

from rest_framework import serializers

from apps.movies.models import Movie
from apps.movies.serializers.films import CertificationOutput, GenreOutput, ImageURLField

from .models import Because, Recommendation

TEXTS = {
    "personal": "Picked for you",
    "similar": "Similar to films you liked",
    "trending": "Trending now",
    "popular": "Popular on Nexus",
    "explored": "Something new for you",
}
UNTOUCHED = {
    "favorite": False,
    "rating": None,
    "watched": False,
    "watchlisted": False,
    "hidden": False,
}


class MovieSerializer(serializers.ModelSerializer):
    genres = GenreOutput(many=True, read_only=True)
    poster_url = ImageURLField(source="poster_path", kind="poster", size="large")
    backdrop_url = ImageURLField(source="backdrop_path", kind="backdrop", size="large")
    # Nothing that is generated is certified; to look for it would take this way longer still.
    certification = CertificationOutput(read_only=True, allow_null=True)

    class Meta:
        model = Movie
        fields = [
            "id",
            "tmdb_id",
            "imdb_id",
            "title",
            "original_title",
            "release_date",
            "year",
            "genres",
            "runtime",
            "original_language",
            "overview",
            "poster_url",
            "backdrop_url",
            "certification",
            "vote_average",
            "vote_count",
            "popularity",
        ]
        read_only_fields = fields


class BecauseSerializer(serializers.ModelSerializer):
    movie_id = serializers.IntegerField(read_only=True)
    title = serializers.CharField(source="movie.title", read_only=True)

    class Meta:
        model = Because
        fields = ["movie_id", "title", "contribution"]
        read_only_fields = fields


class ReasonSerializer(serializers.ModelSerializer):
    text = serializers.SerializerMethodField()
    because = BecauseSerializer(many=True, read_only=True)

    class Meta:
        model = Recommendation
        fields = ["text", "because"]
        read_only_fields = fields

    def get_text(self, recommendation: Recommendation) -> str:
        titles = [each.movie.title for each in recommendation.because.all()]
        if titles:
            return f"Because you liked {' and '.join(titles)}"
        return TEXTS[recommendation.source]


class RecommendationSerializer(serializers.ModelSerializer):
    movie = MovieSerializer(read_only=True)
    reason = ReasonSerializer(source="*", read_only=True)

    class Meta:
        model = Recommendation
        fields = ["movie", "score", "source", "reason"]
        read_only_fields = fields

    def to_representation(self, instance: Any) -> dict[str, Any]:
        data = super().to_representation(instance)
        # What was seen or hidden is not shown, so the rest is known of every film on the page.
        data["movie"]["me"] = UNTOUCHED | {"watchlisted": instance.is_watchlisted}
        return data
