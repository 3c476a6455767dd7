from dataclasses import asdict
from typing import Any

from rest_framework import serializers

from apps.core.movie_states import UNTOUCHED
from apps.favorites.states import LibraryState
from apps.movies.serializers.films import MovieStateOutput

_NOTHING = LibraryState(state=UNTOUCHED)


class LibraryStateOutput(MovieStateOutput):
    """What you did with a film, and the ids of your rows that say so, by which to delete them."""

    movie_id = serializers.IntegerField()
    favorite_id = serializers.IntegerField(allow_null=True)
    rating_id = serializers.IntegerField(allow_null=True)
    watchlist_id = serializers.IntegerField(allow_null=True)
    not_interested_id = serializers.IntegerField(allow_null=True)


class LibraryStatesOutput(serializers.Serializer[Any]):
    results = LibraryStateOutput(many=True, help_text="In the order asked for, each film once.")


def library_state_data(movie_id: int, state: LibraryState | None) -> dict[str, Any]:
    of_rows = asdict(state or _NOTHING)
    return {"movie_id": movie_id, **of_rows.pop("state"), **of_rows}
