"""What MovieOutput makes of a film, from the row that one statement reads: without models.

A test holds that both say the same.
"""

from collections.abc import Mapping
from typing import Any

from apps.core.movie_states import MovieState
from apps.movies import images

from .films import CARD_FIELDS

# As they are in the table and on the card.
_PLAIN = (
    *("id", "tmdb_id", "imdb_id", "title", "original_title", "release_date", "year", "runtime"),
    *("original_language", "overview", "vote_average", "vote_count", "popularity"),
)
# What `card_data` takes of a film.
COLUMNS = f"""
    {", ".join(f"film.{name}" for name in _PLAIN)},
    ARRAY(SELECT genre_id FROM movies_movie_genres AS genres WHERE genres.movie_id = film.id
        ORDER BY genres.id),
    film.poster_path, film.backdrop_path
"""  # noqa: S608  # names of ours


def card_data(
    film: tuple[Any, ...], genres: Mapping[int, dict[str, Any]], sizes: images.ImageURLs
) -> dict[str, Any]:
    """What all are shown of it; `me` is its caller's."""
    card = dict(zip(_PLAIN, film, strict=False))
    released, (genre_ids, poster, backdrop) = card["release_date"], film[len(_PLAIN) :]
    card["release_date"] = released and released.isoformat()
    card["genres"] = [genres[pk] for pk in genre_ids if pk in genres]
    card["poster_url"] = sizes.url("poster", "large", poster)
    card["backdrop_url"] = sizes.url("backdrop", "large", backdrop)
    return {name: card[name] for name in CARD_FIELDS if name != "me"}


def me_data(state: MovieState | None) -> dict[str, Any] | None:
    if state is None:
        return None
    return {
        "favorite": state.favorite,
        "rating": state.rating,
        "watched": state.watched,
        "watchlisted": state.watchlisted,
        "hidden": state.hidden,
    }
