"""What MovieOutput makes of a film, for answers with many: without serializer or models.

A test holds that both say the same.
"""

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from django.db import connection

from apps.core.database import array_of
from apps.core.field_selection import Chosen, is_chosen
from apps.core.movie_states import MovieState
from apps.movies import images
from apps.movies.states import States

from .films import MovieOutput

# In the order in which a card has them.
CARD_FIELDS: tuple[str, ...] = tuple(MovieOutput.Meta.fields)

Genres = Mapping[int, dict[str, Any]]

# What is not in the table by the field's name; `me` is not in the table at all.
_COLUMNS = {
    "genres": "ARRAY(SELECT genre_id FROM movies_movie_genres AS genres"
    " WHERE genres.movie_id = film.id ORDER BY genres.id)",
    "poster_url": "poster_path",
    "backdrop_url": "backdrop_path",
}
_GENRES = "SELECT id, name, slug FROM movies_genre"


def read_cards(
    movie_ids: Collection[int], *, states: States, genres: Genres, chosen: Chosen = None
) -> dict[int, dict[str, Any]]:
    """The cards of the films that there are, in one query; each film has a state, or none has."""
    names, statement = _reading(chosen)
    sizes = images.known.get()
    cards = {}
    with connection.cursor() as cursor:
        cursor.execute(statement, [array_of(movie_ids)])
        for film in cursor.fetchall():
            cards[film[0]] = card = _card(dict(zip(names, film, strict=True)), genres, sizes)
            if is_chosen(chosen, "me"):
                card["me"] = states and me_data(states[film[0]])
    return cards


def read_genres() -> dict[int, dict[str, Any]]:
    """All of them, as cards show them; by their ids."""
    with connection.cursor() as cursor:
        cursor.execute(_GENRES)
        return {pk: {"id": pk, "name": name, "slug": slug} for pk, name, slug in cursor.fetchall()}


@lru_cache(maxsize=128)
def _reading(chosen: Chosen) -> tuple[tuple[str, ...], str]:
    """The fields that come from the table, the id first, and the statement that reads them."""
    names = tuple(name for name in CARD_FIELDS if name != "me" and is_chosen(chosen, name))
    columns = ", ".join(_COLUMNS.get(name, name) for name in names)
    statement = f"SELECT {columns} FROM movies_movie AS film WHERE id = ANY (%s::int[])"  # noqa: S608  # names of ours
    return names, statement


def _card(card: dict[str, Any], genres: Genres, sizes: images.ImageURLs) -> dict[str, Any]:
    """What is shown of the columns."""
    if released := card.get("release_date"):
        card["release_date"] = released.isoformat()
    if "genres" in card:
        card["genres"] = [genres[pk] for pk in card["genres"] if pk in genres]
    if "poster_url" in card:
        card["poster_url"] = sizes.url("poster", "large", card["poster_url"])
    if "backdrop_url" in card:
        card["backdrop_url"] = sizes.url("backdrop", "large", card["backdrop_url"])
    return card


def me_data(state: MovieState) -> dict[str, Any]:
    return {
        "favorite": state.favorite,
        "rating": state.rating,
        "watched": state.watched,
        "watchlisted": state.watchlisted,
        "hidden": state.hidden,
    }
