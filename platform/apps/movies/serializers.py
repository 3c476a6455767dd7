from rest_framework import serializers

from .models import Genre, Movie


class GenreOutput(serializers.ModelSerializer[Genre]):
    class Meta:
        model = Genre
        fields = ["id", "name", "slug"]
        read_only_fields = fields


class MovieOutput(serializers.ModelSerializer[Movie]):
    genres = GenreOutput(many=True, read_only=True)
    poster_url = serializers.URLField(read_only=True, allow_null=True)
    backdrop_url = serializers.URLField(read_only=True, allow_null=True)

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
            "vote_average",
            "vote_count",
            "popularity",
        ]
        read_only_fields = fields
