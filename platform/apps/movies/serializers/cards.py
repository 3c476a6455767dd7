"""What MovieOutput makes of a film, for answers with very many films: without serializer or models.

A test holds that both say the same.
"""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import connection

from apps.core.database import array_of
from apps.core.movie_states import MovieState
from apps.movies import images

# As they are in the table and on the card.
CARD_COLUMNS = (
    *("id", "tmdb_id", "imdb_id", "title", "original_title", "release_date", "year", "runtime"),
    *("original_language", "overview", "vote_average", "vote_count", "popularity"),
)
# What a card makes of the rest, as `card_data` takes it.
FURTHER_COLUMNS = """
    ARRAY(SELECT genre_id FROM movies_movie_genres AS genres WHERE genres.movie_id = film.id
        ORDER BY genres.id),
    poster_path, backdrop_path
"""
_FILMS = f"""
    SELECT {", ".join(CARD_COLUMNS)}, {FURTHER_COLUMNS}
    FROM movies_movie AS film WHERE id = ANY (%s::int[])
"""  # noqa: S608  # names of ours


def read_cards(
    movie_ids: Collection[int],
    *,
    states: Mapping[int, MovieState],
    genres: Mapping[int, dict[str, Any]],
) -> dict[int, dict[str, Any]]:
    """The cards of the films that there are, in one query; each film has a state."""
    sizes = images.known.get()
    return {
        film[0]: card_data(film, genres, sizes) | {"me": me_data(states[film[0]])}
        for film in _films(movie_ids)
    }


def _films(movie_ids: Collection[int]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_FILMS, [array_of(movie_ids)])
        return list(cursor.fetchall())


def card_data(
    film: tuple[Any, ...], genres: Mapping[int, dict[str, Any]], sizes: images.ImageURLs
) -> dict[str, Any]:
    """Of CARD_COLUMNS and FURTHER_COLUMNS what all are shown."""
    card = dict(zip(CARD_COLUMNS, film, strict=False))
    released, (genre_ids, poster, backdrop) = card["release_date"], film[len(CARD_COLUMNS) :]
    card["release_date"] = released and released.isoformat()
    card["genres"] = [genres[pk] for pk in genre_ids if pk in genres]
    card["poster_url"] = sizes.url("poster", "large", poster)
    card["backdrop_url"] = sizes.url("backdrop", "large", backdrop)
    return card


def me_data(state: MovieState) -> dict[str, Any]:
    return {
        "favorite": state.favorite,
        "rating": state.rating,
        "watched": state.watched,
        "watchlisted": state.watchlisted,
        "hidden": state.hidden,
    }
