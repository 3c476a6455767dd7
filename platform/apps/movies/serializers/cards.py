"""What MovieOutput makes of a film, from the row that one statement reads: without models.

A test holds that both say the same.
"""

from collections.abc import Mapping
from typing import Any

from apps.core.movie_states import MovieState
from apps.movies import images
from apps.movies.localising import Localised

from .films import CARD_FIELDS

# As they are in the table and on the card.
_PLAIN = (
    *("id", "tmdb_id", "imdb_id", "title", "original_title", "release_date", "year", "runtime"),
    *("original_language", "overview", "vote_average", "vote_count", "popularity"),
)
# What `read_card` takes of a film.
COLUMNS = f"""
    {", ".join(f"film.{name}" for name in _PLAIN)}, film.poster_path, film.backdrop_path,
    ARRAY(SELECT genre_id FROM movies_movie_genres AS genres WHERE genres.movie_id = film.id
        ORDER BY genres.id)
"""  # noqa: S608  # names of ours


def read_card(film: tuple[Any, ...], genres: Mapping[int, dict[str, Any]]) -> dict[str, Any]:
    """The columns by their names, with the genres that there are."""
    *plain, genre_ids = film
    card = dict(zip((*_PLAIN, "poster_path", "backdrop_path"), plain, strict=True))
    return card | {"genres": [genres[pk] for pk in genre_ids if pk in genres]}


def card_data(
    card: Mapping[str, Any], localised: Localised, sizes: images.ImageURLs
) -> dict[str, Any]:
    """What all who ask in the locale are shown of it; `me` is its caller's."""
    released = card["release_date"]
    told = {
        **card,
        "title": localised.title,
        "overview": localised.overview,
        "certification": localised.certification,
        "release_date": released and released.isoformat(),
        "poster_url": sizes.url("poster", "large", localised.poster_path),
        "backdrop_url": sizes.url("backdrop", "large", card["backdrop_path"]),
    }
    return {name: told[name] for name in CARD_FIELDS if name != "me"}


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
