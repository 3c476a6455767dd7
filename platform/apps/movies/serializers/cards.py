"""What MovieOutput makes of a film, for answers with very many films: without serializer or models.

A test holds that both say the same.
"""

from collections.abc import Collection, Mapping
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from apps.core.movie_states import MovieState
from apps.movies import images
from apps.movies.models import Genre, Movie

_COLUMNS = (
    *("id", "tmdb_id", "imdb_id", "title", "original_title", "release_date", "year"),
    *("runtime", "original_language", "overview", "poster_path", "backdrop_path"),
    *("vote_average", "vote_count", "popularity"),
)


def read_cards(
    movie_ids: Collection[int], *, states: Mapping[int, MovieState]
) -> dict[int, dict[str, Any]]:
    """The cards of the films that there are, in two queries; each film has a state."""
    of_film = Movie.genres.through.objects.filter(movie=OuterRef("pk")).order_by("pk")
    films = Movie.objects.among(movie_ids).annotate(
        genre_ids=ArraySubquery(of_film.values("genre"))
    )
    genres: dict[int, Any] = {
        genre["id"]: genre for genre in Genre.objects.values("id", "name", "slug")
    }
    sizes = images.known.get()
    return {
        film["id"]: _card(film, genres, sizes) | {"me": _me(states[film["id"]])}
        for film in films.values(*_COLUMNS, "genre_ids")
    }


def _card(
    film: dict[str, Any], genres: Mapping[int, Any], sizes: images.ImageURLs
) -> dict[str, Any]:
    poster, backdrop = film.pop("poster_path"), film.pop("backdrop_path")
    released = film["release_date"]
    return film | {
        "release_date": released and released.isoformat(),
        "genres": [genres[pk] for pk in film.pop("genre_ids") if pk in genres],
        "poster_url": sizes.url("poster", "large", poster),
        "backdrop_url": sizes.url("backdrop", "large", backdrop),
    }


def _me(state: MovieState) -> dict[str, Any]:
    return {
        "favorite": state.favorite,
        "rating": state.rating,
        "watched": state.watched,
        "watchlisted": state.watchlisted,
        "hidden": state.hidden,
    }
