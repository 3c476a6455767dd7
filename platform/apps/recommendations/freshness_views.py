"""Operators see how fresh the lists are."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import ErrorCode
from apps.core.parameters import refuse_unknown_parameters
from apps.core.permissions import StaffView
from apps.core.schema import AUTH_ERRORS, errors

from .freshness_serializers import SHOWN, FreshnessOutput, freshness_data


class FreshnessView(StaffView):
    permissions_needed = {"GET": "recommendations.view_listfreshness"}

    @extend_schema(
        tags=["operations"],
        operation_id="freshness",
        summary="See how fresh lists are",
        responses={
            200: FreshnessOutput,
            **errors(ErrorCode.UNKNOWN_PARAMETER, ErrorCode.PERMISSION_DENIED, *AUTH_ERRORS),
        },
        examples=[SHOWN],
    )
    def get(self, request: Request) -> Response:
        """See how long viewers waited for the lists that saw their writes, and who waits now.

        Of the last hour and the last day, against the objective. Needs the permission
        `recommendations.view_listfreshness`.
        """
        refuse_unknown_parameters(request, allowed=set())
        return Response(freshness_data(at=timezone.now()))
