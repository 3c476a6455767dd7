from typing import Any

from rest_framework import serializers

from apps.movies import images
from apps.movies.models import Genre, Movie


class ImageURLField(serializers.URLField):
    """The address, in a named size, of the image whose path is in the column `source`."""

    def __init__(self, *, kind: images.Kind, size: images.Size, **options: Any) -> None:
        self._kind, self._size = kind, size
        super().__init__(read_only=True, allow_null=True, **options)

    def to_representation(self, value: str) -> str | None:  # type: ignore[override]  # null is no image
        return images.known.get().url(self._kind, self._size, value)


class GenreOutput(serializers.ModelSerializer[Genre]):
    class Meta:
        model = Genre
        fields = ["id", "name", "slug"]
        read_only_fields = fields


class MovieOutput(serializers.ModelSerializer[Movie]):
    genres = GenreOutput(many=True, read_only=True)
    poster_url = ImageURLField(source="poster_path", kind="poster", size="large")
    backdrop_url = ImageURLField(source="backdrop_path", kind="backdrop", size="large")

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
