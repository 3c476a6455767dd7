from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.errors import APIError, ErrorCode
from apps.core.schema import AUTH_ERRORS, BODY_ERRORS, errors
from apps.favorites import actions, bulk_examples
from apps.favorites.actions.bulk import EventsSaved
from apps.favorites.actions.bulk_events import Refusal
from apps.favorites.serializers.bulk import SKIP, BulkInput, BulkOutput, read_events, result_data
from apps.users.requests import viewer_of

from .idempotency import PARAMETERS, Write, answered_once


class BulkView(APIView):
    @extend_schema(
        tags=["library"],
        operation_id="library_bulk",
        summary="Tell many events at once",
        parameters=PARAMETERS,
        request=BulkInput,
        responses={
            200: OpenApiResponse(BulkOutput, "Written, or as it was."),
            **errors(
                ErrorCode.BULK_REFUSED,
                ErrorCode.IDEMPOTENCY_KEY_REUSED,
                ErrorCode.CONFLICT,
                *BODY_ERRORS,
                *AUTH_ERRORS,
            ),
        },
        examples=[bulk_examples.REQUEST, bulk_examples.ANSWER],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Write up to 1,000 ratings, favourites, viewings and the like as one.

        What is there already is not written again, so a request may be repeated. Of events about
        the same thing the last counts. What is refused is told by its index.
        """
        now = timezone.now()
        return answered_once(request, at=now, prepare=partial(_prepare, request, now))


def _prepare(request: Request, at: datetime) -> Write:
    body = BulkInput(data=request.data)
    body.is_valid(raise_exception=True)
    rows = body.validated_data["events"]
    events, refusals = read_events(rows)
    save = partial(
        actions.save_events,
        user=viewer_of(request),
        events=events,
        refusals=refusals,
        skip=body.validated_data["on_error"] == SKIP,
        at=at,
    )
    return partial(_save, save, count=len(rows))


def _save(save: Callable[[], EventsSaved], *, count: int) -> Response:
    try:
        saved = save()
    except actions.EventsRefusedError as error:
        raise APIError(ErrorCode.BULK_REFUSED, details=_details(error.refusals)) from error
    return Response(result_data(saved, events=count))


def _details(refusals: Mapping[int, Refusal]) -> dict[str, Any]:
    return {str(index): [refusal._asdict()] for index, refusal in sorted(refusals.items())}
