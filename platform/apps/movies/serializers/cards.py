"""What MovieOutput makes of a film, for answers with very many films: without serializer or models.

A test holds that both say the same.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.db import connection

from apps.core.movie_states import MovieState
from apps.movies import images

_FILMS = """
    SELECT id, tmdb_id, imdb_id, title, original_title, release_date, year, runtime,
        original_language, overview, poster_path, backdrop_path, vote_average, vote_count,
        popularity, ARRAY(
            SELECT genre_id FROM movies_movie_genres AS genres WHERE genres.movie_id = film.id
            ORDER BY genres.id
        ) AS genres
    FROM movies_movie AS film WHERE id = ANY (%s)
"""
_GENRES = "SELECT id, name, slug FROM movies_genre"
_TITLES = "SELECT id, title FROM movies_movie WHERE id = ANY (%s)"


def read_cards(
    movie_ids: Collection[int], *, states: Mapping[int, MovieState]
) -> dict[int, dict[str, Any]]:
    """The cards of the films that there are, in two queries; each film has a state."""
    genres = {genre["id"]: genre for genre in _rows(_GENRES)}
    sizes = images.known.get()
    return {
        film["id"]: _card(film, genres, sizes) | {"me": _me(states[film["id"]])}
        for film in _rows(_FILMS, list(movie_ids))
    }


def read_titles(movie_ids: Collection[int]) -> dict[int, str]:
    return {film["id"]: film["title"] for film in _rows(_TITLES, list(movie_ids))}


def _rows(statement: str, *parameters: Any) -> Iterator[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        names = [column.name for column in cursor.description]
        rows = cursor.fetchall()
    return (dict(zip(names, row, strict=True)) for row in rows)


def _card(
    film: dict[str, Any], genres: Mapping[int, Any], sizes: images.ImageURLs
) -> dict[str, Any]:
    poster, backdrop = film.pop("poster_path"), film.pop("backdrop_path")
    released = film["release_date"]
    return film | {
        "release_date": released and released.isoformat(),
        "genres": [genres[pk] for pk in film["genres"] if pk in genres],
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
