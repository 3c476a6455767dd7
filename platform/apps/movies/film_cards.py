"""Films as whoever asks is shown them."""

from collections.abc import Collection, Mapping
from typing import Any

from rest_framework.request import Request

from apps.core.locales import current_locale

from .fragments import read_fragments
from .states import states_for

Cards = Mapping[int, dict[str, Any]]


def cards_for(request: Request, movie_ids: Collection[int]) -> Cards:
    """Those of the films that there are, also of those that lists hide, in two queries."""
    if not movie_ids:
        # Nor does the answer depend on the language; but with the next film it does.
        current_locale()
        return {}
    states = states_for(request, movie_ids) or {}
    films = read_fragments(movie_ids)
    return {movie_id: film.data(states.get(movie_id)) for movie_id, film in films.items()}
