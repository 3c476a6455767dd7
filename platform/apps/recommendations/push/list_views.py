"""The list with `wait`: a push process answers when there is one, the others say where to ask."""

from functools import partial, wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.status import HTTP_202_ACCEPTED

from apps.core.errors import APIError, ErrorCode
from apps.core.parameters import INTEGER
from apps.core.schema import errors
from apps.recommendations.serving.asked import Asked
from apps.recommendations.serving.hot import hot_answer
from apps.recommendations.views import RecommendationListView
from apps.users.requests import viewer_of
from apps.users.tokens import AccessClaims

from .elsewhere import sent_elsewhere
from .opening import WAIT_TEXT, note_wait
from .places import RETRY_AFTER_SECONDS, places
from .waits import Wait

PARAMETER = "wait"
MOST_SECONDS = 30
_PARAMETERS = [
    OpenApiParameter(
        PARAMETER,
        {"type": "integer", "minimum": 1, "maximum": MOST_SECONDS},
        description="With `min_revision`: seconds to wait for such a list before the answer is "
        "202. Answered by the push process; a web process redirects there, or refuses with "
        "`push_elsewhere`.",
    )
]
_RESPONSES = {
    307: OpenApiResponse(None, "`wait` was asked of a web process that knows where to."),
    **errors(ErrorCode.PUSH_ELSEWHERE, ErrorCode.TOO_MANY_STREAMS, ErrorCode.STREAMS_FULL),
}


def _with_more_answers(method: Any) -> Any:
    """Have the document tell of ours beside those that the list has without `wait`."""
    documented: Any = method.kwargs["schema"]

    class Schema(documented):  # type: ignore[misc]  # made by extend_schema
        def get_response_serializers(self) -> Any:
            return {**super().get_response_serializers(), **_RESPONSES}

    method.kwargs = {"schema": Schema}
    return method


class WaitingListView(RecommendationListView):
    # Whether this is a push process.
    waits = False

    def hot_answer(self, request: HttpRequest) -> HttpResponse | None:
        """Whoever waits is not told that there is no list yet."""
        text = request.META.get(WAIT_TEXT)
        if text is None:
            return super().hot_answer(request)
        seconds = _whole(text) if self.waits else None
        if seconds is None:
            return None
        return hot_answer(request, postpone=partial(_postpone, request, seconds))

    @_with_more_answers
    @extend_schema(parameters=_PARAMETERS)
    @wraps(RecommendationListView.get)
    def get(self, request: Request) -> Any:
        if PARAMETER in request.query_params:
            return sent_elsewhere(request)
        seconds = _seconds(request) if self.waits else None
        response = super().get(request)
        # A cursor's list is what it is.
        may_come = "cursor" not in request.query_params
        if seconds and may_come and response.status_code == HTTP_202_ACCEPTED:
            self._note_wait(request, seconds)
        return response

    def _note_wait(self, request: Request, seconds: int) -> None:
        user_id = viewer_of(request).pk
        try:
            places.take(user_id)
        except APIError:
            self.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
            raise
        revision = int(request.query_params["min_revision"])
        session_id = request.auth.pk
        note_wait(request._request, Wait(user_id, session_id, revision, seconds))  # noqa: SLF001


def _postpone(
    request: HttpRequest, seconds: int, claims: AccessClaims, asked: Asked
) -> HttpResponse | None:
    """Nobody sees this answer; where there is no place, the view says so."""
    try:
        places.take(claims.user_id)
    except APIError:
        return None
    note_wait(request, Wait(claims.user_id, claims.session_id, asked.min_revision, seconds))
    return HttpResponse(status=HTTP_202_ACCEPTED)


def _seconds(request: Request) -> int | None:
    text = request.META.get(WAIT_TEXT)
    if text is None:
        return None
    seconds = _whole(text)
    if seconds is None:
        message = f"A whole number from 1 to {MOST_SECONDS}."
        raise ValidationError({PARAMETER: [ErrorDetail(message, code="invalid")]})
    return seconds


def _whole(text: str) -> int | None:
    return int(text) if INTEGER.fullmatch(text) and 1 <= int(text) <= MOST_SECONDS else None
