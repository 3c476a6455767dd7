import logging
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from psycopg2.errors import LockNotAvailable, QueryCanceled
from rest_framework.request import Request
from rest_framework.status import HTTP_202_ACCEPTED
from rest_framework.views import APIView

from apps.core.errors import ErrorCode
from apps.core.field_selection import PARAMETER, chosen_fields, fields_parameter
from apps.core.parameters import integer_parameter, refuse_unknown_parameters
from apps.core.schema import AUTH_ERRORS, errors
from apps.movies.serializers.films import CARD_FIELDS
from apps.users.requests import viewer_of

from . import cursors, examples, filter_parameters
from .answers import page_answer, waiting_answer
from .links import next_url
from .page_parameters import DEFAULT_LIMIT, MAX_LIMIT, MAX_REVISION
from .pages import page_of
from .retries import MOST_SECONDS
from .serializers import RecommendationPageOutput, WaitingOutput
from .serving.hot import hot_answer
from .stored import current_list, list_of_cursor
from .waiting import wait_for

logger = logging.getLogger(__name__)

_TOO_LONG = (LockNotAvailable, QueryCanceled)

_LIMIT_SCHEMA = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
# Ours are half as long.
_CURSOR_SCHEMA = {"type": "string", "pattern": "^[-A-Za-z0-9_:.]{1,300}$"}
_PARAMETERS = [
    OpenApiParameter("limit", _LIMIT_SCHEMA, description="Items per page."),
    OpenApiParameter(
        "cursor", _CURSOR_SCHEMA, description="From `next`; follow that link as it is."
    ),
    OpenApiParameter(
        "min_revision",
        {"type": "integer", "minimum": 0, "maximum": MAX_REVISION},
        description="Only a list that has seen the write that was answered with this revision.",
    ),
    *filter_parameters.PARAMETERS,
    fields_parameter(CARD_FIELDS),
    OpenApiParameter(
        "Retry-After",
        {"type": "integer", "minimum": 1, "maximum": MOST_SECONDS},
        OpenApiParameter.HEADER,
        response=[HTTP_202_ACCEPTED],
        description="In how many seconds to ask again, where that may help.",
    ),
]

_ALLOWED = {"limit", "cursor", "min_revision", PARAMETER, *filter_parameters.NAMES}


class RecommendationListView(APIView):
    _failure: Error | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self._answer_or_none(request) or super().dispatch(request, *args, **kwargs)

    def hot_answer(self, request: HttpRequest) -> HttpResponse | None:
        return hot_answer(request)

    def _answer_or_none(self, request: HttpRequest) -> HttpResponse | None:
        """None also where something went wrong, of which the view then tells."""
        try:
            return self.hot_answer(request)
        except SuspiciousOperation:
            return None
        except Error as error:
            logger.warning("A list was not read the short way: %s", type(error).__name__)
            if not connection.in_atomic_block:
                connection.close()
            # What took too long would take as long again.
            is_over = isinstance(error.__cause__, _TOO_LONG)
            self._failure = error if is_over else None
            return None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self._failure is not None:
            raise self._failure

    @extend_schema(
        tags=["recommendations"],
        operation_id="recommendation_list",
        summary="Your recommendations",
        parameters=_PARAMETERS,
        responses={
            200: RecommendationPageOutput,
            202: OpenApiResponse(WaitingOutput, "No list has seen that write yet: ask again."),
            **errors(
                ErrorCode.INVALID,
                ErrorCode.UNKNOWN_PARAMETER,
                ErrorCode.INVALID_CURSOR,
                ErrorCode.CURSOR_EXPIRED,
                *AUTH_ERRORS,
            ),
        },
        examples=[examples.PAGE, examples.WAITING],
    )
    def get(self, request: Request) -> HttpResponse:
        """Show your recommendations, best first, without what you saw or do not want to see.

        That is what you rated, favourited or watched, the films that you are not interested in,
        and all films of such people and genres.

        The list is computed beforehand. `next` leads through the very list it came from, also
        while newer ones are built. Without a list of your own you see popular films, labelled
        as such and with `list_id` null. They also follow the last film of your list. `is_stale`
        says that you wrote what the list has not seen.

        With `min_revision`, the `taste_revision` of a write of yours, you see only a list that has
        seen the write; until there is one the answer is 202, at once, and says when to ask again.

        Filters narrow the list and the popular films alike; a film must pass all of them. `next`
        keeps them. A cursor goes on behind the last film it saw, whatever the filters are by then.
        """
        refuse_unknown_parameters(request, allowed=_ALLOWED)
        limit = integer_parameter(request, "limit", default=DEFAULT_LIMIT, maximum=MAX_LIMIT)
        # The revision of a list of nobody's writes is 0, so this default asks for nothing.
        revision = integer_parameter(
            request, "min_revision", default=0, minimum=0, maximum=MAX_REVISION
        )
        fields = chosen_fields(request, CARD_FIELDS)
        user = viewer_of(request)
        filters = filter_parameters.filters_of(request, user)
        cursor = _cursor_of(request, user_id=user.pk)
        if cursor is None:
            stored = current_list(user_id=user.pk)
        else:
            stored = list_of_cursor(cursor, user_id=user.pk)
        waiting = wait_for(
            revision=revision, stored=stored, cursor=cursor, user_id=user.pk, at=timezone.now()
        )
        if waiting is not None:
            return waiting_answer(waiting, stored, revision=revision)
        page = page_of(stored, user=user, cursor=cursor, limit=limit, filters=filters)
        address = next_url(request, page.next, user_id=user.pk)
        return page_answer(page, next_url=address, fields=fields)


def _cursor_of(request: Request, *, user_id: int) -> cursors.Cursor | None:
    text = request.query_params.get("cursor")
    return None if text is None else cursors.decode(text, user_id=user_id)
