from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.movie_states import MAX_SCORE, MIN_SCORE
from apps.movies import images
from apps.movies.models import Genre, Movie

# The key of a serializer's context under which MovieField finds the films.
CARDS = "film_cards"

ME = "What you did with the film; null where nobody is signed in."


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


class MovieStateOutput(serializers.Serializer[Any]):
    """What you did with the film."""

    favorite = serializers.BooleanField()
    rating = serializers.IntegerField(
        min_value=MIN_SCORE, max_value=MAX_SCORE, allow_null=True, help_text="Your score."
    )
    watched = serializers.BooleanField(help_text="You saw 80 % of it or more, at least once.")
    watchlisted = serializers.BooleanField()
    hidden = serializers.BooleanField(help_text="You are not interested in this film.")


CARD_FIELDS = (
    *("id", "tmdb_id", "imdb_id", "title", "original_title", "release_date", "year", "genres"),
    *("runtime", "original_language", "overview", "poster_url", "backdrop_url", "certification"),
    *("vote_average", "vote_count", "popularity", "me"),
)


class CertificationOutput(serializers.Serializer[Any]):
    """For whom the film is, by the country's own scale."""

    country = serializers.CharField(help_text="ISO 3166-1.")
    certification = serializers.CharField()


class MovieOutput(serializers.ModelSerializer[Movie]):
    """A film on a card."""

    # Says what there is on it; `serializers.cards` makes it.
    me = MovieStateOutput(read_only=True, allow_null=True, help_text=ME)
    genres = GenreOutput(many=True, read_only=True)
    poster_url = ImageURLField(source="poster_path", kind="poster", size="large")
    backdrop_url = ImageURLField(source="backdrop_path", kind="backdrop", size="large")
    certification = CertificationOutput(
        read_only=True, allow_null=True, help_text="In your region, else where it was made."
    )

    class Meta:
        model = Movie
        fields = list(CARD_FIELDS)
        read_only_fields = fields


@extend_schema_field(MovieOutput)
class MovieField(serializers.Field[Any, Any, Any, Any]):
    """The film that a row names, from the context: see apps.movies.film_cards."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, source="movie_id", **options)

    def to_representation(self, movie_id: int) -> dict[str, Any]:
        card: dict[str, Any] = self.context[CARDS][movie_id]
        return card
