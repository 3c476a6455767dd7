"""The states that the films of an answer have for whoever asks."""

from collections.abc import Collection, Mapping

from rest_framework.request import Request

from apps.core.movie_states import MovieState, states_of
from apps.users.models import User

States = Mapping[int, MovieState] | None


def states_for(request: Request, movie_ids: Collection[int]) -> States:
    """By film, in one query; None where nobody is signed in."""
    user = request.user
    return states_of(user.pk, movie_ids) if isinstance(user, User) else None
