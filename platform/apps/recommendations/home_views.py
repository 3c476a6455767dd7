from functools import partial

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.core.conditional import is_held, unchanged
from apps.core.errors import ErrorCode
from apps.core.field_selection import PARAMETER, chosen_fields, fields_parameter
from apps.core.json_answers import CONTENT_TYPE
from apps.core.parameters import integer_parameter, refuse_unknown_parameters
from apps.core.schema import AUTH_ERRORS, errors
from apps.movies.serializers.films import CARD_FIELDS
from apps.users.requests import viewer_of

from . import home_examples
from .home.answers import Asked, home_answer
from .home_serializers import HomeOutput

DEFAULT_ROWS, MAX_ROWS = 6, 10
DEFAULT_ITEMS, MAX_ITEMS = 20, 40
# A row of fewer is no row.
MIN_ITEMS = 5


def _count(
    name: str, description: str, *, minimum: int, maximum: int, default: int
) -> OpenApiParameter:
    schema = {"type": "integer", "minimum": minimum, "maximum": maximum, "default": default}
    return OpenApiParameter(name, schema, description=description)


class HomeView(APIView):
    @extend_schema(
        tags=["recommendations"],
        operation_id="recommendation_home",
        summary="Your home page",
        parameters=[
            _count("rows", "Rows at most.", minimum=1, maximum=MAX_ROWS, default=DEFAULT_ROWS),
            _count(
                "items",
                "Films of a row at most.",
                minimum=MIN_ITEMS,
                maximum=MAX_ITEMS,
                default=DEFAULT_ITEMS,
            ),
            fields_parameter(CARD_FIELDS),
        ],
        responses={
            200: HomeOutput,
            **errors(ErrorCode.INVALID, ErrorCode.UNKNOWN_PARAMETER, *AUTH_ERRORS),
        },
        examples=[home_examples.HOME],
    )
    def get(self, request: Request) -> HttpResponse:
        """Show your home page: titled rows of films, none of which comes twice.

        From your list: "For you", "Because you liked …" and "New for you". Beside it stand what is
        popular in the genre that you like most, what is trending, and what you saved. Without a
        list of your own you see what is trending, popular and new. What you saw or do not want to
        see is nowhere. A row of fewer than five films is left out.

        The answer is kept for a while (`is_cached`), but never shown after you wrote anything.
        """
        refuse_unknown_parameters(request, allowed={"rows", "items", PARAMETER})
        rows = integer_parameter(request, "rows", default=DEFAULT_ROWS, maximum=MAX_ROWS)
        items = integer_parameter(
            request, "items", default=DEFAULT_ITEMS, minimum=MIN_ITEMS, maximum=MAX_ITEMS
        )
        fields = chosen_fields(request, CARD_FIELDS)
        user = viewer_of(request)
        asked = Asked(
            user_id=user.pk,
            rows=rows,
            items=items,
            at=timezone.now(),
            fields=fields,
            include_adult=user.include_adult,
        )
        answer = home_answer(asked, is_held=partial(is_held, request))
        if answer.text is None:
            return unchanged(answer.etag)
        return HttpResponse(answer.text, content_type=CONTENT_TYPE, headers={"ETag": answer.etag})
