from collections.abc import Callable
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_202_ACCEPTED
from rest_framework.views import APIView

from apps.core.errors import APIError, ErrorCode
from apps.core.parameters import refuse_unknown_parameters
from apps.core.permissions import StaffView
from apps.core.schema import AUTH_ERRORS, errors
from apps.movies.models import Movie
from apps.users.models import User
from apps.users.requests import viewer_of

from . import explanation_examples as examples
from .cursors import Origin
from .explanation_serializers import (
    EXPLAINING,
    ExplanationWaitingOutput,
    WhyNotOutput,
    WhyOutput,
)
from .explanations import explanation_of
from .models import Explanation
from .retries import MOST_SECONDS, retry_after
from .stored import StoredList, current_list
from .tellings import why_data, why_not_data
from .throttles import ExplanationThrottle
from .waiting import Waiting, wait_for

Kind = Explanation.Kind

# Of an explanation alone: workers make one in far less.
_SECONDS = "1"
_RETRY_AFTER = OpenApiParameter(
    "Retry-After",
    {"type": "integer", "minimum": 1, "maximum": MOST_SECONDS},
    OpenApiParameter.HEADER,
    response=[HTTP_202_ACCEPTED],
    description="In how many seconds to ask again, where that may help.",
)
_WAITING = OpenApiResponse(ExplanationWaitingOutput, "It is not there yet: ask again.")


class WhyView(APIView):
    throttle_classes = (ExplanationThrottle,)

    @extend_schema(
        tags=["recommendations"],
        operation_id="recommendation_why",
        summary="Why a film is recommended",
        parameters=[_RETRY_AFTER],
        responses={
            200: WhyOutput,
            202: _WAITING,
            **errors(
                ErrorCode.UNKNOWN_PARAMETER,
                ErrorCode.NOT_FOUND,
                ErrorCode.NOT_EXPLAINABLE,
                *AUTH_ERRORS,
            ),
        },
        examples=[examples.WHY, examples.EXPLAINING],
    )
    def get(self, request: Request, movie_id: int) -> Response:
        """Explain the place of a film in your present list, exactly.

        What your films add to its score, what adds to it without them, and where it would stand
        without the two that you like and that add most. A worker computes that when you first ask:
        the answer is 202 until it is there.
        """
        refuse_unknown_parameters(request, allowed=set())
        user = viewer_of(request)
        stored = current_list(user_id=user.pk)
        _require_list(stored)
        position = stored.position_of(movie_id)
        if position is None:
            raise APIError(ErrorCode.NOT_FOUND)

        def tell(explanation: Explanation) -> dict[str, Any]:
            return why_data(explanation, stored, position, user_id=user.pk)

        return _answer(stored, movie_id, Kind.WHY, user_id=user.pk, tell=tell)


class WhyNotView(StaffView):
    permissions_needed = {"GET": "recommendations.view_recommendationlist"}

    @extend_schema(
        tags=["operations"],
        operation_id="operated_why_not",
        summary="Why a film is not recommended",
        parameters=[_RETRY_AFTER],
        responses={
            200: WhyNotOutput,
            202: _WAITING,
            **errors(
                ErrorCode.UNKNOWN_PARAMETER,
                ErrorCode.NOT_FOUND,
                ErrorCode.MOVIE_NOT_FOUND,
                ErrorCode.NOT_EXPLAINABLE,
                ErrorCode.PERMISSION_DENIED,
                *AUTH_ERRORS,
            ),
        },
        examples=[examples.WHY_NOT, examples.EXPLAINING],
    )
    def get(self, request: Request, user_id: int, movie_id: int) -> Response:
        """Tell why a film is not on the first page of a viewer's present list, or that it is.

        The steps that made the list are run again and asked for the film; the answer is 202 until
        a worker has done that. Needs the permission `recommendations.view_recommendationlist`.
        """
        refuse_unknown_parameters(request, allowed=set())
        viewer = User.objects.filter(pk=user_id).only("include_adult").first()
        if viewer is None:
            raise APIError(ErrorCode.NOT_FOUND)
        movie = Movie.objects.filter(pk=movie_id).only("adult", "tombstoned_at").first()
        if movie is None:
            raise APIError(ErrorCode.MOVIE_NOT_FOUND)
        stored = current_list(user_id=user_id)
        _require_list(stored)

        def tell(explanation: Explanation) -> dict[str, Any]:
            return why_not_data(explanation, stored, movie, viewer=viewer)

        return _answer(stored, movie_id, Kind.WHY_NOT, user_id=user_id, tell=tell)


def _require_list(stored: StoredList) -> None:
    """Popular films stand where they do for everybody."""
    if stored.origin is not Origin.LIST:
        raise APIError(ErrorCode.NOT_FOUND)


def _answer(
    stored: StoredList,
    movie_id: int,
    kind: Explanation.Kind,
    *,
    user_id: int,
    tell: Callable[[Explanation], dict[str, Any]],
) -> Response:
    """What a worker has made, or that it has to be waited for.

    A list that has not seen all that the viewer wrote is about to be replaced, and what it was
    made of is not there any more.
    """
    now = timezone.now()
    waiting = wait_for(
        revision=stored.current_revision, stored=stored, cursor=None, user_id=user_id, at=now
    )
    if waiting is not None:
        return _wait(stored, reason=waiting.reason, waiting=waiting)
    explanation = explanation_of(stored, movie_id, kind, at=now)
    return Response(tell(explanation)) if explanation else _wait(stored, reason=EXPLAINING)


def _wait(stored: StoredList, *, reason: str, waiting: Waiting | None = None) -> Response:
    data = {
        "revision": stored.revision,
        "current_revision": stored.current_revision,
        "estimated_ms": waiting.estimated_ms if waiting else None,
        "reason": str(reason),
    }
    seconds = retry_after(waiting) if waiting else _SECONDS
    headers = {} if seconds is None else {"Retry-After": seconds}
    return Response(data, status=HTTP_202_ACCEPTED, headers=headers)
