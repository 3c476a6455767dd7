"""What the views of a viewer's writes have in common."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_200_OK, HTTP_201_CREATED

from apps.core.errors import APIError, ErrorCode
from apps.favorites.serializers.revisions import TasteRevisionOutput
from apps.movies.models import Movie
from apps.movies.states import STATES, states_for

DELETED = OpenApiResponse(TasteRevisionOutput, "Deleted; the viewer's new Taste revision.")


def find_movie(film: dict[str, int]) -> Movie:
    movie = Movie.objects.with_genres().filter(**film).first()
    if movie is None:
        raise APIError(ErrorCode.MOVIE_NOT_FOUND)
    return movie


def state_of(request: Request, movie_id: int) -> dict[str, Any]:
    """A serializer's context with the caller's state of the film, as it is now."""
    return {STATES: states_for(request, [movie_id])}


def written(data: dict[str, Any], *, revision: int, created: bool) -> Response:
    status = HTTP_201_CREATED if created else HTTP_200_OK
    return Response(data | {"taste_revision": revision}, status=status)
