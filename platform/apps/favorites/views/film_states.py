from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.errors import ErrorCode
from apps.core.parameters import INTEGER, refuse_unknown_parameters
from apps.core.schema import AUTH_ERRORS, errors
from apps.favorites import states_examples
from apps.favorites.serializers.film_states import LibraryStatesOutput, library_state_data
from apps.favorites.states import read_library_states
from apps.users.requests import viewer_of

MOST_FILMS = 200

_FILMS = OpenApiParameter(
    "movie_ids",
    {
        "type": "array",
        "items": {"type": "integer", "minimum": 1, "maximum": 999_999_999},
        "minItems": 1,
        "maxItems": MOST_FILMS,
    },
    required=True,
    explode=False,
    description=f"At most {MOST_FILMS} ids of films, with commas between: `movie_ids=42,7`.",
)


class LibraryStatesView(APIView):
    @extend_schema(
        tags=["library"],
        operation_id="library_states",
        summary="What you did with these films",
        parameters=[_FILMS],
        responses={
            200: LibraryStatesOutput,
            **errors(ErrorCode.INVALID, ErrorCode.UNKNOWN_PARAMETER, *AUTH_ERRORS),
        },
        examples=[states_examples.STATES],
    )
    def get(self, request: Request) -> Response:
        """Say for each of up to 200 films what you did with it, and by which ids to undo it.

        For screens that have the films already. A film that you did nothing with, or that is not
        here, is untouched.
        """
        refuse_unknown_parameters(request, allowed={"movie_ids"})
        movie_ids = _movie_ids_of(request)
        states = read_library_states(viewer_of(request).pk, movie_ids)
        results = [library_state_data(movie_id, states.get(movie_id)) for movie_id in movie_ids]
        return Response({"results": results})


def _movie_ids_of(request: Request) -> list[int]:
    """Each id once, in the order of its first mention."""
    sent = request.query_params.getlist("movie_ids")
    if not sent:
        raise _refused("This parameter is required.", "required")
    # Some clients repeat the name for each id.
    parts = ",".join(sent).split(",")
    if not all(INTEGER.fullmatch(part) and int(part) for part in parts):
        raise _refused("Whole numbers from 1 to 999999999 with commas between.", "invalid")
    if len(parts) > MOST_FILMS:
        raise _refused(f"At most {MOST_FILMS} films at once.", "invalid")
    return list(dict.fromkeys(map(int, parts)))


def _refused(message: str, code: str) -> ValidationError:
    return ValidationError({"movie_ids": [ErrorDetail(message, code=code)]})
