from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_202_ACCEPTED
from rest_framework.views import APIView

from apps.core.errors import ErrorCode
from apps.core.parameters import refuse_unknown_parameters
from apps.core.schema import AUTH_ERRORS, errors
from apps.favorites.refusals import gone_rows_refused
from apps.favorites.serializers.revisions import TasteRevisionOutput
from apps.users.requests import viewer_of

from . import actions, examples
from .throttles import RefreshThrottle


class RefreshView(APIView):
    throttle_classes = (RefreshThrottle,)

    @extend_schema(
        tags=["recommendations"],
        operation_id="recommendation_refresh",
        summary="Ask for a new list",
        request=None,
        responses={
            202: OpenApiResponse(TasteRevisionOutput, "A worker builds it: ask for it."),
            **errors(ErrorCode.UNKNOWN_PARAMETER, *AUTH_ERRORS),
        },
        examples=[examples.REFRESH],
    )
    def post(self, request: Request) -> Response:
        """Have your recommendations computed again.

        Every write does that by itself; this is for whoever wants it without one. The answer counts
        as a write: `recommendations/?min_revision=` with its `taste_revision` shows the new list as
        soon as it is there, or says why there will be none soon. While a write waits for its list
        already, that one is meant, and asking again changes nothing.
        """
        refuse_unknown_parameters(request, allowed=set())
        with gone_rows_refused():
            revision = actions.request_own_refresh(user_id=viewer_of(request).pk, at=timezone.now())
        return Response({"taste_revision": revision}, status=HTTP_202_ACCEPTED)
